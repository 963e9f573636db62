import {
  AIRFLOW_EXECUTOR,
  type AirflowMapLength,
  type GroupDefinition,
  type GroupMapDefinition,
  type TaskDefinition,
  TRIGGER_RULES,
  type TriggerRule,
  weighPriorities,
  WEIGHT_RULES,
  type WeightRule,
} from '@maestro/plugin-maestro-common';
import { compileOutlets } from './compileAssets';
import {
  compileMap,
  mapLengths,
  MAX_MAP_LENGTH,
  tasksOfLengths,
  withPartialArguments,
} from './compileMap';
import type { Findings } from './Findings';
import {
  isEmpty,
  type Lowering,
  type LoweringOptions,
  loweringOf,
} from './lowering';
import type {
  DescribedDag,
  SerializedDag,
  SerializedGroup,
  SerializedTask,
} from './serialized';
import { withoutUndefined } from './withoutUndefined';

/** Airflow's bound of a delay that grows. */
const MAX_RETRY_DELAY_MS = 24 * 3_600_000;
/** From `execution_timeout` on, until Maestro ends a task by force. */
const TIMEOUT_GRACE_MS = 60_000;
const TASK_ID = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/;

/** Groups with the group of each task. */
export interface CompiledGroups {
  groups: GroupDefinition[];
  /** Number of the innermost group by task id. */
  groupOf: ReadonlyMap<string, number>;
  /** Ids of the tasks that are in a mapped group. */
  mapped: ReadonlySet<string>;
}

/** The tree of task groups as a list. */
export function compileGroups(
  dag: SerializedDag,
  findings: Findings,
): CompiledGroups {
  const groups: GroupDefinition[] = [];
  const groupOf = new Map<string, number>();
  const mapped = new Set<string>();
  const numbers = new Map(
    dag.tasks.map(({ __var: { task_id: id } }, no) => [id, no]),
  );
  const walk = (
    group: SerializedGroup,
    parent: number | undefined,
    isInMapped: boolean,
  ) => {
    let own = parent;
    const isMapped = Boolean(group.is_mapped || group.expand_input);
    if (group._group_id !== null) {
      own = groups.length;
      const title = group.group_display_name;
      groups.push({
        no: own,
        id: group._group_id,
        ...(title && title !== group._group_id ? { title } : {}),
        ...(parent === undefined ? {} : { parent }),
        retries: 0,
        retryDelayMs: 0,
      });
      if (isMapped && isInMapped) {
        findings.problem(
          `group "${group._group_id}" is mapped in a group that is mapped (expand), of which Airflow uses the inner list alone: expand one of them, over pairs`,
        );
      } else if (isMapped) {
        const map = groupMapOf(group, numbers, findings);
        if (map) groups[own].map = map;
      }
    }
    for (const child of Object.values(group.children)) {
      if (child[0] === 'taskgroup') {
        walk(child[1], own, isInMapped || isMapped);
        continue;
      }
      if (own !== undefined) groupOf.set(child[1], own);
      if (isInMapped || isMapped) mapped.add(child[1]);
    }
  };
  walk(dag.task_group, undefined, false);
  return { groups, groupOf, mapped };
}

function groupMapOf(
  group: SerializedGroup,
  numbers: ReadonlyMap<string, number>,
  findings: Findings,
): GroupMapDefinition | undefined {
  const lengths = mapLengths(group.expand_input);
  if (!Array.isArray(lengths)) {
    findings.problem(
      `group "${group._group_id}" cannot be expanded: ${lengths.problem}`,
    );
    return undefined;
  }
  return {
    lengths,
    maxItems: MAX_MAP_LENGTH,
    from: ascending(
      tasksOfLengths(lengths).flatMap(id => numbers.get(id) ?? []),
    ),
  };
}

/** Tasks in the order of Airflow's serializer, with their neighbours. */
export function compileTasks(
  { dag, tasks: facts }: DescribedDag,
  { groupOf, mapped }: Pick<CompiledGroups, 'groupOf' | 'mapped'>,
  findings: Findings,
  options: LoweringOptions = {},
): TaskDefinition[] {
  const serialized = dag.tasks.map(({ __var: task }) =>
    withPartialArguments(task),
  );
  const numbers = new Map(serialized.map((task, no) => [task.task_id, no]));
  const upstream = new Map<number, Set<number>>();
  serialized.forEach((task, no) => {
    for (const id of task.downstream_task_ids ?? []) {
      const below = numbers.get(id)!;
      upstream.set(below, (upstream.get(below) ?? new Set()).add(no));
    }
  });
  const setups = new Set(
    serialized.flatMap((task, no) => (task.is_setup ? [no] : [])),
  );
  const rules: WeightRule[] = [];
  const tasks = serialized.map((task, no): TaskDefinition => {
    const { line, file } = facts[task.task_id] ?? {};
    sayTaskProblems(task, line, findings);
    if (typeof task.end_date === 'number' && task.end_date !== dag.end_date) {
      findings.note(
        `end_date= of task "${task.task_id}" has no effect: that of the DAG counts`,
        line,
      );
    }
    rules.push(weightRule(task, line, findings));
    const above = ascending(upstream.get(no) ?? []);
    const mapOver = mapOf(task, line, findings);
    const lowering = loweringOf(
      task,
      {
        ...facts[task.task_id],
        ...(mapped.has(task.task_id)
          ? { native: { python: 'it is in a mapped group' } }
          : {}),
      },
      options,
    );
    sayLowering(task, lowering, line, findings);
    return withoutUndefined({
      no,
      id: task.task_id,
      title: task._task_display_name,
      kind: 'run' as const,
      upstream: above,
      downstream: ascending(
        (task.downstream_task_ids ?? []).map(id => numbers.get(id)!),
      ),
      triggerRule: triggerRule(task, line, findings),
      setup: task.is_setup || undefined,
      teardown: task.is_teardown
        ? {
            of: above.filter(upper => setups.has(upper)),
            ...(task.on_failure_fail_dagrun ? { failsRun: true as const } : {}),
          }
        : undefined,
      group: groupOf.get(task.task_id),
      ...retriesOf(task),
      timeoutMs: timeoutOf(task, lowering),
      slaMs: optionalMs(facts[task.task_id]?.slaSeconds),
      priority: task.priority_weight ?? 1,
      dependsOnPast:
        task.depends_on_past || task.wait_for_downstream || undefined,
      waitForDownstream: task.wait_for_downstream || undefined,
      maxActive: task.max_active_tis_per_dag ?? undefined,
      pool:
        task.pool === undefined || task.pool === 'default_pool'
          ? undefined
          : task.pool,
      executor: AIRFLOW_EXECUTOR,
      airflowPath: lowering.path,
      ...lowering.task,
      connections: [],
      variables: [],
      produces: compileOutlets(task.outlets, findings),
      map:
        mapOver || mapped.has(task.task_id)
          ? { maxItems: MAX_MAP_LENGTH }
          : undefined,
      airflow: withoutUndefined({
        operator: task._operator_name ?? task.task_type,
        empty: isEmpty(task) || undefined,
        docs: findings.docs(task.doc_md, `task "${task.task_id}"`),
        line,
        file: file === dag.relative_fileloc ? undefined : file,
        links: linksOf(task),
        mapOver,
        defers:
          (facts[task.task_id]?.defers && lowering.path.path === 'python') ||
          undefined,
        namespace: lowering.namespace,
        templates: lowering.templates,
        hides: lowering.hides,
      }),
    }) as TaskDefinition;
  });
  weighPriorities(tasks, rules);
  return tasks;
}

function sayTaskProblems(
  task: SerializedTask,
  line: number | undefined,
  findings: Findings,
): void {
  const { task_id: id } = task;
  if (!TASK_ID.test(id)) {
    findings.problem(
      `task "${id}" has a name that Maestro does not take: letters, digits, "_", "-" and ".", at most 200 characters, not beginning with "-" or "."`,
      line,
    );
  }
  if ((task.pool_slots ?? 1) > 1) {
    findings.note(
      `task "${id}" takes one slot of its pool, not pool_slots=${task.pool_slots}`,
      line,
    );
  }
  if (task.max_active_tis_per_dagrun) {
    findings.note(
      `max_active_tis_per_dagrun= of task "${id}" has no effect`,
      line,
    );
  }
  if (task.has_retry_policy) {
    findings.note(`the retry policy of task "${id}" has no effect`, line);
  }
}

function mapOf(
  task: SerializedTask,
  line: number | undefined,
  findings: Findings,
): AirflowMapLength[] | undefined {
  if (!task._is_mapped) return undefined;
  const over = compileMap(task);
  if (Array.isArray(over)) return over;
  findings.problem(
    `task "${task.task_id}" cannot be expanded: ${over.problem}`,
    line,
  );
  return undefined;
}

function triggerRule(
  task: SerializedTask,
  line: number | undefined,
  findings: Findings,
): TriggerRule {
  if (task.is_teardown) return 'all_done_setup_success';
  const rule = task.trigger_rule ?? 'all_success';
  if ((TRIGGER_RULES as readonly string[]).includes(rule)) {
    return rule as TriggerRule;
  }
  findings.problem(
    `task "${task.task_id}" has the trigger rule ${rule}, which Maestro does not know`,
    line,
  );
  return 'all_success';
}

function weightRule(
  task: SerializedTask,
  line: number | undefined,
  findings: Findings,
): WeightRule {
  const rule = task.weight_rule ?? 'downstream';
  if ((WEIGHT_RULES as readonly string[]).includes(rule)) {
    return rule as WeightRule;
  }
  findings.note(
    `the weight rule ${rule} of task "${task.task_id}" is Python code: its priority_weight alone counts`,
    line,
  );
  return 'absolute';
}

function linksOf({
  _operator_extra_links: links,
}: SerializedTask): Record<string, string> | undefined {
  return links && Object.keys(links).length > 0 ? links : undefined;
}

function sayLowering(
  task: SerializedTask,
  { namespace, problem, notes = [] }: Lowering,
  line: number | undefined,
  findings: Findings,
): void {
  if (problem !== undefined) findings.problem(problem, line);
  for (const note of notes) findings.note(note, line);
  if (namespace === undefined) return;
  findings.note(
    `namespace="${namespace}" of task "${task.task_id}" has no effect: maestro.executors.kubernetes says where pods run`,
    line,
  );
}

/** A task in Python ends itself first, so that its callbacks run. */
function timeoutOf(
  task: SerializedTask,
  { path }: Lowering,
): number | undefined {
  const own = optionalMs(task.execution_timeout);
  if (own === undefined) return undefined;
  return path.path === 'native' ? own : own + TIMEOUT_GRACE_MS;
}

function retriesOf(
  task: SerializedTask,
): Pick<
  TaskDefinition,
  'retries' | 'retryDelayMs' | 'retryBackoff' | 'maxRetryDelayMs'
> {
  return {
    retries: task.retries ?? 0,
    retryDelayMs: optionalMs(task.retry_delay) ?? 300_000,
    retryBackoff: task.retry_exponential_backoff ? 'exponential' : 'fixed',
    maxRetryDelayMs: optionalMs(task.max_retry_delay) ?? MAX_RETRY_DELAY_MS,
  };
}

function ascending(numbers: Iterable<number>): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/** Seconds as milliseconds. @internal */
export function optionalMs(
  seconds: number | null | undefined,
): number | undefined {
  return typeof seconds === 'number' ? Math.round(seconds * 1000) : undefined;
}
