import {
  limited,
  list,
  openFirst,
  type AssetScheduleFacts,
  type WaitingPartitions,
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
    ...refusedCause(schedule),
    ...(schedule.partitions?.oldest.length
      ? partitionCauses(schedule, schedule.partitions)
      : [waitCause(schedule, facts)]),
  ]);
}

/** Of each partition what it waits for. */
function partitionCauses(
  { scheduleId, names }: AssetScheduleFacts,
  { count, oldest }: WaitingPartitions,
): WhyCause[] {
  return oldest.map(({ key, missing, since, parts = [] }, i) => {
    const there = names.filter(name => !missing.includes(name));
    const others = count - oldest.length;
    return {
      code: 'waiting_for_assets',
      message: `Partition ${JSON.stringify(
        key,
      )} of schedule "${scheduleId}" waits for an event of ${list(missing)}${
        there.length > 0 ? `; ${list(there)} had one` : ''
      }.${parts.map(partsText).join('')}${
        i === oldest.length - 1 && others > 0
          ? ` ${others} more partition${others === 1 ? ' waits' : 's wait'}.`
          : ''
      }`,
      since,
      names: limited(missing),
      action: openFirst(missing, 'open_asset', 'Open the asset'),
    };
  });
}

/** Of which partitions of one asset it waits. */
function partsText({
  asset,
  wanted,
  missing,
}: NonNullable<WaitingPartitions['oldest'][number]['parts']>[number]): string {
  return ` Of "${asset}" ${
    wanted - missing.length
  } of ${wanted} partitions are there; missing: ${list(missing)}.`;
}

/** An event that could be for no partition at all. */
function refusedCause({ scheduleId, refused }: AssetScheduleFacts): WhyCause[] {
  if (!refused) return [];
  const { asset, at, reason } = refused;
  return [
    {
      code: 'asset_partition_refused',
      message: `The event of "${asset}" at ${iso(
        at,
      )} started no run of schedule "${scheduleId}": ${
        reason === 'no_partition'
          ? 'it is about no partition, and its runs are about one each'
          : reason.replace(/^unmapped: /, '')
      }.`,
      since: at,
      names: [asset],
      action: { label: 'Open the asset', kind: 'open_asset', target: asset },
    },
  ];
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
