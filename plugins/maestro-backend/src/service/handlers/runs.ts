import { Readable } from 'node:stream';
import { InputError } from '@backstage/errors';
import { getRun, getRunSummary } from '../../views/getRun';
import { listAttempts } from '../../views/listAttempts';
import { listEvents } from '../../views/listEvents';
import { listMapped } from '../../views/listMapped';
import { findOutput } from '../../views/findOutput';
import { listOutputs } from '../../views/listOutputs';
import { listRuns } from '../../views/listRuns';
import { listTaskState } from '../../views/listStoredState';
import { listApprovals } from '../../views/waits';
import { whyNotRunning } from '../../views/whyNotRunning';
import { ok, type OperationHandlers } from '../operation';
import { sendStream } from '../sendStream';
import type { HandlerContext } from './HandlerContext';

/** Runs: what happened, and what people do to them. */
export function runHandlers({
  views,
  runControl,
  history,
  engineStatus,
  artifacts,
}: HandlerContext): Pick<
  OperationHandlers,
  | 'listRuns'
  | 'getRun'
  | 'cancelRun'
  | 'clearTasks'
  | 'markTasks'
  | 'listApprovals'
  | 'decideApproval'
  | 'setRunNote'
  | 'deleteRun'
  | 'whyNotRunning'
  | 'listAttempts'
  | 'listMapped'
  | 'listTaskState'
  | 'listOutputs'
  | 'downloadOutput'
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

    cancelRun: async ({ path, query, actor }) => {
      await runControl.cancelRun(path.runId, actor, { force: query.force });
      return ok(await getRunSummary(views, path.runId));
    },

    clearTasks: async ({ path, body, actor }) => {
      const { dryRun = false, future = false, past = false } = body;
      const input = {
        taskIds: body.taskIds,
        mapIndices: mapIndicesOf(body),
        groupIds: body.groupIds,
        downstream: body.downstream ?? true,
        upstream: body.upstream ?? false,
        onlyFailed: body.onlyFailed ?? false,
        fromFailed: body.fromFailed,
        dryRun,
      };
      if (!future && !past) {
        const tasks = await runControl.clearTasks(path.runId, input, actor);
        return ok({ dryRun, tasks });
      }
      const cleared = await runControl.clearRange(
        path.runId,
        { ...input, future, past },
        actor,
      );
      return ok({ dryRun, ...cleared });
    },

    markTasks: async ({ path, body, actor }) => {
      const dryRun = body.dryRun ?? false;
      const touched = await runControl.markTasks(
        path.runId,
        { ...body, mapIndices: mapIndicesOf(body), dryRun },
        actor,
      );
      return ok({ dryRun, ...touched });
    },

    listApprovals: async ({ query, runFilter }) =>
      ok({
        items: await listApprovals(views, {
          pipeline: query.pipeline,
          runId: query.runId,
          visible: runFilter,
        }),
      }),

    decideApproval: async ({ path, body, actor, ownership }) => {
      const { decision, input = {}, since } = body;
      await runControl.decideApproval(
        { runId: path.runId, taskId: path.taskId, mapIndex: body.mapIndex },
        { decision, input, since },
        { actor, ownership: await ownership() },
      );
      return ok(await getRunSummary(views, path.runId));
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
          mapIndex: query.mapIndex ?? -1,
        }),
      ),

    listMapped: async ({ path, query }) =>
      ok(
        await listMapped(views, {
          runId: path.runId,
          taskId: path.taskId,
          state: query.state,
          after: query.after ?? -1,
          limit: query.limit ?? 200,
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

    listTaskState: async ({ path, query }) =>
      ok({
        items: await listTaskState(views, {
          ...path,
          mapIndex: query.mapIndex ?? -1,
        }),
      }),

    listOutputs: async ({ path, query }) =>
      ok({ items: await listOutputs(views, path.runId, query) }),

    downloadOutput: async ({ path, query }) => ({
      write: async res => {
        const { text, location } = await findOutput(views, {
          runId: path.runId,
          taskId: query.taskId,
          mapIndex: query.mapIndex ?? -1,
          key: query.key,
        });
        const stream =
          location === undefined
            ? Readable.from([Buffer.from(text)])
            : (await artifacts.open(location)).stream;
        await sendStream(res, stream, {
          'Content-Type': 'application/octet-stream',
          'Content-Disposition': 'attachment; filename="output.json"',
          'Cache-Control': 'private, no-cache',
          'X-Content-Type-Options': 'nosniff',
        });
      },
    }),

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

/** @throws InputError when it is not said whose instances they are */
function mapIndicesOf(body: {
  taskIds?: string[];
  mapIndices?: number[];
}): number[] | undefined {
  if (body.mapIndices && body.taskIds?.length !== 1) {
    throw new InputError(
      'request/body/mapIndices names instances of one task; give exactly one in taskIds',
    );
  }
  return body.mapIndices && [...new Set(body.mapIndices)];
}
