import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { TASK_CONTAINER } from '@maestro/plugin-maestro-common';
import type { TaskExecutor } from '@maestro/plugin-maestro-node';
import type {
  ConformanceGate,
  ExecutorFixture,
} from '@maestro/plugin-maestro-node/conformance';
import { ClusterApi } from '../cluster/ClusterApi';
import {
  KubernetesExecutor,
  type KubernetesExecutorOptions,
} from '../KubernetesExecutor';
import { isEnded } from '../observe/observePod';
import { podGate } from './podGate';
import { makeUsedUpQuota } from './usedUpQuota';

/**
 * The cluster of the tests.
 *
 * @throws Error that says what to do when there is none: these tests are never
 * passed over
 */
export function testCluster(): KubeConfig {
  const file = process.env.MAESTRO_TEST_KUBECONFIG;
  if (!file) {
    throw new Error(
      'MAESTRO_TEST_KUBECONFIG names no kubeconfig: these tests need a real Kubernetes',
    );
  }
  const config = new KubeConfig();
  config.loadFromFile(file);
  return config;
}

/** Undefined for what is not there; other errors are thrown. */
export async function unlessGone<T>(
  request: Promise<T>,
): Promise<T | undefined> {
  return request.catch((error: { code?: number }) => {
    if (error.code === 404) return undefined;
    throw error;
  });
}

/** A namespace of its own, removed at the end. */
export class ClusterFixture implements ExecutorFixture {
  readonly config = testCluster();
  readonly core = this.config.makeApiClient(CoreV1Api);
  readonly instance = `test-${randomUUID().slice(0, 8)}`;
  readonly spoolDir = mkdtempSync(join(tmpdir(), 'maestro-pods-'));
  readonly gate: ConformanceGate;

  private constructor(readonly namespace: string) {
    const { config } = this;
    this.gate = podGate({ config, namespace, container: TASK_CONTAINER });
  }

  static async make(): Promise<ClusterFixture> {
    const fixture = new ClusterFixture(`maestro-${randomUUID().slice(0, 8)}`);
    const { core, namespace } = fixture;
    await core.createNamespace({ body: { metadata: { name: namespace } } });
    // Pods are refused until its account is there.
    for (;;) {
      const account = await unlessGone(
        core.readNamespacedServiceAccount({ name: 'default', namespace }),
      );
      if (account) return fixture;
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }

  makeExecutor(options: Partial<KubernetesExecutorOptions> = {}): TaskExecutor {
    return new KubernetesExecutor({
      api: new ClusterApi(this.config),
      instance: this.instance,
      namespaces: { default: this.namespace, pipelines: {}, owners: {} },
      defaults: {
        image: 'docker.io/library/busybox:1.35',
        runAsUser: 1000,
        imagePullSecrets: [],
      },
      maxParallel: 100,
      // As long as tests wait: twenty pods at once take their time to start.
      startTimeoutMs: 120_000,
      // A kubelet whose cache of Secrets is behind tries again after 10 to 15 s.
      pullTimeoutMs: 30_000,
      keepSourcesMs: 60 * 60_000,
      spoolDir: this.spoolDir,
      ...options,
    });
  }

  /** Makes a quota that lets no pod in, and is in force. */
  async refusePods(name: string): Promise<void> {
    const { config, core, namespace } = this;
    await makeUsedUpQuota(config, {
      namespace,
      name,
      hard: 'pods',
      refusal: `exceeded quota: ${name}`,
      tryOut: () =>
        core.createNamespacedPod({
          namespace,
          dryRun: 'All',
          body: {
            metadata: { name: 'one-more' },
            spec: { containers: [{ name: 'none', image: 'none' }] },
          },
        }),
    });
  }

  async leftovers(): Promise<string[]> {
    const { items } = await this.core.listNamespacedPod({
      namespace: this.namespace,
    });
    return items
      .filter(pod => !isEnded(pod))
      .map(pod => `${pod.metadata!.name} ${pod.status?.phase}`);
  }

  async tearDown(): Promise<void> {
    const { core, namespace } = this;
    const { items } = await core.listNamespacedPod({ namespace });
    for (const { metadata } of items) {
      await core
        .patchNamespacedPod({
          namespace,
          name: metadata!.name!,
          body: [{ op: 'remove', path: '/metadata/finalizers' }],
        })
        .catch(() => {});
    }
    await core.deleteNamespace({ name: namespace });
    rmSync(this.spoolDir, { recursive: true, force: true });
  }
}
