import type { z } from 'zod';
import type { KubernetesSettings } from '../core/kubernetes/kubernetesSettings';
import { DEFAULT_MEMORY_FACTOR } from '../core/kubernetes/moreMemory';
import { durationMs } from './duration';
import type { kubernetes } from './kubernetesSpec';

type Written = z.infer<typeof kubernetes>;

/**
 * What a task says of its pod stands for what the defaults say of the same.
 *
 * @internal
 */
export function compileKubernetes(
  defaults: Written | undefined,
  own: Written | undefined,
): KubernetesSettings | undefined {
  if (!defaults && !own) return undefined;
  const { startTimeout, moreMemory, ...rest } = { ...defaults, ...own };
  const settings: KubernetesSettings = {
    ...rest,
    ...(startTimeout === undefined
      ? {}
      : { startTimeoutMs: durationMs(startTimeout) }),
    ...(moreMemory === undefined
      ? {}
      : {
          moreMemory: {
            factor: moreMemory.factor ?? DEFAULT_MEMORY_FACTOR,
            max: moreMemory.max,
          },
        }),
  };
  // A definition is hashed as JSON, where undefined has no place.
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined),
  );
}
