import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  ApiException,
  KubeConfig,
  type KubernetesObject,
  type V1ConfigMap,
} from '@kubernetes/client-node';
import { ClusterApi } from '../cluster/ClusterApi';
import { ResourceExecutor } from './ResourceExecutor';

/**
 * A cluster in memory that knows Jobs; `refuses` are requests it denies, `full`
 * those that a quota refuses, and `away` how many of each are not answered.
 */
class FakeClient {
  readonly refuses = new Set<keyof FakeClient>();
  readonly full = new Set<keyof FakeClient>();
  readonly away = new Map<keyof FakeClient, number>();
  /** Where nothing may be done. */
  readonly closed = new Set<string>();
  readonly asked: string[] = [];
  ledger: V1ConfigMap | undefined;
  object: KubernetesObject | undefined;
  /** Of what is made. */
  status: object | undefined;

  async getAPIResources() {
    this.#check('getAPIResources');
    return { resources: [{ kind: 'Job', name: 'jobs', namespaced: true }] };
  }

  async createNamespacedConfigMap({ body }: { body: V1ConfigMap }) {
    this.#check('createNamespacedConfigMap');
    this.ledger = body;
  }

  async readNamespacedConfigMap(asked: { namespace: string }) {
    this.#check('readNamespacedConfigMap', asked);
    return this.ledger ?? this.#deny(404, 'not found');
  }

  async listNamespacedConfigMap(asked: { namespace: string }) {
    this.#check('listNamespacedConfigMap', asked);
    const { namespace } = this.ledger?.metadata ?? {};
    return { items: namespace === asked.namespace ? [this.ledger] : [] };
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
    this.#check('deleteNamespacedConfigMap');
    this.ledger = undefined;
  }

  async createNamespacedCustomObject({ body }: { body: KubernetesObject }) {
    this.#check('createNamespacedCustomObject');
    this.object = Object.assign(body, { status: this.status });
  }

  async getNamespacedCustomObject() {
    this.#check('getNamespacedCustomObject');
    return this.object ?? this.#deny(404, 'not found');
  }

  async listNamespacedCustomObject(asked: { namespace: string }) {
    this.#check('listNamespacedCustomObject', asked);
    return { items: this.object ? [this.object] : [] };
  }

  #check(request: keyof FakeClient, { namespace = 'ml' } = {}): void {
    this.asked.push(request);
    const away = this.away.get(request) ?? 0;
    this.away.set(request, away - 1);
    if (away > 0) throw new Error('no answer');
    if (this.closed.has(namespace)) this.#deny(403, 'cannot get resource');
    if (this.refuses.has(request)) this.#deny(403, 'denied by a webhook');
    if (this.full.has(request)) this.#deny(403, 'exceeded quota: none');
  }

  #deny(code: number, message: string): never {
    throw new ApiException(code, message, { code, message }, {});
  }
}

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'resources-'));
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

function setUp(namespace = 'ml', client = new FakeClient()) {
  const config = new KubeConfig();
  config.makeApiClient = () => client as never;
  const executor = new ResourceExecutor({
    api: new ClusterApi(config),
    instance: 'test',
    namespaces: { default: namespace, pipelines: {}, owners: {} },
    maxParallel: 1,
    startTimeoutMs: 60_000,
    spoolDir: dir,
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

describe('a launch of a resource that a quota refuses', () => {
  const ledgerAsked = ['getAPIResources', 'createNamespacedConfigMap'];

  it.each<[keyof FakeClient, string[]]>([
    ['createNamespacedConfigMap', [...ledgerAsked, 'readNamespacedConfigMap']],
    [
      'createNamespacedCustomObject',
      [
        ...ledgerAsked,
        'readNamespacedConfigMap',
        'createNamespacedCustomObject',
        'getNamespacedCustomObject',
        'deleteNamespacedConfigMap',
      ],
    ],
  ])('asks only its own namespace: %s', async (full, asked) => {
    const { client, executor, launch } = setUp();
    const object = 'batch/v1/Job old/maestro-x';
    await executor.list({ wanted: [{ attemptId: 'x', object }] });
    client.closed.add('old');
    client.full.add(full);
    client.asked.length = 0;
    expect(await launch()).toBe('LaunchLater');
    expect(client.asked).toEqual(asked);
    expect(client.ledger).toBeUndefined();
  });

  it.each<[keyof FakeClient, keyof FakeClient, number, string]>([
    ['createNamespacedConfigMap', 'readNamespacedConfigMap', 2, 'LaunchLater'],
    ['createNamespacedConfigMap', 'readNamespacedConfigMap', 3, 'ClusterError'],
    [
      'createNamespacedCustomObject',
      'readNamespacedConfigMap',
      2,
      'LaunchLater',
    ],
    [
      'createNamespacedCustomObject',
      'getNamespacedCustomObject',
      2,
      'LaunchLater',
    ],
    [
      'createNamespacedCustomObject',
      'getNamespacedCustomObject',
      3,
      'ClusterError',
    ],
    [
      'createNamespacedCustomObject',
      'deleteNamespacedConfigMap',
      2,
      'LaunchLater',
    ],
  ])(
    'asks again what is not answered: %s refused, %s away %d times gives %s',
    async (full, away, times, name) => {
      const { client, launch } = setUp();
      client.full.add(full);
      client.away.set(away, times);
      expect(await launch()).toBe(name);
    },
  );
});

it('tells of the start of one that was done when it was first seen, and of its end once', async () => {
  const { client, executor, launch } = setUp();
  client.status = { succeeded: 1 };
  const told: string[] = [];
  await executor.start({
    onObservation: ({ phase }) => told.push(phase),
    onLogGrowth: () => {},
    signal: new AbortController().signal,
  });
  try {
    expect(await launch()).toBeUndefined();
    for (let i = 0; i < 1_200 && !told.includes('ended'); i++) await pause(50);
    // There is no stream here: the watch lists again, and tells the same.
    const listed = () =>
      client.asked.filter(name => name === 'listNamespacedCustomObject').length;
    const before = listed();
    for (let i = 0; i < 1_200 && listed() < before + 2; i++) await pause(50);
    expect(told).toEqual(['running', 'ended']);
  } finally {
    await executor.stop();
  }
});

it('a former namespace is not watched any more when the right to it is gone', async () => {
  const before = setUp('old');
  expect(await before.launch()).toBeUndefined();
  await before.executor.stop();
  const { client, executor } = setUp('ml', before.client);
  const watched = () =>
    client.asked.filter(name => name === 'listNamespacedCustomObject').length;
  await executor.start({
    onObservation: () => {},
    onLogGrowth: () => {},
    signal: new AbortController().signal,
  });
  try {
    const object = 'batch/v1/Job old/maestro-1';
    await executor.list({ wanted: [{ attemptId: '1', object }] });
    // There is no stream here: the watch lists again and again.
    const listed = watched();
    for (let i = 0; i < 1_200 && watched() === listed; i++) await pause(50);
    expect(watched()).toBeGreaterThan(listed);
    client.closed.add('old');
    expect(await executor.list()).toEqual([]);
    await pause(0);
    client.asked.length = 0;
    // Longer than it takes to try again.
    await pause(2_500);
    expect(watched()).toBe(0);
  } finally {
    await executor.stop();
  }
});
