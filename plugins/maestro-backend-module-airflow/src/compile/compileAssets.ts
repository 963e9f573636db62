import {
  ASSET_NAME,
  type AssetCondition,
  type ProducedAsset,
} from '@maestro/plugin-maestro-common';
import type { Findings } from './Findings';
import type { Encoded } from './serialized';

interface SerializedAsset {
  __type: string;
  name?: string;
  objects?: SerializedAsset[];
}

/**
 * The assets that start a run. Airflow's conditions nest; one level is what
 * Maestro has.
 */
export function compileAssetCondition(
  condition: unknown,
  findings: Findings,
): AssetCondition | undefined {
  const { __type: type, objects } = condition as SerializedAsset;
  const parts = objects ?? [condition as SerializedAsset];
  const names: string[] = [];
  for (const part of parts) {
    // A nested condition of one is that one.
    const only = part.objects?.length === 1 ? part.objects[0] : part;
    if (only.__type === 'asset_alias') {
      findings.unscheduled(
        `its schedule has the asset alias "${only.name}", which stands for assets that are known only while others run`,
      );
      return undefined;
    }
    if (only.objects || !only.name) {
      findings.unscheduled(
        only.objects
          ? 'its schedule nests conditions of assets (& and |), of which Maestro has one level'
          : `its schedule has a reference to an asset by ${only.__type}, which Maestro cannot say: name the asset`,
      );
      return undefined;
    }
    names.push(only.name);
  }
  const odd = names.find(name => !ASSET_NAME.test(name));
  if (odd !== undefined) {
    findings.unscheduled(oddName(odd));
    return undefined;
  }
  return {
    mode: type === 'asset_any' ? 'any' : 'all',
    names: [...new Set(names)].sort(),
  };
}

/** Assets that have an event when the task succeeds. */
export function compileOutlets(
  outlets: readonly Encoded[] | undefined,
  findings: Findings,
): ProducedAsset[] | undefined {
  const produced = (outlets ?? [])
    // An alias has its events from the task itself, while it runs.
    .filter(({ __type }) => __type === 'asset')
    .map(({ __var }) => String(__var.name))
    .filter(name => {
      const isTaken = ASSET_NAME.test(name);
      if (!isTaken) findings.note(`${oddName(name)}; it has no events`);
      return isTaken;
    })
    .map((asset): ProducedAsset => ({ asset, on: 'success' }));
  return produced.length > 0 ? produced : undefined;
}

function oddName(name: string): string {
  return `the asset ${JSON.stringify(
    name,
  )} has a name that Maestro does not take: letters, digits, "_", ".", "/", ":" and "-", at most 250 characters`;
}
