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
} from './definition';

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

/** What a schedule is and has done when an event reaches it. @public */
export interface AssetEventFacts {
  schedule: ScheduleDefinition;
  /** The asset that has an event, and when. */
  asset: string;
  /** Aliases (`@name`) through which the event was given. */
  through?: readonly string[];
  /** Aliases through which any event of the asset was given, this one too. */
  aliases?: readonly string[];
  /** Key of the partition that the event is about. */
  partitionKey?: string;
  at: number;
  now: number;
  paused: boolean;
  /** When the last run by this schedule was created, by due time or event. */
  lastRunAt?: number;
  /** Assets, and aliases of assets, of which an event waits for the others. */
  waiting: ReadonlySet<string>;
}

/**
 * - `run`: a run for this event and those that waited
 * - `waiting`: until each of `missing` has an event too
 * - `skipped`: it starts no run, now or later
 *
 * @public
 */
export type AssetDecision =
  | { outcome: 'run' }
  | { outcome: 'waiting'; missing: string[] }
  | {
      outcome: 'skipped';
      reason: 'paused' | 'not_in_period' | 'not_awaited' | 'has_partition';
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
  const { through = [], aliases = through } = facts;
  const { assets, cooldownMs = 0, startAt, endAt } = schedule;
  // The version changed while the event was on its way.
  if (!assets || ![asset, ...through].some(one => assets.names.includes(one))) {
    return { outcome: 'skipped', reason: 'not_awaited' };
  }
  if (facts.partitionKey !== undefined) {
    return { outcome: 'skipped', reason: 'has_partition' };
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
    name => name === asset || aliases.includes(name) || waiting.has(name),
  );
  return missing.length > 0
    ? { outcome: 'waiting', missing }
    : { outcome: 'run' };
}

/** A decision as it is stored and shown. @public */
export function assetReason(decision: AssetDecision): string | undefined {
  if (decision.outcome === 'run') return undefined;
  if (decision.outcome === 'waiting') {
    return `waits for ${decision.missing.slice(0, 20).join(', ')}${
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
