import type { ProducedAsset } from '@maestro/plugin-maestro-common';
import { insertAssetEvents } from '../database/operations/assets/insertAssetEvent';
import type { AssetEventRow, RunRow } from '../database/tables';
import { declaredBy, type DeclaredAsset } from './declaredOutcome';
import type { RunDraft } from './RunDraft';

/**
 * Gives the assets of tasks that succeeded an event each, in the transaction
 * that ends their attempts, and in one order for all of them: a batch may end
 * several tasks. What waits for them is told by timers: a crash behind the
 * commit loses nothing.
 */
export async function storeAssetEvents(draft: RunDraft): Promise<void> {
  const { ctx, tx, now } = draft;
  const made = draft.succeeded.splice(0).flatMap(attempt => {
    const task = draft.definition.tasks[attempt.task_no];
    // As it was before its end: what the task said stands there.
    const said = declaredBy(attempt);
    const told = (said?.declared === 'success' && said.assets) || [];
    const names = new Set(told.map(({ asset }) => asset));
    const untold = (task.produces ?? [])
      .filter(({ asset, on }) => on === 'success' && !names.has(asset))
      .map(({ asset }) => ({ asset }));
    return onceEach(draft.run, [...untold, ...told]).map(
      ({ partition, ...one }) => ({
        ...one,
        partition: partitionOfEvent(draft.run, partition),
        task,
        attempt,
        sourceKey: assetSourceKey(attempt.attempt_id, one.asset, partition),
      }),
    );
  });
  const byAsset = new Map<string, typeof made>();
  for (const one of inLockOrder(made)) {
    const before = byAsset.get(one.asset);
    if (before) before.push(one);
    else byAsset.set(one.asset, [one]);
  }
  for (const [asset, ofAsset] of byAsset) {
    const stored = await insertAssetEvents(
      ctx.db,
      tx,
      asset,
      ofAsset.map(({ task, attempt, extra, aliases, ...one }) => ({
        event: {
          source: 'task',
          source_key: one.sourceKey,
          run_id: draft.id,
          task_id: task.id,
          map_index: attempt.map_index,
          attempt_id: attempt.attempt_id,
          extra: extra ? JSON.stringify(extra) : null,
          ...one.partition,
        },
        aliases,
      })),
      now,
    );
    ofAsset.forEach(({ task, attempt, partition }, i) => {
      const event = stored[i];
      if (!event) return;
      draft.addEvent({
        type: 'asset',
        attemptId: attempt.attempt_id,
        body: {
          asset,
          task: task.id,
          ...(attempt.map_index < 0 ? {} : { mapIndex: attempt.map_index }),
          ...(partition.partition_key === null
            ? {}
            : { partition: partition.partition_key }),
        },
      });
      if (event.consumers + event.waits > 0) draft.setsTimers = true;
    });
  }
}

/**
 * A task may tell of the very partition that its run is about, and give the asset
 * through an alias too: both are of one partition, which has one event.
 */
function onceEach(
  run: Pick<RunRow, 'partition_key'>,
  told: readonly DeclaredAsset[],
): DeclaredAsset[] {
  const found = new Map<string, DeclaredAsset>();
  for (const one of told) {
    const partition =
      one.partition === run.partition_key ? undefined : one.partition;
    const place = JSON.stringify([one.asset, partition]);
    const before = found.get(place);
    found.set(place, {
      asset: one.asset,
      partition,
      aliases: one.aliases ?? before?.aliases,
      extra: one.extra ?? before?.extra,
    });
  }
  return [...found.values()];
}

/** Assets are locked when they have an event: by all in one order. */
export function inLockOrder<T extends Pick<ProducedAsset, 'asset'>>(
  produced: readonly T[] = [],
): T[] {
  return [...produced].sort((a, b) =>
    // Of one asset, by the order of the attempts.
    a.asset === b.asset ? 0 : Number(a.asset > b.asset) * 2 - 1,
  );
}

/**
 * The partition of the asset that an event of a run is about: that of the run,
 * or another one that its task has told, of which nobody knows when it begins.
 */
export function partitionOfEvent(
  run: Pick<RunRow, 'partition_key' | 'partition_date'>,
  told?: string,
): Pick<AssetEventRow, 'partition_key' | 'partition_date'> {
  const { partition_key: key, partition_date: date } = run;
  return told === undefined || told === key
    ? { partition_key: key, partition_date: date }
    : { partition_key: told, partition_date: null };
}

/**
 * Of one attempt there is one event of an asset, or of each partition of it that
 * the task has told. No name of an asset has a `#`.
 */
export function assetSourceKey(
  attemptId: string,
  asset: string,
  told?: string,
): string {
  return `attempt:${attemptId}:${asset}${told === undefined ? '' : `#${told}`}`;
}
