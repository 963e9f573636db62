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
    // The keys alone, each once: each event of a partition asks for them again.
    const told = await db
      .table(tx, 'asset_events')
      .whereIn(
        'id',
        db
          .table(tx, 'asset_outcomes')
          .where({
            pipeline_id: pipelineId,
            schedule_id: scheduleId,
            partition_key: partitionKey,
            asset,
          })
          // The words of the partial index.
          .whereRaw("outcome = 'waiting'")
          .select('event_id'),
      )
      .whereNotNull('partition_key')
      .groupBy('partition_key')
      .select('partition_key');
    const keys = new Set(told.map(row => String(row.partition_key)));
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
