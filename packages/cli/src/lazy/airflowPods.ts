import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKubernetesExecutor } from '@maestro/plugin-maestro-backend-module-kubernetes';
import {
  findLeftovers,
  openCluster,
  removeLeftovers,
  type ReleaseApi,
} from '@maestro/plugin-maestro-backend-module-kubernetes/release';
import type {
  PipelineDefinition,
  TaskDefinition,
} from '@maestro/plugin-maestro-common';
import type { TaskExecutor } from '@maestro/plugin-maestro-node';
import type { DagTestOptions } from '../commands/airflow';
import type { Context } from '../Context';
import { CommandError, EXIT } from '../outcome';

/** Where the pods of one run of a DAG are made. */
export interface TestPods {
  executor: TaskExecutor;
  /** Takes away what is left of them in the cluster. */
  remove(): Promise<void>;
}

/**
 * The executor of a DAG's pods, and of those of DAGs that it may start, in the
 * cluster of the kubeconfig: the namespace is that of the option, of its
 * operators, of the context, or `default`. What others want is said, and not
 * refused: which of them it starts is known only when it does.
 *
 * @param dags - `others`: of its folder
 * @returns undefined when none of their tasks is a pod
 * @throws CommandError that says what is missing, before anything is run
 */
export async function podsOf(
  context: Context,
  dags: { definition: PipelineDefinition; others: PipelineDefinition[] },
  options: DagTestOptions,
): Promise<TestPods | undefined> {
  const { definition } = dags;
  const others = startsOthers(definition) ? dags.others.filter(hasPods) : [];
  if (hasPods(definition)) {
    return openPods(context, [definition, ...others], options);
  }
  if (others.length === 0) return undefined;
  try {
    return await openPods(context, others, options);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    context.note(
      `maestro: ${error.message}. It fails if this run starts it, and the others go on`,
    );
    return undefined;
  }
}

function startsOthers({ tasks }: PipelineDefinition): boolean {
  return tasks.some(
    ({ airflow }) => airflow?.operator === 'TriggerDagRunOperator',
  );
}

function podTasks({ tasks }: PipelineDefinition): TaskDefinition[] {
  return tasks.filter(({ executor }) => executor === 'kubernetes');
}

function hasPods(dag: PipelineDefinition): boolean {
  return podTasks(dag).length > 0;
}

async function openPods(
  context: Context,
  dags: readonly PipelineDefinition[],
  options: DagTestOptions,
): Promise<TestPods> {
  const pods = dags.flatMap(podTasks);
  const named = dags.map(
    dag =>
      `${podTasks(dag)
        .map(({ id }) => id)
        .join(', ')} of ${dag.name}`,
  );
  const what = `${pods.length === 1 ? 'Task' : 'Tasks'} ${named.join('; ')} ${
    pods.length === 1 ? 'is a pod' : 'are pods'
  } of Kubernetes`;
  const api = open(context, options, what);
  const wanted = [...new Set(pods.map(({ airflow }) => airflow?.namespace))];
  const namespace =
    options.namespace ??
    (wanted.length === 1 ? wanted[0] : undefined) ??
    api.namespace ??
    'default';
  await assertReachable(api, namespace, what);
  const dir = mkdtempSync(join(tmpdir(), 'maestro-pods-'));
  // Its own: what it finds in the cluster and not in its store is ended.
  const instance = `test-${randomUUID().slice(0, 8)}`;
  context.note(
    `maestro: ${what}, in namespace ${namespace} of ${api.cluster.server}`,
  );
  const executor = await createKubernetesExecutor({
    config: {
      maestro: {
        dataDir: dir,
        executors: { kubernetes: { namespace, instance } },
      },
    },
    cluster: api.cluster,
  });
  return {
    executor,
    remove: async () => {
      try {
        await removeAll(context, api, { namespace, instance });
      } finally {
        rmSync(dir, { recursive: true, force: true });
      }
    },
  };
}

function open(
  context: Context,
  { kubeconfig, context: named }: DagTestOptions,
  what: string,
): ReleaseApi {
  try {
    const { env, cwd } = context.around;
    return openCluster({ kubeconfig, context: named, env, cwd });
  } catch (error) {
    if ((error as Error).name !== 'InputError') throw error;
    throw new CommandError(
      EXIT.usage,
      `${what}, and no cluster is known. ${
        (error as Error).message
      }. Without a cluster, have one on this machine: minikube start, or kind create cluster`,
    );
  }
}

async function assertReachable(
  api: ReleaseApi,
  namespace: string,
  what: string,
): Promise<void> {
  try {
    await api.cluster.listPods(namespace, 'maestro.dev/attempt=none');
  } catch (error) {
    if ((error as Error).name !== 'ClusterError') throw error;
    const { code, message } = error as Error & { code?: number };
    const isRefused = code === 401 || code === 403;
    throw new CommandError(
      isRefused ? EXIT.notAllowed : EXIT.unreachable,
      `${what}, and the cluster at ${api.cluster.server}${
        api.context ? ` (context ${api.context})` : ''
      } cannot be used: ${message}. ${
        isRefused
          ? `Give its user the rights of deploy/kubernetes/rbac.yaml in namespace ${namespace}, or name another one with --namespace`
          : 'Start it (minikube start), or name another one with --context or --kubeconfig'
      }`,
    );
  }
}

async function removeAll(
  context: Context,
  api: ReleaseApi,
  { namespace, instance }: { namespace: string; instance: string },
): Promise<void> {
  try {
    const { leftovers } = await findLeftovers(api, [namespace]);
    const own = leftovers.filter(each => each.instance === instance);
    const [failure] = await removeLeftovers(api.cluster, own);
    if (failure) throw failure.error;
  } catch (error) {
    if ((error as Error).name !== 'ClusterError') throw error;
    context.note(
      `maestro: something of the run is left in namespace ${namespace} (${
        (error as Error).message
      }): maestro kubernetes release --namespace ${namespace} --instance ${instance}`,
    );
  }
}
