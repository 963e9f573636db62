import {
  nextDue,
  whyNotRunning,
  type Why,
} from '@maestro/plugin-maestro-common';
import { bool, num } from '../database/conversion';
import { readShownDefinition } from '../pipelines/storedDefinition';
import { readAssetSchedule } from './assetSchedules';
import { pipelineId } from './getPipeline';
import type { ViewContext } from './ViewContext';

/**
 * Why a pipeline starts no run now: paused, due later, or what each of its
 * schedules by asset events waits for.
 *
 * @throws NotFoundError
 */
export async function whyPipelineWaits(
  ctx: ViewContext,
  name: string,
): Promise<Why> {
  const { db } = ctx;
  const id = await pipelineId(ctx, name);
  const row = await db
    .table(db.knex, 'pipelines')
    .join('pipeline_versions as v', 'v.id', 'pipelines.current_version_id')
    .where({ 'pipelines.id': id } as never)
    .first('pipelines.paused', 'v.definition');
  if (!row) return { chain: [] };
  const { paused, definition: text } = row as unknown as {
    paused: boolean | 0 | 1;
    definition: string;
  };
  const definition = readShownDefinition(text);
  const now = await db.now();
  const due = definition.schedules
    .map(schedule => nextDue(schedule, now))
    .filter(at => at !== undefined);
  const assetSchedules = [];
  for (const schedule of definition.schedules) {
    if (!schedule.assets) continue;
    assetSchedules.push(await readAssetSchedule(ctx, id, schedule, now));
  }
  return whyNotRunning({
    now,
    definition,
    paused: bool(paused),
    nextDueAt: due.length > 0 ? Math.min(...due) : undefined,
    assetSchedules,
    lastAssetEvents: await lastEvents(
      ctx,
      assetSchedules.flatMap(({ names }) => names),
    ),
  });
}

async function lastEvents(
  { db }: ViewContext,
  names: readonly string[],
): Promise<Record<string, number>> {
  const last: Record<string, number> = {};
  for (const asset of new Set(names)) {
    const event = await db
      .table(db.knex, 'asset_events')
      .where({ asset })
      .orderBy('id', 'desc')
      .first('at');
    if (event) last[asset] = num(event.at);
  }
  return last;
}
