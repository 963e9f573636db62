import {
  limited,
  list,
  openFirst,
  type AssetScheduleFacts,
  type WhyCause,
  type WhyFacts,
} from './whyCause';

const iso = (at: number) => new Date(at).toISOString();

/**
 * What each schedule by asset events waits for: the end of its cool-down, the
 * assets that are missing, or simply the next event.
 *
 * @internal
 */
export function assetCauses(facts: WhyFacts): WhyCause[] {
  return (facts.assetSchedules ?? []).flatMap(schedule => [
    ...cooldownCause(schedule, facts),
    waitCause(schedule, facts),
  ]);
}

function cooldownCause(
  { scheduleId, cooldownUntil, names }: AssetScheduleFacts,
  { now }: WhyFacts,
): WhyCause[] {
  return cooldownUntil === undefined || cooldownUntil <= now
    ? []
    : [
        {
          code: 'asset_cooldown',
          message: `Schedule "${scheduleId}" cools down: asset events start no run until ${iso(
            cooldownUntil,
          )}.`,
          since: cooldownUntil,
          names: limited(names),
          action: { label: 'Wait', kind: 'wait', target: scheduleId },
        },
      ];
}

function waitCause(
  schedule: AssetScheduleFacts,
  { lastAssetEvents = {} }: WhyFacts,
): WhyCause {
  const { scheduleId, mode, names, missing, nested, waitingSince } = schedule;
  const there = names.filter(name => !missing.includes(name));
  const lastAt = Math.max(
    ...names.map(name => lastAssetEvents[name] ?? -Infinity),
  );
  let message: string;
  if (nested && waitingSince !== undefined) {
    message = `Schedule "${scheduleId}" waits for ${nested}; some had one, and it still needs ${list(
      missing,
    )}.`;
  } else if (mode === 'all' && !nested && there.length > 0) {
    message = `Schedule "${scheduleId}" waits for a new event of ${list(
      missing,
    )}; ${list(there)} had one.`;
  } else {
    const which =
      names.length === 1
        ? `an event of ${list(names)}`
        : nested ??
          `an event of ${mode === 'all' ? 'each' : 'any'} of ${list(names)}`;
    message = `Schedule "${scheduleId}" waits for ${which}; ${
      lastAt === -Infinity
        ? 'there was none yet'
        : `the last one was at ${iso(lastAt)}`
    }.`;
  }
  return {
    code: 'waiting_for_assets',
    message: message + unresolvedText(schedule),
    since: waitingSince,
    names: limited(missing),
    action: openFirst(missing, 'open_asset', 'Open the asset'),
  };
}

/** An alias without an asset is awaited in vain, until a task gives it one. */
function unresolvedText({ unresolved = [] }: AssetScheduleFacts): string {
  if (unresolved.length === 0) return '';
  return ` No task has given an event through the alias${
    unresolved.length === 1 ? '' : 'es'
  } ${list(unresolved)} yet.`;
}
