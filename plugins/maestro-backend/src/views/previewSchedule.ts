import { setImmediate as nextTurn } from 'node:timers/promises';
import { NotFoundError } from '@backstage/errors';
import {
  describeSchedule,
  hasDueTimes,
  launches,
  previewSchedules,
  type PreviewPipelineInput,
  type PreviewTask,
  type ScheduleDefinition,
  type SchedulePreviewAnswer,
} from '@maestro/plugin-maestro-common';
import { bool, num, optionalNum, optionalText } from '../database/conversion';
import type { PipelineRow } from '../database/tables';
import { medianDuration, readRecentRuns } from './recentRuns';
import type { VersionFacts } from './VersionFactsCache';
import type { ViewContext } from './ViewContext';

const DAY_MS = 86_400_000;
/** Due times looked at in all: where there are more, the end comes earlier. */
const MAX_DUE_TIMES = 20_000;
/** Due times computed before others get their turn; each costs about 10 µs. */
const DUE_TIMES_A_TURN = 500;
/** Runs that tell how long one usually takes. */
const RECENT_RUNS = 14;
/** Tasks of a run whose slots are looked at. */
const MAX_TASKS = 1_000;

interface Scheduled {
  row: PipelineRow;
  facts: VersionFacts;
  due: number[];
}

/**
 * What the schedules will do in the next days: every pipeline together, because
 * they share instants, pools and the machine. With a name only what concerns
 * that pipeline is told.
 *
 * @throws NotFoundError for a name that no pipeline has
 */
export async function previewSchedule(
  ctx: ViewContext,
  options: { days: number; pipeline?: string },
): Promise<SchedulePreviewAnswer> {
  const { db } = ctx;
  const now = await db.now();
  const rows = (await db.table(db.knex, 'pipelines').select()) as PipelineRow[];
  const { pipeline: wanted } = options;
  if (wanted !== undefined && !rows.some(row => row.name === wanted)) {
    throw new NotFoundError(
      `Pipeline "${wanted}" does not exist; "maestro pipelines list" shows those there are`,
    );
  }
  rows.sort((a, b) => (a.name < b.name ? -1 : 1));
  const alive = rows.filter(
    row => row.current_version_id !== null && row.removed_at === null,
  );
  const versions = await ctx.versions.read(
    alive.map(row => num(row.current_version_id!)),
  );
  const scheduled = alive.flatMap((row): Scheduled[] => {
    const facts = versions.get(num(row.current_version_id!));
    return facts?.schedules.some(one => hasDueTimes(one) || one.continuous)
      ? [{ row, facts, due: [] }]
      : [];
  });
  const going = scheduled.filter(
    ({ row, facts }) => !bool(row.paused) && facts.schedules.some(hasDueTimes),
  );
  const until = await findDueTimes(going, now, now + options.days * DAY_MS);
  const preview = previewSchedules({
    pipelines: await withHistory(ctx, going),
    pools: await poolSlots(ctx),
    from: now,
    until,
  });
  const paused = scheduled
    .filter(({ row }) => bool(row.paused))
    .map(({ row }) => row.name);
  const asked = alive.filter(
    ({ name }) => wanted === undefined || name === wanted,
  );
  const onAssets = unforeseen(asked, versions, ({ assets }) => Boolean(assets));
  const continuous = unforeseen(
    asked.filter(({ paused: stands }) => !bool(stands)),
    versions,
    schedule => Boolean(schedule.continuous),
  );
  const concerns = ({ pipelines }: { pipelines: string[] }) =>
    wanted === undefined || pipelines.includes(wanted);
  return {
    ...preview,
    isCut: until < now + options.days * DAY_MS,
    pipelines: preview.pipelines.filter(
      ({ name }) => wanted === undefined || name === wanted,
    ),
    collisions: preview.collisions.filter(concerns),
    peaks: preview.peaks.filter(concerns),
    paused: paused.filter(name => wanted === undefined || name === wanted),
    ...(onAssets.length > 0 ? { onAssets } : {}),
    ...(continuous.length > 0 ? { continuous } : {}),
  };
}

/** Pipelines with schedules of a kind of which no forecast knows when it starts runs. */
function unforeseen(
  alive: readonly PipelineRow[],
  versions: ReadonlyMap<number, VersionFacts>,
  isOfKind: (schedule: ScheduleDefinition) => boolean,
): Array<{ name: string; scheduleText: string }> {
  return alive.flatMap(row => {
    const schedules = versions
      .get(num(row.current_version_id!))
      ?.schedules.filter(isOfKind);
    return schedules?.length
      ? [
          {
            name: row.name,
            scheduleText: schedules.map(describeSchedule).join('; '),
          },
        ]
      : [];
  });
}

/** Day by day, so that all pipelines reach equally far; returns how far. */
async function findDueTimes(
  scheduled: readonly Scheduled[],
  from: number,
  until: number,
): Promise<number> {
  let found = 0;
  let work = 0;
  for (let start = from; start < until; start += DAY_MS) {
    const end = Math.min(start + DAY_MS, until);
    for (const { row, facts, due } of scheduled) {
      for (const schedule of facts.schedules) {
        // When runs start is what makes them meet, not when they are due.
        const times = launches(
          row.name,
          schedule,
          start - 1 - (schedule.jitterMs ?? 0),
          end,
          MAX_DUE_TIMES,
        ).flatMap(({ at }) => (at > start && at <= end ? at : []));
        due.push(...times);
        found += times.length;
        work += times.length + 1;
        if (work > DUE_TIMES_A_TURN) {
          work = 0;
          await nextTurn();
        }
      }
      // Several schedules of one pipeline take turns.
      if (facts.schedules.length > 1) due.sort((a, b) => a - b);
    }
    if (found > MAX_DUE_TIMES) return end;
  }
  return until;
}

async function withHistory(
  ctx: ViewContext,
  scheduled: readonly Scheduled[],
): Promise<PreviewPipelineInput[]> {
  const recent = await readRecentRuns(ctx.db, {
    pipelineIds: scheduled.map(({ row }) => num(row.id)),
    limit: RECENT_RUNS,
  });
  const inputs: PreviewPipelineInput[] = [];
  for (const { row, facts, due } of scheduled) {
    const runs = recent.get(num(row.id)) ?? [];
    const lastSuccess = runs.find(run => run.state === 'success');
    const { maxActiveRuns, maxActiveTasks, usesPools } = facts;
    inputs.push({
      name: row.name,
      due,
      maxActiveRuns,
      maxActiveTasks,
      expectedMs: medianDuration(runs),
      tasks:
        lastSuccess && (usesPools || maxActiveTasks !== undefined)
          ? await tasksOf(ctx, lastSuccess.run_id)
          : undefined,
    });
  }
  return inputs;
}

/** How the tasks of a run went, from its start. */
async function tasksOf(
  { db }: ViewContext,
  runId: string,
): Promise<PreviewTask[]> {
  const run = await db
    .table(db.knex, 'runs')
    .where({ run_id: runId })
    .first('id', 'started_at');
  const runStart = optionalNum(run?.started_at);
  if (!run || runStart === undefined) return [];
  const tasks = await db
    .table(db.knex, 'task_instances')
    .where({ run_id: run.id })
    .orderBy(['task_no', 'map_index'])
    .limit(MAX_TASKS)
    .select('task_no', 'map_index', 'started_at', 'ended_at', 'pool');
  // Of a mapped task its instances run, not the task as a whole.
  const mapped = new Set(
    tasks.flatMap(task => (task.map_index >= 0 ? [task.task_no] : [])),
  );
  return tasks.flatMap(({ started_at: start, ended_at: end, pool, ...task }) =>
    start === null ||
    end === null ||
    (task.map_index < 0 && mapped.has(task.task_no))
      ? []
      : [
          {
            startsAfterMs: Math.max(0, num(start) - runStart),
            durationMs: num(end) - num(start),
            pool: optionalText(pool),
          },
        ],
  );
}

async function poolSlots({ db }: ViewContext): Promise<Map<string, number>> {
  const pools = await db.table(db.knex, 'pools').select('name', 'slots');
  return new Map(pools.map(({ name, slots }) => [name, slots]));
}
