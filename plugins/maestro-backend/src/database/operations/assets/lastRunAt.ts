import type { ScheduleDefinition } from '@maestro/plugin-maestro-common';
import type { Knex } from 'knex';
import { num, optionalNum } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { OutcomePlace } from './waitingEvents';

/**
 * When the last run of a schedule was created, by due time or asset event: its
 * cool-down counts from there. Undefined before the first, and without one.
 */
export async function lastRunAt(
  db: MaestroDatabase,
  tx: Tx | Knex,
  { pipelineId, scheduleId }: OutcomePlace,
  { cooldownMs }: ScheduleDefinition,
): Promise<number | undefined> {
  if (cooldownMs === undefined) return undefined;
  const tick = await db
    .table(tx, 'ticks')
    .where({ pipeline_id: pipelineId, schedule_id: scheduleId, outcome: 'run' })
    .orderBy('due_at', 'desc')
    .first('decided_at');
  const event = await db
    .table(tx, 'asset_outcomes')
    .where({ pipeline_id: pipelineId, schedule_id: scheduleId })
    // The words of the partial index.
    .whereRaw("outcome = 'run'")
    .orderBy('decided_at', 'desc')
    .first('decided_at');
  const times = [optionalNum(tick?.decided_at), event && num(event.decided_at)];
  const known = times.filter(at => at !== undefined);
  return known.length > 0 ? Math.max(...known) : undefined;
}
