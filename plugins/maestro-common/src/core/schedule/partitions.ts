/**
 * Partitions that runs are about, by their keys. Pure, and as Airflow has them.
 *
 * @packageDocumentation
 */
import { aliasName } from './assets';
import type {
  AssetCondition,
  PipelineDefinition,
  ScheduleDefinition,
} from '../pipeline/definition';
import { dateOfKey, instantOf } from '../partitions/partitionDate';
import { partitionKeyProblem } from '../partitions/partitionKey';
import {
  mappedDate,
  mapperOf,
  mapProblem,
  type AssetPartitions,
} from '../partitions/partitionMappers';
import { writeDate } from '../time/pythonDates';
import { shiftDue } from './timetable';
import { WallClock } from '../time/zones';

/** The partition that a run is about. @public */
export interface Partition {
  key: string;
  /** When it begins, where the key says a time; epoch milliseconds. */
  date?: number;
}

/**
 * The partition of the run that a due time starts; undefined for a schedule
 * whose runs have none.
 *
 * @public
 */
export function partitionOfDue(
  schedule: ScheduleDefinition,
  due: number,
): Partition | undefined {
  const { partition, timezone } = schedule;
  if (!partition) return undefined;
  const date = shiftDue(schedule, due, partition.offset);
  if (date === undefined) return undefined;
  const clock = WallClock.of(timezone);
  const offset = clock.offset(date);
  return { key: writeDate(partition.format, date + offset, offset), date };
}

/**
 * The partition of a run that events of partitions of assets start. When it
 * begins say the mappers that know it, where they agree; else the events that
 * were handed on as they are (`identity`), where these do.
 *
 * @param events - that start it; `date`: when their partition begins
 * @public
 */
export function partitionOfRun(
  partitions: AssetPartitions,
  key: string,
  events: ReadonlyArray<{ asset: string; date?: number }>,
): Partition {
  const mapped = new Set<number>();
  const carried = new Set<number>();
  try {
    for (const { asset, date } of events) {
      const mapper = mapperOf(partitions, asset);
      const own = mappedDate(mapper, key);
      if (own !== undefined) mapped.add(own);
      if (mapper.map === 'identity' && date !== undefined) carried.add(date);
    }
  } catch {
    // As with Airflow the run starts without a date.
    return { key };
  }
  const [date, ...others] = mapped.size > 0 ? mapped : carried;
  return date === undefined || others.length > 0 ? { key } : { key, date };
}

/** By hand all assets of the schedule have to know such a key. */
function askedOfAssets(
  { names, partitions }: AssetCondition,
  key: string,
): AskedPartition {
  const dates = new Set<number>();
  for (const name of names) {
    if (aliasName(name) !== undefined) continue;
    try {
      const date = mappedDate(mapperOf(partitions!, name), key);
      if (date !== undefined) dates.add(date);
    } catch (error) {
      return {
        reason: 'invalid_key',
        problem: `No run of asset "${name}" has this partition: ${mapProblem(
          error,
        )}`,
      };
    }
  }
  const [date, ...others] = dates;
  return {
    partition:
      date === undefined || others.length > 0 ? { key } : { key, date },
  };
}

/**
 * - `partition`: that of a run with this key
 * - `problem`: why the pipeline has none with it; `not_partitioned`: it takes no
 *   key at all
 *
 * @public
 */
export type AskedPartition =
  | { partition: Partition }
  | { problem: string; reason: 'not_partitioned' | 'invalid_key' };

/**
 * The partition of a run that somebody asks for with a key.
 *
 * @public
 */
export function askedPartition(
  { name, partitioned, schedules }: PipelineDefinition,
  key: string,
): AskedPartition {
  if (!partitioned) {
    return {
      reason: 'not_partitioned',
      problem: `Pipeline "${name}" is not partitioned: its runs take no partition key`,
    };
  }
  const problem = partitionKeyProblem(key);
  if (problem) return { reason: 'invalid_key', problem };
  const onAssets = schedules.find(({ assets }) => assets?.partitions)?.assets;
  if (onAssets) return askedOfAssets(onAssets, key);
  const timed = schedules.find(({ partition }) => partition);
  if (!timed) return { partition: { key } };
  const { format } = timed.partition!;
  const read = dateOfKey(format, key);
  if (!read) {
    return {
      reason: 'invalid_key',
      problem: `The partition key ${JSON.stringify(
        key,
      )} is no date in the format ${format} of pipeline "${name}"`,
    };
  }
  return { partition: { key, date: instantOf(read, timed.timezone) } };
}
