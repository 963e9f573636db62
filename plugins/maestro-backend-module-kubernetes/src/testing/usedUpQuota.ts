import {
  ApiException,
  CoreV1Api,
  type KubeConfig,
} from '@kubernetes/client-node';

/**
 * Makes a quota of which nothing is left, and waits until it is in force: the
 * API server knows quotas from a watch, and what their controller has counted
 * comes later still.
 *
 * @param options.hard - what of, such as `pods`
 * @param options.refusal - words of the API server from then on
 * @param options.tryOut - asks for one more in a dry run
 */
export async function makeUsedUpQuota(
  config: KubeConfig,
  options: {
    namespace: string;
    name: string;
    hard: string;
    refusal: string;
    tryOut(): Promise<unknown>;
  },
): Promise<void> {
  const { namespace, name, hard, refusal, tryOut } = options;
  await config.makeApiClient(CoreV1Api).createNamespacedResourceQuota({
    namespace,
    body: { metadata: { name }, spec: { hard: { [hard]: '0' } } },
  });
  for (const deadline = Date.now() + 120_000; ; ) {
    const refused = await tryOut().then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof ApiException && error.code === 403) return error;
        throw error;
      },
    );
    if (refused && JSON.stringify(refused.body).includes(refusal)) return;
    if (Date.now() > deadline) {
      throw new Error(`Quota ${name} is never in force: ${refused?.body}`);
    }
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
