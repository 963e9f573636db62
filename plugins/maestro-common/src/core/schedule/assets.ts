/**
 * What an asset event does to a schedule that waits for it. Pure: the engine
 * gathers the facts under the lock of the pipeline, and keeps the answer as the
 * one outcome of this event for this schedule.
 *
 * @packageDocumentation
 */
import type {
  AssetCondition,
  AssetPart,
  ScheduleDefinition,
} from '../pipeline/definition';
import { partitionKeyProblem } from '../partitions/partitionKey';
import {
  mapperOf,
  mapPartition,
  mapProblem,
} from '../partitions/partitionMappers';

/** What can be the name of an asset. @public */
export const ASSET_NAME = /^[A-Za-z0-9_./:-]{1,250}$/;

/** Before the name of an alias; no name of an asset has it. */
const ALIAS = '@';

/** An alias of assets as it stands among names of assets. @public */
export function assetAlias(name: string): string {
  return `${ALIAS}${name}`;
}

/**
 * Name of the alias, where a name of an asset is one.
 *
 * @public
 */
export function aliasName(name: string): string | undefined {
  return name.startsWith(ALIAS) ? name.slice(ALIAS.length) : undefined;
}

/** Bytes of JSON that an asset event may carry. @public */
export const MAX_ASSET_EXTRA_BYTES = 2_048;

/** Events, the newest, that expressions and tasks of a run see. @public */
export const MAX_SHOWN_ASSET_EVENTS = 50;

/**
 * Assets of which a condition still needs an event, in its order; none when it
 * holds.
 *
 * @public
 */
export function missingAssets(
  { mode, names, parts = names }: AssetCondition,
  has: (name: string) => boolean,
): string[] {
  return [...new Set(missingOf({ mode, parts }, has))];
}

function missingOf(part: AssetPart, has: (name: string) => boolean): string[] {
  if (typeof part === 'string') return has(part) ? [] : [part];
  const each = part.parts.map(inner => missingOf(inner, has));
  const isMet = part.mode === 'any' && each.some(names => names.length === 0);
  return isMet ? [] : each.flat();
}

/** Whether events of a condition wait for others. @public */
export function assetsGather({ mode, parts }: AssetCondition): boolean {
  return mode === 'all' || parts !== undefined;
}

/**
 * The run that an event is for: that of a partition, by its `key`, or any; or
 * why it is for none of the schedule.
 *
 * @public
 */
export type EventPartition =
  | { key?: string }
  | { refused: 'has_partition' | 'no_partition' | `unmapped: ${string}` };

/**
 * For which run of a schedule an event of an asset is: events of one partition
 * are for schedules of partitions, and those of the whole asset for all others.
 *
 * @public
 */
export function targetPartition(
  { partitions }: Pick<AssetCondition, 'partitions'>,
  { asset, partitionKey: key }: { asset: string; partitionKey?: string },
): EventPartition {
  if (!partitions) return key === undefined ? {} : { refused: 'has_partition' };
  if (key === undefined) return { refused: 'no_partition' };
  try {
    const mapped = mapPartition(mapperOf(partitions, asset), key);
    const problem = partitionKeyProblem(mapped);
    return problem ? { refused: `unmapped: ${problem}` } : { key: mapped };
  } catch (error) {
    // Whatever it is: thrown, the event would be tried again for ever.
    return { refused: `unmapped: ${mapProblem(error)}` };
  }
}

/** What a schedule is and has done when an event reaches it. @public */
export interface AssetEventFacts {
  schedule: ScheduleDefinition;
  /** The asset that has an event, and when. */
  asset: string;
  /** Aliases (`@name`) through which the event was given. */
  through?: readonly string[];
  /** Aliases through which any event of the asset was given, this one too. */
  aliases?: readonly string[];
  /** Of the run that the event is for, see {@link targetPartition}. */
  partition?: EventPartition;
  at: number;
  now: number;
  paused: boolean;
  /** When the last run by this schedule was created, by due time or event. */
  lastRunAt?: number;
  /** Assets, and aliases of assets, of which an event waits for the others. */
  waiting: ReadonlySet<string>;
  /**
   * Of assets of which a run waits for many partitions: whether they are there,
   * with this event.
   */
  gathered?: ReadonlyMap<string, boolean>;
}

/**
 * - `run`: a run for this event and those that waited
 * - `waiting`: until each of `missing` has an event too, of the same partition
 * - `skipped`: it starts no run, now or later
 *
 * @public
 */
export type AssetDecision =
  | { outcome: 'run' }
  | { outcome: 'waiting'; missing: string[]; partition?: string }
  | {
      outcome: 'skipped';
      reason:
        | 'paused'
        | 'not_in_period'
        | 'not_awaited'
        | 'has_partition'
        | 'no_partition'
        | `unmapped: ${string}`;
    }
  | { outcome: 'skipped'; reason: 'cooldown'; until: number };

/**
 * What becomes of an asset event for one schedule.
 *
 * A schedule that is paused or cools down takes no notice of an event: it is
 * skipped, and does not count for `all` later either.
 *
 * An event of one partition of an asset is for who waits for partitions: the
 * asset as a whole has had none.
 *
 * An alias is awaited by events through it alone. What holds in a condition is
 * Airflow's rule: an alias stands for every asset that ever had an event through
 * it, whichever way the event came that the schedule has of it.
 *
 * @public
 */
export function decideAssetEvent(facts: AssetEventFacts): AssetDecision {
  const { schedule, asset, at, now, paused, lastRunAt, waiting } = facts;
  const { through = [], aliases = through, partition = {} } = facts;
  const { assets, cooldownMs = 0, startAt, endAt } = schedule;
  // The version changed while the event was on its way.
  if (!assets || ![asset, ...through].some(one => assets.names.includes(one))) {
    return { outcome: 'skipped', reason: 'not_awaited' };
  }
  if ('refused' in partition) {
    return { outcome: 'skipped', reason: partition.refused };
  }
  if (paused) return { outcome: 'skipped', reason: 'paused' };
  if (at < (startAt ?? -Infinity) || at > (endAt ?? Infinity)) {
    return { outcome: 'skipped', reason: 'not_in_period' };
  }
  const until = lastRunAt === undefined ? undefined : lastRunAt + cooldownMs;
  if (cooldownMs > 0 && until !== undefined && now < until) {
    return { outcome: 'skipped', reason: 'cooldown', until };
  }
  const missing = missingAssets(
    assets,
    name =>
      facts.gathered?.get(name) ??
      (name === asset || aliases.includes(name) || waiting.has(name)),
  );
  return missing.length > 0
    ? { outcome: 'waiting', missing, partition: partition.key }
    : { outcome: 'run' };
}

/** A decision as it is stored and shown. @public */
export function assetReason(decision: AssetDecision): string | undefined {
  if (decision.outcome === 'run') return undefined;
  if (decision.outcome === 'waiting') {
    const { partition } = decision;
    return `${
      partition === undefined ? '' : `partition ${partition} `
    }waits for ${decision.missing.slice(0, 20).join(', ')}${
      decision.missing.length > 20
        ? ` and ${decision.missing.length - 20} more`
        : ''
    }`;
  }
  switch (decision.reason) {
    case 'cooldown':
      return `cooldown until ${new Date(decision.until).toISOString()}`;
    default:
      return decision.reason;
  }
}
