import { InputError } from '@backstage/errors';
import {
  isFinalRunState,
  renderValue,
  resolveParams,
  templateReferences,
  templatesIn,
} from '@maestro/plugin-maestro-common';
import { num, optionalNum } from '../../database/conversion';
import type { NewWait } from '../../database/operations/waits/waits';
import type { WaitRow } from '../../database/tables';
import { createRun } from '../createRun';
import { expressionContext } from '../expressionContext';
import { followFailure } from '../followFailure';
import { maskErrors } from '../maskErrors';
import { maskValue } from '../maskValue';
import type { RunDraft } from '../RunDraft';
import { waitKey } from './dropWaits';
import { endWait, storeWaitOutputs } from './endWait';
import { refuseCircles } from './refuseCircles';

/** The waking by the end of the run may be missed; then this look finds it. */
const LOOK_MS = 15_000;

/**
 * Creates the run of another pipeline, in the transaction of the run that
 * wants it: either both know of it, or neither. It starts after the commit.
 *
 * @throws InputError when it cannot be
 */
export async function beginSubRun(
  draft: RunDraft,
  no: number,
  waitId: string,
): Promise<NewWait> {
  const { ctx, tx, run, now } = draft;
  const step = draft.task(no).pipeline!;
  const pipeline = await ctx.db
    .table(tx, 'pipelines')
    .where({ name: step.name })
    .first('id', 'name', 'current_version_id', 'removed_at');
  const versionId = optionalNum(pipeline?.current_version_id);
  if (!pipeline || versionId === undefined || pipeline.removed_at !== null) {
    throw new InputError(
      `Pipeline "${step.name}" does not exist, or has no valid version; register it, then clear the task`,
    );
  }
  const definition = await ctx.versions.definition(tx, versionId);
  await refuseCircles(draft, definition);
  const params = resolveParams(definition.params, await fillIn(draft, no));
  if (!params.ok) {
    throw new InputError(
      `The params for "${step.name}" are wrong: ${params.problems
        .map(({ path, message }) => `${path}: ${message}`)
        .join('; ')}`,
    );
  }
  const key = waitKey(draft, no);
  const created = await createRun(
    ctx,
    tx,
    definition,
    {
      pipelineId: num(pipeline.id),
      versionId,
      runKey: `sub_run__${waitId}`,
      trigger: 'api',
      logicalDate: optionalNum(run.logical_date) ?? now,
      runAfter: now,
      params: params.params,
      createdBy: `run:${run.run_id}`,
      parent: { ...key, waitId, depth: run.sub_depth + 1 },
    },
    now,
  );
  if (!created) {
    throw new InputError(`A run of "${step.name}" has the key of ${waitId}`);
  }
  draft.startsRuns = true;
  draft.addEvent({
    type: 'sub_run',
    body: { task: draft.task(no).id, pipeline: step.name, run: created.runId },
  });
  const outputs = { run_id: created.runId };
  await storeWaitOutputs(draft, no, waitId, outputs);
  return {
    waitId,
    kind: 'pipeline',
    what: `run ${created.runId} of pipeline "${step.name}"`,
    trigger: outputs,
    // One that nobody waits for is not ended with this task.
    ...(step.wait && { childRun: created.id, nextLookAt: now + LOOK_MS }),
  };
}

/**
 * The params as the task gives them. Those of a run stand where everybody who
 * sees the run reads them, so none may hold what is hidden elsewhere.
 */
async function fillIn(
  draft: RunDraft,
  no: number,
): Promise<Record<string, unknown>> {
  const { name, params = {} } = draft.task(no).pipeline!;
  const templates = templatesIn(params);
  if (templates.length === 0) return params;
  const { context, hidden } = await expressionContext(
    draft,
    templates.map(text => templateReferences(text)),
  );
  const filled = maskErrors(hidden, () => renderValue(params, context));
  for (const [param, value] of Object.entries(filled as typeof params)) {
    const shown = JSON.stringify(maskValue(value, hidden));
    if (shown === JSON.stringify(value)) continue;
    throw new InputError(
      `Param "${param}" for "${name}" holds a secret, and params of a run are shown; name the connection in the tasks of "${name}" instead`,
    );
  }
  return filled as typeof params;
}

/** Ends the task whose run is over. */
export async function lookAtSubRun(
  draft: RunDraft,
  no: number,
  wait: WaitRow,
): Promise<number | undefined> {
  const { ctx, tx } = draft;
  const child = await ctx.db
    .table(tx, 'runs')
    .where({ id: wait.child_run! })
    .first('run_id', 'state', 'state_reason');
  if (child && !isFinalRunState(child.state)) return draft.now + LOOK_MS;
  if (child?.state === 'success') {
    await endWait(draft, no, wait.wait_id!, {
      outputs: { run_id: child.run_id, state: 'success' },
    });
    return undefined;
  }
  if (child) {
    await storeWaitOutputs(draft, no, wait.wait_id!, { state: child.state });
  }
  await followFailure(draft, no, {
    failure: 'sub_run',
    message: child
      ? `${wait.what} failed: ${child.state_reason ?? 'no reason was given'}`
      : `${wait.what} was deleted before anybody saw how it ended`,
  });
  return undefined;
}
