import {
  aliasName,
  assetAlias,
  ASSET_NAME,
  type AssetCondition,
  type AssetPart,
  type ProducedAsset,
} from '@maestro/plugin-maestro-common';
import type { Findings } from './Findings';
import type { Encoded } from './serialized';

interface SerializedAsset {
  __type: string;
  name?: string;
  objects?: SerializedAsset[];
}

/** What a condition cannot say here, and why. */
class Unsayable extends Error {}

/** The assets that start a run. */
export function compileAssetCondition(
  condition: unknown,
  findings: Findings,
): AssetCondition | undefined {
  try {
    const part = partOf(condition as SerializedAsset);
    const { mode, parts } =
      typeof part === 'string' ? { mode: 'any' as const, parts: [part] } : part;
    const isNested = parts.some(inner => typeof inner !== 'string');
    const names = [...new Set(namesOf(part))].sort();
    const aliases = names.filter(name => aliasName(name) !== undefined);
    return {
      mode,
      names,
      ...(isNested ? { parts } : {}),
      ...(aliases.length > 0 ? { aliases } : {}),
    };
  } catch (error) {
    if (!(error instanceof Unsayable)) throw error;
    findings.unscheduled(error.message);
    return undefined;
  }
}

function partOf({ __type: type, name, objects }: SerializedAsset): AssetPart {
  if (objects) {
    const parts = objects.map(partOf);
    // A condition of one is that one.
    return parts.length === 1
      ? parts[0]
      : { mode: type === 'asset_any' ? 'any' : 'all', parts };
  }
  if (!name) {
    throw new Unsayable(
      `its schedule has a reference to an asset by ${type}, which Maestro cannot say: name the asset`,
    );
  }
  if (!ASSET_NAME.test(name)) throw new Unsayable(oddName(name));
  return type === 'asset_alias' ? assetAlias(name) : name;
}

function namesOf(part: AssetPart): string[] {
  return typeof part === 'string' ? [part] : part.parts.flatMap(namesOf);
}

/** Names of assets in a condition, or in what stands for one. */
export function assetNames(
  condition: unknown,
  findings: Findings,
): string[] | undefined {
  return compileAssetCondition(condition, findings)?.names;
}

/**
 * Assets that have an event when the task succeeds, and aliases through which it
 * may give others one.
 */
export function compileOutlets(
  outlets: readonly Encoded[] | undefined,
  findings: Findings,
): ProducedAsset[] | undefined {
  const produced = (outlets ?? [])
    .filter(({ __type }) => __type === 'asset' || __type === 'asset_alias')
    .map(({ __type, __var }) => ({ __type, name: String(__var.name) }))
    .filter(({ name }) => {
      const isTaken = ASSET_NAME.test(name);
      if (!isTaken) findings.note(`${oddName(name)}; it has no events`);
      return isTaken;
    })
    .map(
      ({ __type, name }): ProducedAsset =>
        __type === 'asset_alias'
          ? { asset: assetAlias(name), on: 'alias' }
          : { asset: name, on: 'success' },
    );
  return produced.length > 0 ? produced : undefined;
}

function oddName(name: string): string {
  return `the asset ${JSON.stringify(
    name,
  )} has a name that Maestro does not take: letters, digits, "_", ".", "/", ":" and "-", at most 250 characters`;
}
