/**
 * Every question that the pages ask, with its key. Keys of what belongs to one
 * run begin with `runKey`, so that one invalidation reaches all of it.
 *
 * @packageDocumentation
 */
import { useApi } from '@backstage/core-plugin-api';
import {
  keepPreviousData,
  useInfiniteQuery,
  useQuery,
  type UseQueryResult,
} from '@tanstack/react-query';
import type {
  Backfill,
  Report,
  TaskState,
} from '@maestro/plugin-maestro-common';
import { maestroApiRef } from '../api/maestroApi';

/**
 * How often a page asks again on its own, in milliseconds. Signals make it
 * faster; nothing depends on them.
 */
const SLOW = 10_000;

export const keys = {
  all: ['maestro'] as const,
  status: ['maestro', 'status'] as const,
  pipelines: ['maestro', 'pipelines'] as const,
  problems: ['maestro', 'problems'] as const,
  pipeline: (name: string) => ['maestro', 'pipeline', name] as const,
  run: (runId: string) => ['maestro', 'run', runId] as const,
  connections: ['maestro', 'connections'] as const,
  variables: ['maestro', 'variables'] as const,
  pools: ['maestro', 'pools'] as const,
  schedule: ['maestro', 'schedule'] as const,
  backfills: ['maestro', 'backfills'] as const,
  /** Assets and their events. */
  assets: ['maestro', 'assets'] as const,
  webhooks: (pipeline: string) => ['maestro', 'webhooks', pipeline] as const,
};

/** The answer of a query, as components take it. */
export type Answer<T> = UseQueryResult<T, Error>;

export function usePipelines() {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: keys.pipelines,
    queryFn: async ({ signal }) => (await api.listPipelines({ signal })).items,
    refetchInterval: SLOW,
  });
}

export function useProblems() {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: keys.problems,
    queryFn: async ({ signal }) => (await api.listProblems({ signal })).items,
    refetchInterval: SLOW,
  });
}

export function usePipeline(name: string, options?: { enabled?: boolean }) {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: [...keys.pipeline(name), 'detail'],
    queryFn: ({ signal }) => api.getPipeline(name, { signal }),
    refetchInterval: SLOW,
    enabled: options?.enabled ?? true,
  });
}

export function usePipelineVersion(name: string, version: number | undefined) {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: [...keys.pipeline(name), 'version', version],
    queryFn: ({ signal }) => api.getPipelineVersion(name, version!, { signal }),
    enabled: version !== undefined,
    // A version never changes.
    staleTime: Infinity,
  });
}

export function useGrid(name: string, limit: number) {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: [...keys.pipeline(name), 'grid', limit],
    queryFn: ({ signal }) => api.getGrid(name, { limit }, { signal }),
    refetchInterval: SLOW,
    placeholderData: keepPreviousData,
  });
}

export function useRun(runId: string) {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: [...keys.run(runId), 'detail'],
    queryFn: ({ signal }) => api.getRun(runId, { signal }),
    refetchInterval: SLOW,
  });
}

/** @param mapIndex - of an instance of a mapped task */
export function useWhy(
  runId: string,
  taskId: string | undefined,
  enabled: boolean,
  mapIndex?: number,
) {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: [...keys.run(runId), 'why', taskId, mapIndex],
    queryFn: async ({ signal }) =>
      (await api.whyNotRunning(runId, { taskId, mapIndex }, { signal })).chain,
    refetchInterval: SLOW,
    enabled,
  });
}

export function useAttempts(runId: string, taskId: string, mapIndex: number) {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: [...keys.run(runId), 'attempts', taskId, mapIndex],
    queryFn: async ({ signal }) =>
      (await api.listAttempts(runId, taskId, { mapIndex }, { signal })).items,
    refetchInterval: SLOW,
  });
}

/** Instances of a mapped task that are read at once. */
const MAPPED_PAGE = 500;

/** How often the pages that were read of them are read again. */
const MAPPED_AGAIN = 5_000;

/**
 * The instances of a mapped task, page by page. Not among what a signal reads
 * again: of a large map that would be many pages, four times a second.
 */
export function useMapped(
  runId: string,
  taskId: string,
  state: TaskState | undefined,
) {
  const api = useApi(maestroApiRef);
  return useInfiniteQuery({
    queryKey: ['maestro', 'mapped', runId, taskId, state],
    queryFn: ({ pageParam, signal }) =>
      api.listMapped(
        runId,
        taskId,
        { state, after: pageParam, limit: MAPPED_PAGE },
        { signal },
      ),
    initialPageParam: -1,
    getNextPageParam: page => page.next,
    refetchInterval: MAPPED_AGAIN,
  });
}

/** One instance of a mapped task. */
export function useMappedInstance(
  runId: string,
  taskId: string,
  mapIndex: number | undefined,
) {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: [...keys.run(runId), 'instance', taskId, mapIndex],
    queryFn: async ({ signal }) => {
      const { items } = await api.listMapped(
        runId,
        taskId,
        { after: mapIndex! - 1, limit: 1 },
        { signal },
      );
      return items.find(item => item.mapIndex === mapIndex) ?? null;
    },
    refetchInterval: SLOW,
    enabled: mapIndex !== undefined,
  });
}

export function useOutputs(runId: string, taskId: string, mapIndex: number) {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: [...keys.run(runId), 'outputs', taskId, mapIndex],
    queryFn: async ({ signal }) =>
      (await api.listOutputs(runId, { taskId, mapIndex }, { signal })).items,
    refetchInterval: SLOW,
  });
}

export function useTaskState(runId: string, taskId: string, mapIndex: number) {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: [...keys.run(runId), 'state', taskId, mapIndex],
    queryFn: async ({ signal }) =>
      (await api.listTaskState(runId, taskId, { mapIndex }, { signal })).items,
    refetchInterval: SLOW,
  });
}

/** At most this many events are read at once. */
export const EVENTS_PAGE = 1000;

export function useEvents(runId: string) {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: [...keys.run(runId), 'events'],
    queryFn: async ({ signal }) =>
      (await api.listEvents(runId, { limit: EVENTS_PAGE }, { signal })).items,
    refetchInterval: SLOW,
  });
}

export function useReport(runId: string, report: Report) {
  const api = useApi(maestroApiRef);
  const { name, taskId, mapIndex, createdAt } = report;
  return useQuery({
    // A report that was written again has another time.
    queryKey: ['maestro', 'report', runId, taskId, mapIndex, name, createdAt],
    queryFn: ({ signal }) =>
      api.getReport(runId, name, { taskId, mapIndex }, { signal }),
    staleTime: Infinity,
    // Up to 10 MiB each: not kept long after the page is left.
    gcTime: 30_000,
  });
}

export function useConnections() {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: keys.connections,
    queryFn: async ({ signal }) =>
      (await api.listConnections({ signal })).items,
    refetchInterval: SLOW,
  });
}

export function useVariables() {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: keys.variables,
    queryFn: async ({ signal }) => (await api.listVariables({ signal })).items,
    refetchInterval: SLOW,
  });
}

export function usePools() {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: keys.pools,
    queryFn: async ({ signal }) => (await api.listPools({ signal })).items,
    refetchInterval: SLOW,
  });
}

/** A forecast changes slowly, and costs more than a list. */
const FORECAST_EVERY = 60_000;

export function useSchedulePreview(days: number) {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: [...keys.schedule, days],
    queryFn: ({ signal }) => api.previewSchedule({ days }, { signal }),
    refetchInterval: FORECAST_EVERY,
    placeholderData: keepPreviousData,
  });
}

/** Backfills of one pipeline that a page shows. */
const BACKFILLS = 10;

export function useBackfills(pipeline: string) {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: [...keys.backfills, pipeline],
    queryFn: async ({ signal }) =>
      (await api.listBackfills({ pipeline, limit: BACKFILLS }, { signal }))
        .items,
    // Somebody looks at its progress while one goes on.
    refetchInterval: query =>
      query.state.data?.some(({ endedAt }) => endedAt === undefined)
        ? 3_000
        : SLOW,
  });
}

/** @param counts - as the list tells them: with others it is read anew */
export function useBackfill(backfillId: string, counts: Backfill['counts']) {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: [...keys.backfills, 'one', backfillId, counts],
    queryFn: ({ signal }) => api.getBackfill(backfillId, { signal }),
    refetchInterval: SLOW,
    placeholderData: keepPreviousData,
  });
}

/** Runs of a backfill that a page shows; the API's maximum. */
const BACKFILL_RUNS = 500;

export function useBackfillRuns(pipeline: string, backfill: string) {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: [...keys.pipeline(pipeline), 'backfill runs', backfill],
    queryFn: ({ signal }) =>
      api.listRuns({ pipeline, backfill, limit: BACKFILL_RUNS }, { signal }),
    refetchInterval: SLOW,
  });
}

export function useAssets() {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: [...keys.assets, 'list'],
    queryFn: async ({ signal }) => (await api.listAssets({ signal })).items,
    refetchInterval: SLOW,
  });
}

export function useAssetState(asset: string) {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: [...keys.assets, 'state', asset],
    queryFn: async ({ signal }) =>
      (await api.listAssetState(asset, { signal })).items,
    refetchInterval: SLOW,
  });
}

export function useAssetEvents(asset: string) {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: [...keys.assets, 'events', asset],
    queryFn: async ({ signal }) =>
      (await api.listAssetEvents({ asset }, { signal })).items,
    refetchInterval: SLOW,
  });
}

export function useWebhooks(pipeline: string) {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: keys.webhooks(pipeline),
    queryFn: async ({ signal }) =>
      (await api.listWebhooks(pipeline, { signal })).items,
    refetchInterval: SLOW,
  });
}

/** Why a pipeline starts no run now. */
export function usePipelineWhy(name: string, enabled: boolean) {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: [...keys.pipeline(name), 'why'],
    queryFn: async ({ signal }) =>
      (await api.whyPipelineWaits(name, { signal })).chain,
    refetchInterval: SLOW,
    enabled,
  });
}

/** Asked more often while there is no answer, so that the banner goes soon. */
export function useStatus() {
  const api = useApi(maestroApiRef);
  return useQuery({
    queryKey: keys.status,
    queryFn: ({ signal }) => api.getStatus({ signal }),
    // A backend that is away for ten seconds is told, not only a longer outage.
    refetchInterval: query => (query.state.error ? 2_000 : 5_000),
    retry: false,
  });
}
