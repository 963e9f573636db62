import {
  ApiException,
  type KubeConfig,
  type KubernetesObject,
  type V1ConfigMap,
} from '@kubernetes/client-node';
import { ClusterApi } from '../cluster/ClusterApi';
import { ResourceExecutor } from './ResourceExecutor';

/** A cluster in memory that knows Jobs; `refuses` are requests it denies. */
class FakeClient {
  readonly refuses = new Set<keyof FakeClient>();
  ledger: V1ConfigMap | undefined;
  object: KubernetesObject | undefined;

  async getAPIResources() {
    return { resources: [{ kind: 'Job', name: 'jobs', namespaced: true }] };
  }

  async createNamespacedConfigMap({ body }: { body: V1ConfigMap }) {
    this.ledger = body;
  }

  async readNamespacedConfigMap() {
    return this.ledger ?? this.#deny(404, 'not found');
  }

  async listNamespacedConfigMap() {
    return { items: this.ledger ? [this.ledger] : [] };
  }

  async patchNamespacedConfigMap({ body }: { body: V1ConfigMap }) {
    this.#check('patchNamespacedConfigMap');
    this.ledger = {
      ...this.ledger,
      data: { ...this.ledger!.data, ...body.data },
    };
    return this.ledger;
  }

  async deleteNamespacedConfigMap() {
    this.ledger = undefined;
  }

  async createNamespacedCustomObject({ body }: { body: KubernetesObject }) {
    this.#check('createNamespacedCustomObject');
    this.object = body;
  }

  async getNamespacedCustomObject() {
    return this.object ?? this.#deny(404, 'not found');
  }

  async listNamespacedCustomObject() {
    return { items: this.object ? [this.object] : [] };
  }

  #check(request: keyof FakeClient): void {
    if (this.refuses.has(request)) this.#deny(403, 'denied by a webhook');
  }

  #deny(code: number, message: string): never {
    throw new ApiException(code, message, { code, message }, {});
  }
}

function setUp() {
  const client = new FakeClient();
  const config = { makeApiClient: () => client, getCurrentCluster: () => null };
  const executor = new ResourceExecutor({
    api: new ClusterApi(config as unknown as KubeConfig),
    instance: 'test',
    namespaces: { default: 'ml', pipelines: {}, owners: {} },
    maxParallel: 1,
    startTimeoutMs: 60_000,
    spoolDir: '/nowhere',
  });
  const launch = () =>
    executor
      .launch({
        attemptId: '1',
        labels: { pipeline: 'p', runId: 'r', taskId: 't', mapIndex: -1 },
        command: [],
        env: {},
        sources: { versionHash: 'v', files: [] },
        logLimitBytes: 1024,
        resource: {
          manifest: { apiVersion: 'batch/v1', kind: 'Job', spec: {} },
          success: 'status.succeeded == 1',
          failure: 'status.failed == 1',
          keep: 'never',
        },
      })
      .then(
        () => undefined,
        (error: Error) => error.name,
      );
  return { client, executor, launch };
}

describe('a launch of a resource', () => {
  it('that is refused leaves nothing, which is certain', async () => {
    const { client, executor, launch } = setUp();
    client.refuses.add('createNamespacedCustomObject');
    expect(await launch()).toBe('ExecutorError');
    expect(client.ledger).toBeUndefined();
    expect(await executor.list()).toEqual([]);
  });

  it('is not known to have failed by what is refused behind it, and is found', async () => {
    const { client, executor, launch } = setUp();
    client.refuses.add('patchNamespacedConfigMap');
    expect(await launch()).toBe('ClusterError');
    client.refuses.clear();
    expect(await executor.list()).toMatchObject([
      { attemptId: '1', phase: 'running' },
    ]);
    expect(client.ledger!.data).toMatchObject({ created: 'true' });
  });
});
