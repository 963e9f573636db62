import type { TaskDefinition } from '@maestro/plugin-maestro-common';
import { num, optionalNum } from '../../database/conversion';
import { newestAssetEvent } from '../../database/operations/assets/newestAssetEvent';
import {
  type NewWait,
  updateWait,
} from '../../database/operations/waits/waits';
import type { AssetEventRow, RunRow, WaitRow } from '../../database/tables';
import type { RunDraft } from '../RunDraft';
import { endWait } from './endWait';

/** What a wait for an event of an asset wants. */
interface AssetTrigger {
  asset: string;
  /** The event is not older, epoch milliseconds. */
  since: number;
}

/**
 * When a run was due; one that nobody scheduled when it was made. Its start may
 * be later, by the jitter of its schedule.
 */
export function dueTimeOf(
  run: Pick<RunRow, 'trigger' | 'logical_date' | 'run_after'>,
): number {
  const logicalDate = optionalNum(run.logical_date);
  return run.trigger === 'scheduled' && logicalDate !== undefined
    ? logicalDate
    : num(run.run_after);
}

/** A task begins to wait for an event of an asset. */
export function beginAssetWait(
  draft: RunDraft,
  task: TaskDefinition,
  waitId: string,
  timeoutAt: number | undefined,
): NewWait {
  const { name, since, withinMs } = task.wait!.asset!;
  let oldest = dueTimeOf(draft.run);
  if (since === 'ready') oldest = draft.now;
  if (withinMs !== undefined) oldest = draft.now - withinMs;
  const trigger: AssetTrigger = { asset: name, since: oldest };
  return {
    waitId,
    kind: 'asset',
    what: `an event of asset "${name}" since ${iso(oldest)}`,
    trigger: { ...trigger },
    nextLookAt: draft.now,
    timeoutAt,
    awaitedAsset: name,
  };
}

/**
 * Ends the wait with the newest event of its asset as a whole, if that is new
 * enough. The newest one is enough to know: house-keeping never removes it.
 *
 * @returns when to look again, for an event that was committed unseen
 */
export async function lookAtAsset(
  draft: RunDraft,
  no: number,
  wait: WaitRow,
): Promise<number | undefined> {
  const { ctx, tx, now } = draft;
  const { asset, since } = JSON.parse(wait.trigger) as AssetTrigger;
  const newest = await newestAssetEvent(ctx.db, tx, asset);
  if (newest && num(newest.at) >= since) {
    await endWait(draft, no, wait.wait_id!, {
      outputs: await outputsOf(draft, newest),
    });
    return undefined;
  }
  await updateWait(ctx.db, tx, wait.wait_id!, {
    looks: wait.looks + 1,
    looked_at: now,
    answer: newest
      ? `its last event was at ${iso(num(newest.at))}`
      : 'it never had an event',
  });
  return now + (draft.task(no).wait?.everyMs ?? 30_000);
}

/** The event as later tasks see it. */
async function outputsOf(
  { ctx, tx }: RunDraft,
  event: AssetEventRow,
): Promise<Record<string, unknown>> {
  const source = optionalNum(event.run_id);
  const run =
    source === undefined
      ? undefined
      : await ctx.db.table(tx, 'runs').where({ id: source }).first('run_id');
  return {
    event_id: num(event.id),
    at: iso(num(event.at)),
    extra: event.extra === null ? null : JSON.parse(event.extra),
    ...(run && { run_id: run.run_id }),
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
