import {
  isKnownTimezone,
  mappedDate,
  mapPartition,
  oddDirective,
  partitionKeyProblem,
  writeDate,
  type AssetPartitions,
  type PartitionMapper,
  type PartitionStart,
  type PartitionWindow,
  type WindowUnit,
} from '@maestro/plugin-maestro-common';
import { assetNames } from './compileAssets';
import type { Findings } from './Findings';
import type { Encoded } from './serialized';

/** Modules of Airflow's own mappers. */
const OWN = 'airflow.partition_mappers.';

const STARTS: Readonly<Record<string, PartitionStart>> = {
  StartOfHourMapper: 'hour',
  StartOfDayMapper: 'day',
  StartOfWeekMapper: 'week',
  StartOfMonthMapper: 'month',
  StartOfQuarterMapper: 'quarter',
  StartOfYearMapper: 'year',
};

/** A day with the longest names: Wednesday, September 30. */
const SAMPLE = Date.UTC(2026, 8, 30, 22);

/** What is wrong with the keys that a format writes, which is known. */
export function writtenKeyProblem(format: string): string | undefined {
  return partitionKeyProblem(writeDate(format, SAMPLE));
}

/** What a mapper cannot say here, and what to do. */
class Unsayable extends Error {}

/** The mappers of a PartitionedAssetTimetable. */
export function compilePartitions(
  value: Record<string, unknown>,
  findings: Findings,
): AssetPartitions {
  const compiled = (mapper: unknown): PartitionMapper => {
    try {
      return mapperOf(mapper as Encoded);
    } catch (error) {
      if (!(error instanceof Unsayable)) throw error;
      findings.unscheduled(error.message);
      return { map: 'identity' };
    }
  };
  const mappers = new Map<string, PartitionMapper>();
  const own = (value.partition_mapper_config ?? []) as Array<
    [unknown, unknown]
  >;
  for (const [assets, mapper] of own) {
    for (const name of assetNames(assets, findings) ?? []) {
      mappers.set(name, compiled(mapper));
    }
  }
  return {
    mapper: compiled(value.default_partition_mapper),
    ...(mappers.size > 0 ? { mappers: Object.fromEntries(mappers) } : {}),
  };
}

function mapperOf({ __type: type, __var: value }: Encoded): PartitionMapper {
  const name = type.startsWith(OWN) ? type.split('.').at(-1)! : type;
  if (Object.hasOwn(STARTS, name)) return timeMapper(name, value);
  switch (name) {
    case 'IdentityMapper':
      return { map: 'identity' };
    case 'FixedKeyMapper': {
      const key = String(value.downstream_key);
      const problem = partitionKeyProblem(key);
      if (!problem) return { map: 'fixed', key };
      throw new Unsayable(
        `the key ${JSON.stringify(
          key,
        )} of its FixedKeyMapper cannot be used: ${problem}`,
      );
    }
    case 'AllowedKeyMapper':
      return {
        map: 'allowed',
        keys: (value.allowed_keys as unknown[]).map(String),
      };
    case 'ChainMapper':
      return { map: 'chain', of: (value.mappers as Encoded[]).map(mapperOf) };
    case 'ProductMapper':
      return {
        map: 'product',
        of: (value.mappers as Encoded[]).map(mapperOf),
        delimiter: String(value.delimiter ?? '|'),
      };
    case 'RollupMapper':
      return rollupMapper(value);
    case 'FanOutMapper':
      throw new Unsayable(
        'its timetable has a FanOutMapper, which makes many runs of one partition, and Maestro does not: use a mapper of one key to one, such as StartOfDayMapper, or start it with a partition key by hand',
      );
    default:
      throw new Unsayable(
        `its timetable has the partition mapper ${type}, which is Python code that only Airflow's scheduler asks: use those of airflow.sdk, or start it with a partition key by hand`,
      );
  }
}

const WINDOWS: Readonly<Record<string, WindowUnit>> = {
  HourWindow: 'hour',
  DayWindow: 'day',
  WeekWindow: 'week',
  MonthWindow: 'month',
  QuarterWindow: 'quarter',
  YearWindow: 'year',
};

/** Units that begin with the first day of a month. */
const OF_MONTHS: readonly string[] = ['month', 'quarter', 'year'];

/** Many partitions for one run, which waits for all, or enough of them. */
function rollupMapper(value: Record<string, unknown>): PartitionMapper {
  const of = mapperOf(value.upstream_mapper as Encoded);
  const window = windowOf(value.window as Encoded);
  if (
    'unit' in window &&
    (of.map !== 'time' ||
      oddDirective(of.input) !== undefined ||
      (OF_MONTHS.includes(window.unit) && !OF_MONTHS.includes(of.start)))
  ) {
    throw new Unsayable(
      `the RollupMapper of its timetable has a window of a ${window.unit} and a mapper that does not begin one`,
    );
  }
  if ('unit' in window && of.map === 'time' && !isReadBack(of)) {
    throw new Unsayable(
      `the RollupMapper of its timetable has a mapper whose output_format ${JSON.stringify(
        of.output,
      )} cannot be read back, with a directive that is there twice or that only writes: no key would have a window`,
    );
  }
  const least = leastOf(value.wait_policy as Encoded);
  return {
    map: 'rollup',
    of,
    window,
    ...(least === undefined ? {} : { least }),
  };
}

function windowOf({ __type: type, __var: value }: Encoded): PartitionWindow {
  const name = type.startsWith(OWN) ? type.split('.').at(-1)! : type;
  if (name === 'SegmentWindow') {
    return { keys: (value.segments as unknown[]).map(String) };
  }
  if (Object.hasOwn(WINDOWS, name)) {
    return {
      unit: WINDOWS[name],
      ...(value.direction === 'backward' ? { backward: true } : {}),
    };
  }
  throw new Unsayable(
    `its timetable has the window ${type}, which is Python code that only Airflow's scheduler asks: use those of airflow.sdk`,
  );
}

/** How many partitions are enough; undefined for all. */
function leastOf({ __type: type, __var: value }: Encoded): number | undefined {
  const name = type.startsWith(OWN) ? type.split('.').at(-1)! : type;
  if (name === 'WaitForAll') return undefined;
  if (name === 'MinimumCount') return Number(value.n);
  throw new Unsayable(
    `its timetable has the wait policy ${type}, which is Python code that only Airflow's scheduler asks: use WaitForAll or MinimumCount`,
  );
}

/** Whether what a mapper by time writes is a date for it again. */
function isReadBack(mapper: Extract<PartitionMapper, { map: 'time' }>) {
  try {
    const key = mapPartition(mapper, writeDate(mapper.input, SAMPLE));
    return mappedDate(mapper, key) !== undefined;
  } catch {
    return false;
  }
}

function hasTwice(format: string): boolean {
  const directives = format.replaceAll('%%', '').match(/%[^]/g) ?? [];
  return new Set(directives).size < directives.length;
}

function timeMapper(
  name: string,
  value: Record<string, unknown>,
): PartitionMapper {
  const { timezone = 'UTC' } = value;
  const [input, output] = [value.input_format, value.output_format].map(String);
  if (typeof timezone !== 'string' || !isKnownTimezone(timezone)) {
    throw new Unsayable(
      `the time zone ${JSON.stringify(
        timezone,
      )} of its ${name} is no IANA name such as Europe/Berlin`,
    );
  }
  const odd = oddDirective(input, 'read') ?? oddDirective(output);
  if (odd) {
    throw new Unsayable(
      `a format of its ${name} has ${odd}, which Maestro does not know: use directives such as %Y, %m, %d, %H`,
    );
  }
  for (const format of [input, output]) {
    const problem = writtenKeyProblem(format);
    if (!problem) continue;
    throw new Unsayable(
      `keys by the format ${JSON.stringify(
        format,
      )} of its ${name} cannot be used: ${problem}`,
    );
  }
  const start = STARTS[name];
  if (start === 'quarter' && /[{}]/.test(output.replaceAll('{quarter}', ''))) {
    throw new Unsayable(
      `the output_format ${JSON.stringify(
        output,
      )} of its ${name} has another placeholder than {quarter}`,
    );
  }
  if (hasTwice(input)) {
    throw new Unsayable(
      `the input_format ${JSON.stringify(
        input,
      )} of its ${name} has a directive twice, which Python cannot read`,
    );
  }
  return { map: 'time', start, timezone, input, output };
}
