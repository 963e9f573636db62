import { listPipelines } from '../../views/listPipelines';
import { getGrid } from '../../views/getGrid';
import { getPipeline } from '../../views/getPipeline';
import { getPipelineVersion } from '../../views/getPipelineVersion';
import { listProblems } from '../../views/listProblems';
import { listSourcedPipelines } from '../../views/listSourcedPipelines';
import { listStepCache } from '../../views/listStepCache';
import { getRunSummary } from '../../views/getRun';
import { ok, type OperationHandlers } from '../operation';
import type { HandlerContext } from './HandlerContext';

/** Pipelines: what there is, pause, refresh, trigger. */
export function pipelineHandlers({
  views,
  runControl,
  history,
  stepCache,
  pipelines,
  sourcePlaces = [],
}: HandlerContext): Pick<
  OperationHandlers,
  | 'listPipelines'
  | 'getPipeline'
  | 'setPipelinePaused'
  | 'deleteHistory'
  | 'listStepCache'
  | 'clearStepCache'
  | 'getPipelineVersion'
  | 'getGrid'
  | 'triggerRun'
  | 'listProblems'
  | 'listSourcedPipelines'
  | 'refreshPipelines'
> {
  return {
    listPipelines: async () => ok({ items: await listPipelines(views) }),

    getPipeline: async ({ path }) => ok(await getPipeline(views, path.name)),

    setPipelinePaused: async ({ path, body, actor }) => {
      await runControl.setPaused(path.name, body.paused, actor);
      const [pipeline] = await listPipelines(views, { name: path.name });
      return ok(pipeline);
    },

    deleteHistory: async ({ path, query }) =>
      ok(
        await history.deleteHistory({
          pipeline: path.name,
          before: query.before,
          dryRun: query.dryRun ?? false,
        }),
      ),

    listStepCache: async ({ path }) =>
      ok({ items: await listStepCache(views, path.name) }),

    clearStepCache: async ({ path, query }) =>
      ok({
        removed: await stepCache.clear({
          pipeline: path.name,
          taskId: query.taskId,
        }),
      }),

    getPipelineVersion: async ({ path }) =>
      ok(await getPipelineVersion(views, path.name, path.version)),

    getGrid: async ({ path, query }) =>
      ok(
        await getGrid(views, path.name, {
          limit: query.limit ?? 50,
          cursor: query.cursor,
        }),
      ),

    triggerRun: async ({ path, body, actor, isUser }) => {
      const { runId, created } = await runControl.triggerRun({
        pipeline: path.name,
        trigger: isUser ? 'manual' : 'api',
        params: body.params ?? {},
        runKey: body.runKey,
        logicalDate: body.logicalDate,
        partitionKey: body.partitionKey,
        note: body.note,
        noCache: body.noCache,
        sla: body.sla,
        actor,
      });
      return {
        status: created ? 201 : 200,
        body: await getRunSummary(views, runId),
      };
    },

    listProblems: async () => ok({ items: await listProblems(views) }),

    listSourcedPipelines: async () =>
      ok({ items: await listSourcedPipelines(views, sourcePlaces) }),

    refreshPipelines: async () => ok(await pipelines.refresh()),
  };
}
