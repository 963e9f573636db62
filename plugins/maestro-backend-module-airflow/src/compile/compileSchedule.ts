import {
  cronProblem,
  isKnownTimezone,
  oddDirective,
  type AssetPartitions,
  type ScheduleDefinition,
} from '@maestro/plugin-maestro-common';
import { compilePartitions, writtenKeyProblem } from './compilePartitions';
import { compileAssetCondition } from './compileAssets';
import { lengthOf } from './compileInterval';
import type { Findings } from './Findings';
import type { Encoded, SerializedDag } from './serialized';

type Bounds = Pick<ScheduleDefinition, 'startAt' | 'endAt' | 'catchup'>;

/** Airflow knows none; its scheduler looks about once in a second. */
const CONTINUOUS_PAUSE_MS = 1000;

/** Due times that are counted from that of a run to that of its partition. */
const MAX_OFFSET = 1_000;

/** A due time is its own logical date and data interval. */
const EXACT = { interval: { lengthMs: 0 } };

/**
 * When a DAG is due, from its timetable. What Maestro cannot say is a problem,
 * never a schedule that is only like it: then it is never due.
 */
export function compileSchedules(
  dag: SerializedDag,
  findings: Findings,
): ScheduleDefinition[] {
  const starts = [
    dag.start_date,
    ...dag.tasks.map(({ __var: task }) => task.start_date),
  ].filter((start): start is number => typeof start === 'number');
  const bounds: Bounds = {
    ...(starts.length > 0 ? { startAt: ms(Math.min(...starts)) } : {}),
    ...(typeof dag.end_date === 'number' ? { endAt: ms(dag.end_date) } : {}),
    catchup: dag.catchup ?? false,
  };
  const zone = typeof dag.timezone === 'string' ? dag.timezone : 'UTC';
  const schedules = schedulesOf(dag.timetable, zone, bounds, findings);
  // A part of the due times would be a schedule that nobody wrote.
  return findings.problems.some(problem => problem.unscheduled)
    ? []
    : schedules;
}

/** Whether runs of a DAG are about one partition each, and may be given its key. */
export function isPartitioned({ timetable }: SerializedDag): boolean {
  return [
    'PartitionedAtRuntime',
    'PartitionedAssetTimetable',
    'CronPartitionTimetable',
  ].includes(kindOf(timetable));
}

/** The name of a timetable of Airflow's own, the whole path of another one. */
function kindOf({ __type: type }: Encoded): string {
  return type.startsWith('airflow.timetables.')
    ? type.split('.').at(-1)!
    : type;
}

function schedulesOf(
  timetable: Encoded,
  zone: string,
  bounds: Bounds,
  findings: Findings,
): ScheduleDefinition[] {
  const { __type: type, __var: value } = timetable;
  switch (kindOf(timetable)) {
    case 'NullTimetable':
      return [];
    case 'OnceTimetable':
      // Once, as soon as it may be; without a start date never, as in Airflow.
      return bounds.startAt === undefined
        ? []
        : [
            {
              id: 'default',
              dates: [bounds.startAt],
              timezone: 'UTC',
              catchup: true,
              ...EXACT,
            },
          ];
    case 'CronTriggerTimetable':
    case 'MultipleCronTriggerTimetable':
      return cronSchedules(
        value,
        bounds,
        intervalOf(value, findings),
        findings,
      );
    case 'CronDataIntervalTimetable':
      return cronSchedules(value, bounds, { interval: {} }, findings);
    case 'DeltaTriggerTimetable':
      return deltaSchedules(
        value,
        { zone, ...bounds },
        intervalOf(value, findings),
        findings,
      );
    case 'DeltaDataIntervalTimetable':
      return deltaSchedules(
        value,
        { zone, ...bounds },
        { interval: {} },
        findings,
      );
    case 'EventsTimetable':
      return eventSchedules(value, bounds, findings);
    case 'AssetTriggeredTimetable':
    case 'AssetOrTimeSchedule':
      return assetSchedules(value, zone, bounds, findings);
    case 'ContinuousTimetable':
      return [
        {
          id: 'default',
          continuous: { pauseMs: CONTINUOUS_PAUSE_MS },
          timezone: 'UTC',
          ...bounds,
          // Nothing is missed: no run starts but behind the one before.
          catchup: false,
          interval: {},
        },
      ];
    case 'PartitionedAtRuntime':
      return [];
    case 'CronPartitionTimetable':
      return partitionSchedules(value, bounds, findings);
    case 'PartitionedAssetTimetable':
      return assetPartitionSchedules(value, zone, bounds, findings);
    default:
      findings.unscheduled(
        `its timetable ${type} is Python code, which only Airflow's scheduler asks when it is due: use cron expressions, an interval, dates (EventsTimetable) or assets, or start it by a TriggerDagRunOperator in a DAG that is due more often and decides`,
      );
      return [];
  }
}

/** By one expression or several, of which a time of two is one. */
function cronSchedules(
  value: Record<string, unknown>,
  bounds: Bounds,
  interval: Interval | undefined,
  findings: Findings,
): ScheduleDefinition[] {
  const [cron, ...crons] = (
    (value.expressions as unknown[] | undefined) ?? [value.expression]
  ).map(String);
  const wrong = [cron, ...crons].map(cronProblem).find(Boolean);
  if (wrong) findings.unscheduled(`its schedule cannot be used: ${wrong}`);
  const timezone = zoneOf(value.timezone, findings);
  if (value.run_immediately) {
    findings.note(
      'run_immediately= of its timetable has no effect: the first run is at the next due time',
    );
  }
  if (wrong || !timezone || !interval) return [];
  const further = crons.length > 0 ? { crons } : {};
  return [
    { id: 'default', cron, ...further, timezone, ...bounds, ...interval },
  ];
}

/** A cron expression whose due times are partitions, or count to them. */
function partitionSchedules(
  value: Record<string, unknown>,
  bounds: Bounds,
  findings: Findings,
): ScheduleDefinition[] {
  const format = String(value.key_format);
  const odd = oddDirective(format);
  if (odd) {
    findings.unscheduled(
      `the key_format ${JSON.stringify(
        format,
      )} of its timetable has ${odd}, which Maestro cannot write: use directives such as %Y, %m, %d, %H`,
    );
  }
  const problem = odd ? undefined : writtenKeyProblem(format);
  if (problem) {
    findings.unscheduled(
      `keys by the key_format ${JSON.stringify(
        format,
      )} of its timetable cannot be used: ${problem}`,
    );
  }
  const offset = Number(value.run_offset ?? 0);
  if (!Number.isInteger(offset) || Math.abs(offset) > MAX_OFFSET) {
    findings.unscheduled(
      `the run_offset of its timetable is no whole number between -${MAX_OFFSET} and ${MAX_OFFSET}`,
    );
  }
  return cronSchedules(value, bounds, EXACT, findings).map(schedule => ({
    ...schedule,
    partition: { offset, format },
  }));
}

function deltaSchedules(
  { delta }: Record<string, unknown>,
  { zone, ...bounds }: Bounds & { zone: string },
  interval: Interval | undefined,
  findings: Findings,
): ScheduleDefinition[] {
  const length = lengthOf(delta);
  if (typeof length === 'string' || ('ms' in length && length.ms <= 0)) {
    findings.unscheduled(
      `its interval ${
        typeof length === 'string' ? length : 'is none'
      }, which Maestro cannot say: use years, months, days and smaller units, or a cron expression`,
    );
    return [];
  }
  const timezone = zoneOf(zone, findings);
  const every =
    'ms' in length ? { everyMs: length.ms } : { everySpan: length.span };
  return timezone && interval
    ? [{ id: 'default', ...every, timezone, ...bounds, ...interval }]
    : [];
}

type Interval = Required<Pick<ScheduleDefinition, 'interval'>>;

/** Of a timetable whose intervals have a length of their own. */
function intervalOf(
  { interval = 0 }: Record<string, unknown>,
  findings: Findings,
): Interval | undefined {
  const length = lengthOf(interval);
  if (typeof length !== 'string') {
    return {
      interval:
        'ms' in length ? { lengthMs: length.ms } : { span: length.span },
    };
  }
  findings.unscheduled(
    `the interval= of its timetable ${length}, which Maestro cannot say: use years, months, days and smaller units`,
  );
  return undefined;
}

function eventSchedules(
  {
    event_dates: events,
    restrict_to_events: restricted,
  }: Record<string, unknown>,
  bounds: Bounds,
  findings: Findings,
): ScheduleDefinition[] {
  const dates = (events as unknown[]).map(instantOf);
  if (dates.some(date => date === undefined)) {
    findings.unscheduled('a date of its EventsTimetable cannot be read');
    return [];
  }
  if (restricted) {
    findings.note('restrict_to_events= of its timetable has no effect');
  }
  const sorted = [...new Set(dates as number[])].sort((a, b) => a - b);
  return [
    { id: 'default', dates: sorted, timezone: 'UTC', ...bounds, ...EXACT },
  ];
}

function assetSchedules(
  value: Record<string, unknown>,
  zone: string,
  bounds: Bounds,
  findings: Findings,
): ScheduleDefinition[] {
  const assets = compileAssetCondition(value.asset_condition, findings);
  if (!assets) return [];
  if (!value.timetable) {
    return [
      { id: 'default', timezone: 'UTC', assets, ...bounds, catchup: false },
    ];
  }
  const [timed, ...others] = schedulesOf(
    value.timetable as Encoded,
    zone,
    bounds,
    findings,
  );
  if (timed?.continuous) {
    findings.unscheduled(
      'its AssetOrTimeSchedule is @continuous beside assets, whose runs would wait for each other: use either',
    );
    return [];
  }
  const first = timed ?? { id: 'default', timezone: 'UTC', ...bounds };
  return [{ ...first, assets }, ...others];
}

/** Assets whose partitions start runs of partitions. */
function assetPartitionSchedules(
  value: Record<string, unknown>,
  zone: string,
  bounds: Bounds,
  findings: Findings,
): ScheduleDefinition[] {
  const partitions = compilePartitions(value, findings);
  const schedules = assetSchedules(value, zone, bounds, findings);
  // Which assets an alias stands for, and so their windows, is not known.
  if (
    hasRollup(partitions) &&
    schedules.some(({ assets }) => assets?.aliases)
  ) {
    findings.unscheduled(
      'its timetable has a RollupMapper beside an AssetAlias, and what a run then waits for is not known: name the assets instead of the alias, or use a mapper of one key to one',
    );
  }
  return schedules.map(schedule => ({
    ...schedule,
    assets: { ...schedule.assets!, partitions },
  }));
}

function hasRollup({ mapper, mappers = {} }: AssetPartitions): boolean {
  return [mapper, ...Object.values(mappers)].some(
    ({ map }) => map === 'rollup',
  );
}

function zoneOf(value: unknown, findings: Findings): string | undefined {
  if (typeof value === 'string' && isKnownTimezone(value)) return value;
  findings.unscheduled(
    `its time zone ${JSON.stringify(
      value,
    )} is no IANA name such as Europe/Berlin`,
  );
  return undefined;
}

/** An instant as Airflow encodes it. */
function instantOf(value: unknown): number | undefined {
  if (typeof value === 'number') return ms(value);
  if (typeof value === 'string') {
    const parsed = Date.parse(value);
    return Number.isNaN(parsed) ? undefined : parsed;
  }
  const inner = (value as Partial<Encoded> | null)?.__var as unknown;
  return typeof inner === 'number' ? ms(inner) : undefined;
}

function ms(seconds: number): number {
  return Math.round(seconds * 1000);
}
