import type { KubernetesSettings } from './kubernetesSettings';

/** How much more memory a try gets after one that ran out of it. @public */
export const DEFAULT_MEMORY_FACTOR = 2;

type Resources = {
  requests?: Record<string, string>;
  limits?: Record<string, string>;
};

const UNITS: Record<string, number> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * Bytes of a Kubernetes quantity such as `512Mi`; undefined for what is none.
 *
 * @public
 */
export function quantityBytes(quantity: string): number | undefined {
  const parts = /^(\d+(?:\.\d+)?)([kMGTPE]|[KMGTPE]i)?$/.exec(quantity);
  return parts ? Number(parts[1]) * UNITS[parts[2] ?? ''] : undefined;
}

/**
 * The resources of a try after `ooms` tries that ran out of memory: requests
 * and limits of memory are multiplied each time, up to the maximum. What is
 * larger than that already, or no amount, stays as it is.
 *
 * @public
 */
export function moreMemory(
  resources: Resources | undefined,
  rule: NonNullable<KubernetesSettings['moreMemory']>,
  ooms: number,
): Resources | undefined {
  const max = quantityBytes(rule.max);
  if (!resources || ooms === 0 || max === undefined) return resources;
  const grow = (amounts: Record<string, string> | undefined) => {
    const bytes = quantityBytes(amounts?.memory ?? '');
    if (bytes === undefined || bytes >= max) return amounts;
    const grown = Math.min(max, bytes * rule.factor ** ooms);
    return { ...amounts, memory: String(Math.ceil(grown)) };
  };
  return {
    ...(resources.requests ? { requests: grow(resources.requests) } : {}),
    ...(resources.limits ? { limits: grow(resources.limits) } : {}),
  };
}
