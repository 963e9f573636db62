/**
 * What pipelines may use. Registering a pipeline is code execution, so the
 * installation says who may use what; entities grant nothing.
 *
 * @packageDocumentation
 */
import type { PipelineDefinition, TaskDefinition } from './pipeline/definition';
import type { KubernetesSettings } from './kubernetes/kubernetesSettings';
import { fitsPatterns as fits } from './patterns';
import type { ResourceManifest } from './kubernetes/resourceDefinition';

/** @public */
export interface Policy {
  /** What counts for pipelines that no rule names. */
  default: 'allow' | 'deny';
  rules: PolicyRule[];
}

/**
 * What the pipelines it names may use. With `*` for any characters in each
 * text; what is absent is not granted.
 *
 * @public
 */
export interface PolicyRule {
  /** Named in refusals. */
  id: string;
  /**
   * Owners as full entity references. Of `owners`, `systems` and `pipelines`
   * all that are given must fit.
   */
  owners?: string[];
  /** Systems as full entity references; fits nothing that is part of none. */
  systems?: string[];
  pipelines?: string[];
  executors?: string[];
  images?: string[];
  serviceAccounts?: string[];
  connections?: string[];
  /** Fields of `kubernetes` beyond the harmless ones, such as `volumes`. */
  pod?: string[];
  /** What `kubernetes.resource` creates, such as `batch/v1/Job`, `ray.io/*`. */
  resources?: string[];
  /** Variables that tasks of DAG files read, set and delete. */
  variables?: string[];
  /** Pools that tasks of DAG files are in, besides the default one. */
  pools?: string[];
  /** DAGs whose runs tasks of DAG files start and clear, by name. */
  dags?: string[];
  /** The same by who owns the DAGs, as full entity references. */
  dagsOf?: string[];
}

/** @public */
export interface PolicyProblem {
  /** Below the task. */
  path: string[];
  message: string;
}

type Granted =
  | 'executors'
  | 'images'
  | 'serviceAccounts'
  | 'connections'
  | 'pod'
  | 'resources'
  | 'variables'
  | 'pools';

/** Fields of `kubernetes` that give nothing that others have. */
const HARMLESS_POD_FIELDS: ReadonlySet<keyof KubernetesSettings> = new Set<
  keyof KubernetesSettings
>([
  'pullPolicy',
  'startTimeoutMs',
  'moreMemory',
  'workDir',
  // Judged by what they name.
  'serviceAccount',
  'initContainers',
  'sidecars',
]);

/**
 * The first thing a task wants that its pipeline may not use.
 *
 * @param where - `owner`, `system`: full entity references; `defaultExecutor`:
 * of tasks that name none, undefined when it is not known; `isFilledIn`:
 * whether the manifest of a resource has its values, otherwise those are judged
 * later
 * @public
 */
export function policyProblem(
  policy: Policy,
  definition: Pick<PipelineDefinition, 'name'>,
  task: Pick<
    TaskDefinition,
    | 'id'
    | 'kind'
    | 'executor'
    | 'image'
    | 'connections'
    | 'kubernetes'
    | 'resource'
  > &
    Partial<
      Pick<TaskDefinition, 'airflow' | 'airflowPod' | 'pool' | 'variables'>
    >,
  where: {
    owner: string;
    system?: string;
    defaultExecutor?: string;
    isFilledIn?: boolean;
  },
): PolicyProblem | undefined {
  const { rules, who } = rulesFor(policy, definition.name, where);
  if (rules.length === 0) {
    return policy.default === 'allow'
      ? undefined
      : { path: [], message: noRule(definition.name, who) };
  }
  for (const [kind, what, name, path] of wants(task, where)) {
    const granted = rules.flatMap(rule => rule[kind] ?? []);
    if (fits(granted, name)) continue;
    return {
      path,
      message: `Task "${task.id}" may not use ${what} "${name}": ${grants(
        rules,
        who,
        granted,
        kind,
      )}`,
    };
  }
  return undefined;
}

/**
 * Why tasks of one DAG may not start or clear runs of another; those of their
 * own DAG they always may.
 *
 * @param from - `owner`, `system`: full entity references
 * @param dag - whose runs; `owner`: full entity reference
 * @public
 */
export function otherDagProblem(
  policy: Policy,
  from: { name: string; owner: string; system?: string },
  dag: { name: string; owner: string },
): string | undefined {
  if (from.name === dag.name) return undefined;
  const { rules, who } = rulesFor(policy, from.name, from);
  if (rules.length === 0) {
    return policy.default === 'allow' ? undefined : noRule(from.name, who);
  }
  const dags = rules.flatMap(rule => rule.dags ?? []);
  const dagsOf = rules.flatMap(rule => rule.dagsOf ?? []);
  if (fits(dags, dag.name) || fits(dagsOf, dag.owner)) return undefined;
  const granted = [...dags, ...dagsOf.map(owner => `those of ${owner}`)];
  return `Tasks of "${from.name}" may not start or clear runs of "${
    dag.name
  }" of ${dag.owner}: ${grants(rules, who, granted, 'dags')}`;
}

function rulesFor(
  policy: Policy,
  pipeline: string,
  { owner, system }: { owner: string; system?: string },
): { rules: PolicyRule[]; who: string } {
  return {
    rules: policy.rules.filter(
      ({ owners = ['*'], systems, pipelines = ['*'] }) =>
        fits(owners, owner) &&
        fits(pipelines, pipeline) &&
        (!systems || (system !== undefined && fits(systems, system))),
    ),
    who: system === undefined ? owner : `${owner} in ${system}`,
  };
}

function noRule(pipeline: string, who: string): string {
  return `No rule of maestro.policy names pipeline "${pipeline}" of ${who}, and what no rule names is refused: add a rule for it`;
}

function grants(
  rules: readonly PolicyRule[],
  who: string,
  granted: readonly string[],
  kind: string,
): string {
  const ids = rules.map(({ id }) => `"${id}"`).join(', ');
  return `rule ${ids} of maestro.policy grants ${who} ${
    granted.length > 0 ? `only ${granted.join(', ')}` : `no ${kind}`
  }; to allow it, add it to "${kind}" there`;
}

type Want = [kind: Granted, what: string, name: string, path: string[]];

function wants(
  task: Parameters<typeof policyProblem>[2],
  { defaultExecutor, isFilledIn = false }: Parameters<typeof policyProblem>[3],
): Want[] {
  const list: Want[] = task.connections.map(name => [
    'connections',
    'connection',
    name,
    ['connections'],
  ]);
  // Those of other tasks stand in the file that somebody has registered; a DAG
  // file names them while it runs.
  if (task.airflow) {
    for (const name of task.variables ?? []) {
      list.push(['variables', 'variable', name, ['variables']]);
    }
    if (task.pool !== undefined) {
      list.push(['pools', 'pool', task.pool, ['pool']]);
    }
  }
  // What waits, calls or branches starts nothing.
  if (task.kind !== 'run') return list;
  // Its executor can do nothing else.
  if (task.resource) {
    return [...list, ...wantsOfResource(task.resource.manifest, isFilledIn)];
  }
  const executor = task.executor ?? defaultExecutor;
  if (executor !== undefined) {
    list.push(['executors', 'executor', executor, ['executor']]);
  }
  if (task.image !== undefined) {
    list.push(['images', 'image', task.image, ['image']]);
  }
  const pod = task.kubernetes ?? {};
  for (const kind of ['initContainers', 'sidecars'] as const) {
    for (const { image } of pod[kind] ?? []) {
      list.push(['images', 'image', image, ['kubernetes', kind]]);
    }
  }
  if (pod.serviceAccount !== undefined) {
    list.push([
      'serviceAccounts',
      'service account',
      pod.serviceAccount,
      ['kubernetes', 'serviceAccount'],
    ]);
  }
  // A grant of a field is one of all its values. Where the operator has said the
  // value, that would let each DAG file say another one.
  const ungranted = new Set<string>(task.airflowPod?.configured);
  for (const [field, value] of Object.entries(pod)) {
    if (
      value !== undefined &&
      !ungranted.has(field) &&
      !HARMLESS_POD_FIELDS.has(field as keyof KubernetesSettings)
    ) {
      list.push(['pod', 'pod setting', field, ['kubernetes', field]]);
    }
  }
  return list;
}

/** Fields by which a manifest names images and service accounts. */
const MANIFEST_FIELDS: Readonly<Record<string, [Granted, string]>> = {
  image: ['images', 'image'],
  serviceAccount: ['serviceAccounts', 'service account'],
  serviceAccountName: ['serviceAccounts', 'service account'],
};

/** Its kind, and images and service accounts wherever it names them. */
function wantsOfResource(
  manifest: ResourceManifest,
  isFilledIn: boolean,
): Want[] {
  const top = ['kubernetes.resource', 'manifest'];
  const list: Want[] = [
    [
      'resources',
      'resource',
      `${manifest.apiVersion}/${manifest.kind}`,
      [...top, 'kind'],
    ],
  ];
  const look = (value: unknown, path: string[]) => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, part] of Object.entries(value)) {
      const place = [...path, key];
      if (typeof part !== 'string') look(part, place);
      else if (Object.hasOwn(MANIFEST_FIELDS, key)) {
        if (!isFilledIn && part.includes('${{')) continue;
        list.push([...MANIFEST_FIELDS[key], part, place]);
      }
    }
  };
  look(manifest, top);
  return list;
}
