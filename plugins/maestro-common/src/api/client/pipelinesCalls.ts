/* eslint-disable new-cap -- GET and its like are methods of openapi-fetch */
import type * as api from '../types';
import type { RequestOptions, Sender } from './sender';

/** What is read and done about a pipeline as a whole. */
export function pipelinesCalls({ body }: Sender) {
  return {
    /** Every pipeline, by name. */
    listPipelines({ signal }: RequestOptions = {}) {
      return body<{ items: api.PipelineSummary[] }>(c =>
        c.GET('/pipelines', { signal }),
      );
    },

    /** One pipeline with its current definition and next due times. */
    getPipeline(name: string, { signal }: RequestOptions = {}) {
      return body<api.PipelineDetail>(c =>
        c.GET('/pipelines/{name}', { params: { path: { name } }, signal }),
      );
    },

    /** Pauses or resumes the schedules. Idempotent. */
    setPipelinePaused(
      name: string,
      paused: boolean,
      { signal }: RequestOptions = {},
    ) {
      return body<api.PipelineSummary>(c =>
        c.PUT('/pipelines/{name}/pause', {
          params: { path: { name } },
          body: { paused },
          signal,
        }),
      );
    },

    /** Definition and pinned sources of a version. */
    getPipelineVersion(
      name: string,
      version: number,
      { signal }: RequestOptions = {},
    ) {
      return body<api.PipelineVersion>(c =>
        c.GET('/pipelines/{name}/versions/{version}', {
          params: { path: { name, version } },
          signal,
        }),
      );
    },

    /** Why a pipeline starts no run now, schedule by schedule. */
    whyPipelineWaits(name: string, { signal }: RequestOptions = {}) {
      return body<api.Why>(c =>
        c.GET('/pipelines/{name}/why', { params: { path: { name } }, signal }),
      );
    },

    /** Tasks × runs, newest first. Default 50 runs. */
    getGrid(
      name: string,
      query: api.OperationQuery<'getGrid'> = {},
      { signal }: RequestOptions = {},
    ) {
      return body<api.Grid>(c =>
        c.GET('/pipelines/{name}/grid', {
          params: { path: { name }, query },
          signal,
        }),
      );
    },

    /** What the schedules will do: runs, collisions, peaks. Default 90 days. */
    previewSchedule(
      query: api.OperationQuery<'previewSchedule'> = {},
      { signal }: RequestOptions = {},
    ) {
      return body<api.SchedulePreviewAnswer>(c =>
        c.GET('/schedule/preview', { params: { query }, signal }),
      );
    },

    /** Invalid pipelines, with what is wrong. */
    listProblems({ signal }: RequestOptions = {}) {
      return body<{ items: api.PipelineProblems[] }>(c =>
        c.GET('/problems', { signal }),
      );
    },

    /** Pipelines that come from a source such as a folder of DAG files. */
    listSourcedPipelines({ signal }: RequestOptions = {}) {
      return body<{ items: api.SourcedPipelineEntry[] }>(c =>
        c.GET('/sourced-pipelines', { signal }),
      );
    },

    /** Reads the catalog now. */
    refreshPipelines({ signal }: RequestOptions = {}) {
      return body<api.RefreshResult>(c => c.POST('/refresh', { signal }));
    },

    /**
     * Deletes the finished runs of a pipeline, for ever; with `dryRun` tells
     * what would go.
     *
     * @param of.before - only those that ended earlier, epoch milliseconds
     */
    deleteHistory(
      name: string,
      of: { before?: number; dryRun?: boolean } = {},
      { signal }: RequestOptions = {},
    ) {
      return body<api.HistoryExtent>(c =>
        c.DELETE('/pipelines/{name}/history', {
          params: { path: { name }, query: of },
          signal,
        }),
      );
    },

    /** Results that tasks of later runs may reuse, newest first. */
    listStepCache(name: string, { signal }: RequestOptions = {}) {
      return body<{ items: api.StepCacheEntry[] }>(c =>
        c.GET('/pipelines/{name}/step-cache', {
          params: { path: { name } },
          signal,
        }),
      );
    },

    /** Forgets these results, of one task or all; runs keep what they reused. */
    clearStepCache(
      name: string,
      of: { taskId?: string } = {},
      { signal }: RequestOptions = {},
    ) {
      return body<{ removed: number }>(c =>
        c.DELETE('/pipelines/{name}/step-cache', {
          params: { path: { name }, query: of },
          signal,
        }),
      );
    },
  };
}
