import { randomUUID } from 'node:crypto';
import {
  ApiextensionsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  type KubeConfig,
} from '@kubernetes/client-node';
import type { ClusterObject } from '../resource/ResourceApi';
import { makeUsedUpQuota } from './usedUpQuota';

/**
 * A custom resource of the tests, `Printer`, and a controller as others write
 * them: it makes a pod that prints `spec.words` and exits with `spec.exit`, and
 * writes `status.state` and `status.exit`. With `spec.pages` it writes
 * `status.pages`; with `spec.command` that is what the pod runs.
 */
export class PrinterController {
  readonly group = `test-${randomUUID().slice(0, 8)}.maestro.dev`;
  readonly apiVersion = `${this.group}/v1`;
  /** Names of printers, each time it begins to work on one. */
  readonly begun: string[] = [];
  readonly #custom: CustomObjectsApi;
  readonly #core: CoreV1Api;
  readonly #crds: ApiextensionsV1Api;
  #running: Promise<void> | undefined;
  #isMade = false;
  #stopped = false;

  constructor(
    private readonly config: KubeConfig,
    private readonly namespace: string,
  ) {
    this.#custom = config.makeApiClient(CustomObjectsApi);
    this.#core = config.makeApiClient(CoreV1Api);
    this.#crds = config.makeApiClient(ApiextensionsV1Api);
  }

  get path() {
    const { group, namespace } = this;
    return { group, version: 'v1', namespace, plural: 'printers' };
  }

  /** @param works - without it nobody ever writes a status */
  async start(works = true): Promise<void> {
    await this.#crds.createCustomResourceDefinition({
      body: {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: `printers.${this.group}` },
        spec: {
          group: this.group,
          scope: 'Namespaced',
          names: { kind: 'Printer', plural: 'printers', singular: 'printer' },
          versions: [
            {
              name: 'v1',
              served: true,
              storage: true,
              subresources: { status: {} },
              schema: {
                openAPIV3Schema: {
                  type: 'object',
                  properties: {
                    spec: {
                      type: 'object',
                      required: ['words'],
                      properties: {
                        words: { type: 'string' },
                        exit: { type: 'integer' },
                        pages: { type: 'integer' },
                        command: { type: 'array', items: { type: 'string' } },
                      },
                    },
                    status: {
                      type: 'object',
                      properties: {
                        state: { type: 'string' },
                        pages: { type: 'integer' },
                        exit: { type: 'integer' },
                      },
                    },
                  },
                },
              },
            },
          ],
        },
      },
    });
    this.#isMade = true;
    // Served a moment after it was made.
    while (!(await this.#list())) await pause();
    if (works) this.#running = this.#work();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (!this.#isMade) return;
    await this.#running;
    for (const printer of (await this.#list()) ?? []) {
      await this.patch(printer.metadata.name, [
        { op: 'remove', path: '/metadata/finalizers' },
      ]).catch(unlessPassing);
    }
    await this.#crds.deleteCustomResourceDefinition({
      name: `printers.${this.group}`,
    });
  }

  async patch(name: string, body: object[]): Promise<void> {
    await this.#custom.patchNamespacedCustomObject({
      ...this.path,
      name,
      body,
    });
  }

  /**
   * Takes a finalizer off. Kubernetes takes off its own at any time, and nobody
   * may add one to what is being deleted: so only from what was read.
   */
  async release(name: string, finalizer: string): Promise<void> {
    for (;;) {
      const { finalizers = [] } = (await this.read(name))?.metadata ?? {};
      if (!finalizers.includes(finalizer)) return;
      await this.patch(name, [
        { op: 'test', path: '/metadata/finalizers', value: finalizers },
        {
          op: 'replace',
          path: '/metadata/finalizers',
          value: finalizers.filter(each => each !== finalizer),
        },
      ]).catch(unlessPassing);
    }
  }

  /** Makes a quota that lets no printer in, and is in force. */
  async refuse(name: string): Promise<void> {
    const { apiVersion, path, config } = this;
    await makeUsedUpQuota(config, {
      namespace: path.namespace,
      name,
      hard: `count/printers.${this.group}`,
      // Kinds that are new are counted much later, and refused till then.
      refusal: `quota: ${name}`,
      tryOut: () =>
        this.#custom.createNamespacedCustomObject({
          ...path,
          dryRun: 'All',
          body: {
            apiVersion,
            kind: 'Printer',
            metadata: { name: 'one-more' },
            spec: { words: 'x' },
          },
        }),
    });
  }

  /** As somebody who removes it by hand. */
  async remove(name: string): Promise<void> {
    await this.#custom.deleteNamespacedCustomObject({ ...this.path, name });
  }

  async read(name: string): Promise<ClusterObject | undefined> {
    return (await this.#list())?.find(({ metadata }) => metadata.name === name);
  }

  async #list(): Promise<ClusterObject[] | undefined> {
    const list = (await this.#custom
      .listNamespacedCustomObject(this.path)
      .catch(unlessPassing)) as { items: ClusterObject[] } | undefined;
    return list?.items;
  }

  async #work(): Promise<void> {
    while (!this.#stopped) {
      for (const printer of (await this.#list()) ?? []) {
        // It may go, or change, in the middle: the next round sees.
        await this.#reconcile(printer).catch(unlessPassing);
      }
      await pause();
    }
  }

  async #reconcile(printer: ClusterObject): Promise<void> {
    const { name, uid, deletionTimestamp } = printer.metadata;
    if (deletionTimestamp || printer.status) {
      const { state } = (printer.status ?? {}) as { state?: string };
      if (deletionTimestamp || state !== 'Printing') return;
    }
    const { namespace } = this;
    const spec = printer.spec as Record<string, any>;
    if (!printer.status) {
      // There already when the status behind it was not taken.
      const made = await unlessThere(
        this.#core.createNamespacedPod({
          namespace,
          body: {
            metadata: {
              name: `${name}-pod`,
              labels: { printer: name },
              ownerReferences: [
                {
                  apiVersion: this.apiVersion,
                  kind: 'Printer',
                  name,
                  uid: uid!,
                  blockOwnerDeletion: true,
                },
              ],
            },
            spec: {
              restartPolicy: 'Never',
              terminationGracePeriodSeconds: 1,
              containers: [
                {
                  name: 'print',
                  image: 'docker.io/library/busybox:1.35',
                  // Kubernetes takes two `$` for one.
                  command: spec.command?.map((argument: string) =>
                    argument.replaceAll('$', () => '$$'),
                  ) ?? [
                    ...['sh', '-c'],
                    `echo "$WORDS"; exit ${spec.exit ?? 0}`,
                  ],
                  env: [{ name: 'WORDS', value: spec.words }],
                },
              ],
            },
          },
        }),
      );
      if (made) this.begun.push(name);
      await this.status(name, { state: 'Printing' });
      return;
    }
    const pod = await this.#core.readNamespacedPod({
      namespace,
      name: `${name}-pod`,
    });
    const { phase, containerStatuses } = pod.status ?? {};
    const exit = containerStatuses?.[0].state?.terminated?.exitCode;
    if (phase === 'Succeeded') {
      await this.status(name, {
        state: 'Done',
        exit,
        ...(spec.pages === undefined ? {} : { pages: spec.pages }),
      });
    } else if (phase === 'Failed') {
      await this.status(name, { state: 'Jammed', exit });
    }
  }

  /** As its controller writes it. */
  async status(name: string, status: object): Promise<void> {
    await this.#custom.patchNamespacedCustomObjectStatus({
      ...this.path,
      name,
      body: [{ op: 'add', path: '/status', value: status }],
    });
  }
}

async function unlessThere<T>(request: Promise<T>): Promise<T | undefined> {
  return request.catch((error: { code?: number }) => {
    if (error.code === 409) return undefined;
    throw error;
  });
}

/** It is not served yet (404, 429), went, changed or was made meanwhile; or had nothing to remove. */
function unlessPassing(error: { code?: number }): undefined {
  if ([404, 409, 422, 429].includes(error.code ?? 0)) return undefined;
  throw error;
}

async function pause(): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, 100));
}
