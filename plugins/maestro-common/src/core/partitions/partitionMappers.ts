/**
 * From the partition of an asset to that of the run which an event of it is for,
 * by Airflow's rules (`airflow/partition_mappers`). Pure; the engine keeps the
 * key of the run with the outcome of the event.
 *
 * @packageDocumentation
 */
import { dateOfKey, instantOf } from './partitionDate';
import { windowParts, type PartitionWindow } from './partitionWindows';
import { writeDate, type ReadDate } from '../time/pythonDates';
import { WallClock } from '../time/zones';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const quarterOf = (wall: number) =>
  Math.floor(new Date(wall).getUTCMonth() / 3) + 1;

/** Begin of which unit of time a key is mapped to. @public */
export type PartitionStart =
  | 'hour'
  | 'day'
  | 'week'
  | 'month'
  | 'quarter'
  | 'year';

/**
 * - `identity`: the same key
 * - `fixed`: always this key
 * - `allowed`: the same key, where it is one of these
 * - `time`: the key is a date (`input`), and becomes (`output`) that of the unit
 *   of time which it lies in; formats are Python's
 * - `chain`: one behind the other
 * - `product`: each of the parts of a key by a mapper of its own
 * - `rollup`: as `of`, and the run waits for the keys of its window: for all, or
 *   for `least`; below 0 for all but so many
 *
 * @public
 */
export type PartitionMapper =
  | { map: 'identity' }
  | { map: 'fixed'; key: string }
  | { map: 'allowed'; keys: string[] }
  | {
      map: 'time';
      start: PartitionStart;
      timezone: string;
      input: string;
      output: string;
    }
  | { map: 'chain'; of: PartitionMapper[] }
  | { map: 'product'; of: PartitionMapper[]; delimiter: string }
  | {
      map: 'rollup';
      of: PartitionMapper;
      window: PartitionWindow;
      least?: number;
    };

/** How events of partitions of assets make runs of partitions. @public */
export interface AssetPartitions {
  /** For every asset that has none of its own. */
  mapper: PartitionMapper;
  /** By name of the asset. */
  mappers?: Record<string, PartitionMapper>;
}

/** A key that a mapper has no other one for. @public */
export class PartitionMapError extends Error {}

/** What is wrong with a key, in words that can be stored. @public */
export function mapProblem(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  return words.replaceAll('\0', '').slice(0, 500);
}

/** The mapper of an asset. @public */
export function mapperOf(
  { mapper, mappers = {} }: AssetPartitions,
  asset: string,
): PartitionMapper {
  return Object.hasOwn(mappers, asset) ? mappers[asset] : mapper;
}

/**
 * The key of the run that an event of a partition is for.
 *
 * @throws PartitionMapError with what is wrong with the key
 * @public
 */
export function mapPartition(mapper: PartitionMapper, key: string): string {
  switch (mapper.map) {
    case 'identity':
      return key;
    case 'fixed':
      return mapper.key;
    case 'allowed':
      if (mapper.keys.includes(key)) return key;
      throw new PartitionMapError(
        `the key ${quoted(key)} is none of ${mapper.keys
          .slice(0, 10)
          .map(quoted)
          .join(', ')}${mapper.keys.length > 10 ? ', …' : ''}`,
      );
    case 'chain':
      return mapper.of.reduce((mapped, one) => mapPartition(one, mapped), key);
    case 'rollup':
      return mapPartition(mapper.of, key);
    case 'product': {
      const parts = key.split(mapper.delimiter);
      if (parts.length !== mapper.of.length) {
        throw new PartitionMapError(
          `the key ${quoted(key)} has ${parts.length} parts between ${quoted(
            mapper.delimiter,
          )}, and not ${mapper.of.length}`,
        );
      }
      return parts
        .map((part, i) => mapPartition(mapper.of[i], part))
        .join(mapper.delimiter);
    }
    default:
      return mapTime(mapper, key);
  }
}

type TimeMapper = Extract<PartitionMapper, { map: 'time' }>;

function mapTime({ input, output, ...of }: TimeMapper, key: string): string {
  const read = dateIn(input, key);
  const clock = WallClock.of(of.timezone);
  const instant = instantOf(read, of.timezone);
  const local = clock.wall(instant);
  const wall = startOf(of.start, local);
  // Where the clock shows a time twice Python keeps which of them it is, but for
  // weeks; of a text without an offset Airflow takes the second one.
  const isSecond =
    of.start !== 'week' &&
    (read.offsetMs === undefined || clock.firstInstant(local) !== instant);
  const offset = isSecond
    ? clock.offset(clock.lastInstant(wall))
    : firstOffset(clock, wall);
  const text = writeDate(output, wall, offset);
  return of.start === 'quarter'
    ? text.replaceAll('{quarter}', String(quarterOf(wall)))
    : text;
}

/** How far a clock is ahead when it shows a time first, or jumps over it. */
function firstOffset(clock: WallClock, wall: number): number {
  const first = clock.firstInstant(wall);
  return clock.offset(clock.wall(first) === wall ? first : first - 1);
}

/**
 * When the partition of a run begins, where the mapper of an asset that it was
 * made of knows; undefined where its keys are no dates.
 *
 * @throws PartitionMapError for a key that should be a date and is none
 * @public
 */
export function mappedDate(
  mapper: PartitionMapper,
  key: string,
): number | undefined {
  switch (mapper.map) {
    case 'chain':
      // The last one has written the key.
      return mappedDate(mapper.of[mapper.of.length - 1], key);
    case 'rollup':
      return mappedDate(mapper.of, key);
    case 'product': {
      const parts = key.split(mapper.delimiter);
      if (parts.length !== mapper.of.length) return undefined;
      const dates = parts
        .map((part, i) => mappedDate(mapper.of[i], part))
        .filter(date => date !== undefined);
      return dates.length === 1 ? dates[0] : undefined;
    }
    case 'time': {
      const { wall, offsetMs } = writtenDate(mapper, key);
      return instantOf(
        { wall: startOf(mapper.start, wall), offsetMs },
        mapper.timezone,
      );
    }
    default:
      return undefined;
  }
}

/** How far the partitions of an asset are there that a run waits for. @public */
export interface GatheredPartitions {
  isThere: boolean;
  /** Keys of its window, and those of them that are missing. */
  wanted: number;
  missing: string[];
}

/**
 * Whether the events that wait for a run are what its asset has to have. Without
 * a window one is enough.
 *
 * @param keys - of the events
 * @throws PartitionMapError for a key of a run that should be a date and is none
 * @public
 */
export function gatheredPartitions(
  mapper: PartitionMapper,
  key: string,
  keys: ReadonlySet<string>,
): GatheredPartitions {
  if (mapper.map !== 'rollup') {
    return { isThere: keys.size > 0, wanted: 1, missing: [] };
  }
  const wanted = [...new Set(windowKeys(mapper, key))];
  const missing = wanted.filter(one => !keys.has(one));
  const { least } = mapper;
  const enough =
    least === undefined || least < 0
      ? Math.max(0, wanted.length + (least ?? 0))
      : least;
  return {
    isThere: keys.size > 0 && wanted.length - missing.length >= enough,
    wanted: wanted.length,
    missing,
  };
}

/** The keys of an asset of which a run of many is made. */
function windowKeys(
  { of, window }: Extract<PartitionMapper, { map: 'rollup' }>,
  key: string,
): string[] {
  if ('keys' in window) return window.keys;
  if (of.map !== 'time') {
    // The compiler lets none pass, and Airflow makes none.
    throw new PartitionMapError('only dates have a window of time');
  }
  const clock = WallClock.of(of.timezone);
  const { wall, offsetMs } = writtenDate(of, key);
  const start = offsetMs === undefined ? wall : clock.wall(wall - offsetMs);
  return windowParts(window, start).map(part => {
    const instant = clock.lastInstant(part);
    const offset = clock.offset(instant);
    return writeDate(of.input, instant + offset, offset);
  });
}

/** What a mapper by time has written, read again. */
function writtenDate({ output, start }: TimeMapper, key: string) {
  if (start !== 'week' && start !== 'quarter') return dateIn(output, key);
  const parts = new RegExp(`^${writtenPattern(output)}$`).exec(key)?.groups;
  const year = Number(parts?.Y);
  const wall =
    start === 'week'
      ? Date.UTC(year, Number(parts?.m) - 1, Number(parts?.d))
      : Date.UTC(year, (Number(parts?.quarter) - 1) * 3, 1);
  const isThere =
    start === 'week' ? new Date(wall).getUTCDate() === Number(parts?.d) : wall;
  if (Number.isNaN(wall) || !isThere) {
    throw new PartitionMapError(
      `the key ${quoted(key)} was not written in the format ${output}`,
    );
  }
  return { wall, offsetMs: undefined };
}

/** @throws PartitionMapError for a key that is none */
function dateIn(format: string, key: string): ReadDate {
  const date = dateOfKey(format, key);
  if (date) return date;
  throw new PartitionMapError(
    `the key ${quoted(key)} is no date in the format ${format}`,
  );
}

/** As Airflow reads keys that Python alone cannot: other directives are text. */
function writtenPattern(format: string): string {
  return format.replace(
    /%([YmdHMSVUW])|\{quarter\}|([^])/g,
    (found, letter?: string, other?: string) => {
      if (letter) {
        return `(?<${letter}>\\d{${letter === 'Y' ? 4 : 2}})`;
      }
      return other === undefined
        ? '(?<quarter>[1-4])'
        : found.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&');
    },
  );
}

/** The wall time at which the unit of time begins. */
function startOf(start: PartitionStart, wall: number): number {
  const date = new Date(wall);
  const year = date.getUTCFullYear();
  const day = Math.floor(wall / DAY) * DAY;
  switch (start) {
    case 'hour':
      return Math.floor(wall / HOUR) * HOUR;
    case 'day':
      return day;
    case 'week':
      return day - ((date.getUTCDay() + 6) % 7) * DAY;
    case 'month':
      return Date.UTC(year, date.getUTCMonth(), 1);
    case 'quarter':
      return Date.UTC(year, (quarterOf(wall) - 1) * 3, 1);
    default:
      return Date.UTC(year, 0, 1);
  }
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
