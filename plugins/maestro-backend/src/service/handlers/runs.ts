import { getRun, getRunSummary } from '../../views/getRun';
import { listAttempts } from '../../views/listAttempts';
import { listEvents } from '../../views/listEvents';
import { listOutputs } from '../../views/listOutputs';
import { listRuns } from '../../views/listRuns';
import { whyNotRunning } from '../../views/whyNotRunning';
import { ok, type OperationHandlers } from '../operation';
import type { HandlerContext } from './HandlerContext';

/** Runs: what happened, and what people do to them. */
export function runHandlers({
  views,
  runControl,
  history,
  engineStatus,
}: HandlerContext): Pick<
  OperationHandlers,
  | 'listRuns'
  | 'getRun'
  | 'cancelRun'
  | 'clearTasks'
  | 'markTasks'
  | 'setRunNote'
  | 'deleteRun'
  | 'whyNotRunning'
  | 'listAttempts'
  | 'listOutputs'
  | 'listEvents'
> {
  return {
    listRuns: async ({ query, runFilter }) =>
      ok(
        await listRuns(views, {
          ...query,
          limit: query.limit ?? 50,
          visible: runFilter,
        }),
      ),

    getRun: async ({ path }) => ok(await getRun(views, path.runId)),

    cancelRun: async ({ path, actor }) => {
      await runControl.cancelRun(path.runId, actor);
      return ok(await getRunSummary(views, path.runId));
    },

    clearTasks: async ({ path, body, actor }) => {
      const dryRun = body.dryRun ?? false;
      const tasks = await runControl.clearTasks(
        path.runId,
        {
          taskIds: body.taskIds,
          downstream: body.downstream ?? true,
          upstream: body.upstream ?? false,
          onlyFailed: body.onlyFailed ?? false,
          dryRun,
        },
        actor,
      );
      return ok({ dryRun, tasks });
    },

    markTasks: async ({ path, body, actor }) => {
      const dryRun = body.dryRun ?? false;
      const touched = await runControl.markTasks(
        path.runId,
        { ...body, dryRun },
        actor,
      );
      return ok({ dryRun, ...touched });
    },

    setRunNote: async ({ path, body, actor }) => {
      await runControl.setRunNote(path.runId, body.note, actor);
      return ok(await getRunSummary(views, path.runId));
    },

    deleteRun: async ({ path }) => {
      await history.deleteRun(path.runId);
      return { status: 204 };
    },

    whyNotRunning: async ({ path, query }) =>
      ok(
        await whyNotRunning(views, engineStatus, {
          runId: path.runId,
          taskId: query.taskId,
        }),
      ),

    listAttempts: async ({ path, query }) =>
      ok({
        items: await listAttempts(views, {
          runId: path.runId,
          taskId: path.taskId,
          mapIndex: query.mapIndex ?? -1,
        }),
      }),

    listOutputs: async ({ path }) =>
      ok({ items: await listOutputs(views, path.runId) }),

    listEvents: async ({ path, query }) =>
      ok({
        items: await listEvents(views, {
          runId: path.runId,
          after: query.after ?? 0,
          limit: query.limit ?? 200,
        }),
      }),
  };
}
