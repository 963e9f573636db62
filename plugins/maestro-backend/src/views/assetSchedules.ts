import type {
  AssetScheduleFacts,
  ScheduleDefinition,
} from '@maestro/plugin-maestro-common';
import { num } from '../database/conversion';
import { lastRunAt } from '../database/operations/assets/lastRunAt';
import { waitingOutcomes } from '../database/operations/assets/waitingEvents';
import type { ViewContext } from './ViewContext';

/** Where a schedule stands that waits for assets. */
export async function readAssetSchedule(
  { db }: ViewContext,
  pipelineId: number,
  schedule: ScheduleDefinition,
  now: number,
): Promise<AssetScheduleFacts> {
  const place = { pipelineId, scheduleId: schedule.id };
  const { mode, names } = schedule.assets!;
  const waiting =
    mode === 'all' ? await waitingOutcomes(db, db.knex, place) : [];
  const there = new Set(waiting.map(row => row.asset));
  const last = await lastRunAt(db, db.knex, place, schedule);
  const until =
    last === undefined ? undefined : last + (schedule.cooldownMs ?? 0);
  return {
    scheduleId: schedule.id,
    mode,
    names,
    missing: mode === 'all' ? names.filter(name => !there.has(name)) : names,
    waitingSince: waiting[0] && num(waiting[0].decided_at),
    cooldownUntil: until !== undefined && now < until ? until : undefined,
  };
}
