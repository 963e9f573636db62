import {
  gatheredPartitions,
  mapperOf,
  mapProblem,
  type AssetCondition,
  type GatheredPartitions,
} from '@maestro/plugin-maestro-common';
import type { Knex } from 'knex';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { OutcomePlace } from './waitingEvents';

/**
 * Of the assets of a condition that a run waits for many partitions of: what of
 * them is there for the run of a key.
 *
 * @param place.partitionKey - of the run
 * @param also - an event that is not decided yet
 */
export async function gatheredKeys(
  db: MaestroDatabase,
  tx: Tx | Knex,
  place: OutcomePlace,
  { names, partitions }: Partial<AssetCondition>,
  also?: { asset: string; partitionKey: string },
): Promise<Map<string, GatheredPartitions>> {
  const gathered = new Map<string, GatheredPartitions>();
  const { pipelineId, scheduleId, partitionKey } = place;
  if (!partitions || partitionKey === undefined) return gathered;
  for (const asset of names ?? []) {
    const mapper = mapperOf(partitions, asset);
    if (mapper.map !== 'rollup') continue;
    // The keys alone: hundreds of events may wait, and each of them asks.
    const waiting = await db
      .table(tx, 'asset_outcomes')
      .join('asset_events', 'asset_events.id', 'asset_outcomes.event_id')
      .where({
        'asset_outcomes.pipeline_id': pipelineId,
        'asset_outcomes.schedule_id': scheduleId,
        'asset_outcomes.partition_key': partitionKey,
        'asset_outcomes.asset': asset,
      })
      // The words of the partial index.
      .whereRaw("outcome = 'waiting'")
      .whereNotNull('asset_events.partition_key')
      .distinct('asset_events.partition_key as key');
    const keys = new Set(waiting.map(row => String(row.key)));
    if (also?.asset === asset) keys.add(also.partitionKey);
    gathered.set(asset, gatheredOf(mapper, partitionKey, keys));
  }
  return gathered;
}

function gatheredOf(
  ...args: Parameters<typeof gatheredPartitions>
): GatheredPartitions {
  try {
    return gatheredPartitions(...args);
  } catch (error) {
    // As with Airflow it is never there.
    return { isThere: false, wanted: 0, missing: [mapProblem(error)] };
  }
}
