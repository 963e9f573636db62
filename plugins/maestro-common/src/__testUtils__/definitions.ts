import fc from 'fast-check';
import type {
  PipelineDefinition,
  TaskDefinition,
} from '../core/pipeline/definition';
import type { TaskState } from '../core/pipeline/states';
import { isFinalTaskState } from '../core/pipeline/states';
import { TRIGGER_RULES, type TriggerRule } from '../core/pipeline/triggerRules';

/** One task of a test pipeline: only what the test is about. */
export type TaskSketch = Partial<Omit<TaskDefinition, 'no' | 'downstream'>> & {
  id: string;
  after?: string[];
};

/** A definition from sketches; `after` names the upstream tasks. */
export function definitionOf(
  sketches: readonly TaskSketch[],
  rest: Partial<PipelineDefinition> = {},
): PipelineDefinition {
  const numbers = new Map(sketches.map((sketch, no) => [sketch.id, no]));
  const tasks = sketches.map(
    ({ after, ...sketch }, no): TaskDefinition => ({
      kind: sketch.branch ? 'branch' : 'run',
      upstream: (after ?? []).map(id => numbers.get(id)!).sort((a, b) => a - b),
      triggerRule: 'all_success',
      retries: 0,
      retryDelayMs: 300_000,
      retryBackoff: 'fixed',
      maxRetryDelayMs: 3_600_000,
      priority: 1,
      connections: [],
      variables: [],
      ...sketch,
      no,
      downstream: [],
    }),
  );
  for (const task of tasks) {
    for (const no of task.upstream) {
      tasks[no].downstream.push(task.no);
    }
  }
  return {
    formatVersion: 1,
    name: 'example',
    owner: 'group:default/ml-team',
    type: 'training',
    tags: [],
    schedules: [],
    maxActiveRuns: 16,
    ...rest,
    tasks,
  };
}

/** A pipeline from lines such as `'a -> b, c'`; tasks in order of mention. */
export function graphOf(...lines: string[]): PipelineDefinition {
  const after = new Map<string, string[]>();
  const mention = (id: string) => {
    if (!after.has(id)) after.set(id, []);
    return id;
  };
  for (const line of lines) {
    const [from, to] = line.split('->').map(side =>
      side
        .split(',')
        .map(id => id.trim())
        .filter(id => id),
    );
    from.forEach(mention);
    (to ?? []).forEach(id =>
      from.forEach(up => after.get(mention(id))!.push(up)),
    );
  }
  return definitionOf([...after].map(([id, ups]) => ({ id, after: ups })));
}

/** Task numbers of ids. */
export function nos(definition: PipelineDefinition, ...ids: string[]) {
  return ids.map(id => definition.tasks.findIndex(task => task.id === id));
}

/** States from `{ a: 'success' }`; the rest is `none`. */
export function statesOf(
  definition: PipelineDefinition,
  byId: Record<string, TaskState>,
): TaskState[] {
  return definition.tasks.map(task => byId[task.id] ?? 'none');
}

/** Random acyclic pipelines with random trigger rules, shuffled numbers. */
export function arbitraryDefinition(options: { maxTasks?: number } = {}) {
  const { maxTasks = 14 } = options;
  return fc
    .integer({ min: 1, max: maxTasks })
    .chain(size =>
      fc.record({
        // The position in this permutation is the topological position, so
        // that task numbers say nothing about the order.
        order: fc.shuffledSubarray(
          Array.from({ length: size }, (_, i) => i),
          { minLength: size, maxLength: size },
        ),
        edges: fc.array(
          fc.tuple(
            fc.integer({ min: 0, max: size - 1 }),
            fc.integer({ min: 0, max: size - 1 }),
          ),
          { maxLength: size * 2 },
        ),
        rules: fc.array(fc.constantFrom<TriggerRule>(...TRIGGER_RULES), {
          minLength: size,
          maxLength: size,
        }),
      }),
    )
    .map(({ order, edges, rules }) => {
      const sketches: TaskSketch[] = rules.map((triggerRule, no) => ({
        id: `t${no}`,
        triggerRule,
        after: [],
      }));
      for (const [a, b] of edges) {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const upstream = `t${order[low]}`;
        const { after } = sketches[order[high]];
        if (low !== high && !after!.includes(upstream)) {
          after!.push(upstream);
        }
      }
      return definitionOf(sketches);
    });
}

/**
 * Random pipelines with setups, a group in a group, one beside them, and a task
 * of `finally`. No way leads out of a group and back, and no two wait for each
 * other.
 */
export function arbitraryGroups() {
  return fc
    .record({
      plain: arbitraryDefinition({ maxTasks: 12 }),
      // Which of the tasks that may come next does: an order of its own, so that
      // the tasks of a group do not stand side by side in that of the plan.
      picks: fc.array(fc.nat({ max: 11 }), { minLength: 12, maxLength: 12 }),
      cuts: fc.array(fc.nat({ max: 5 }), { minLength: 12, maxLength: 12 }),
      setups: fc.array(fc.nat({ max: 5 }), { minLength: 12, maxLength: 12 }),
      retries: fc.array(fc.nat({ max: 2 }), { minLength: 3, maxLength: 3 }),
      hasLast: fc.boolean(),
    })
    .map(
      ({
        plain,
        picks,
        cuts,
        setups,
        retries,
        hasLast,
      }): PipelineDefinition => {
        const tasks = plain.tasks.map(
          (task): TaskDefinition => ({
            ...task,
            setup: setups[task.no] === 5 ? true : undefined,
          }),
        );
        const placed = new Set<number>();
        for (const pick of picks.slice(0, tasks.length)) {
          const able = tasks.filter(
            ({ no, upstream }) =>
              !placed.has(no) && upstream.every(up => placed.has(up)),
          );
          placed.add(able[pick % able.length].no);
        }
        // Never decreasing along that order, so no way leads out and back.
        const sections = cuts.slice(0, tasks.length).sort((a, b) => a - b);
        [...placed].forEach((no, position) => {
          tasks[no].group = [undefined, 0, 1, 0, 2, undefined][
            sections[position]
          ];
        });
        if (hasLast) {
          tasks.push({
            ...tasks[0],
            no: tasks.length,
            id: 'last',
            setup: undefined,
            finally: true,
            group: undefined,
            upstream: [],
            downstream: [],
          });
        }
        const groups = ['outer', 'inner', 'beside'].map((id, no) => ({
          no,
          id,
          retries: retries[no],
          retryDelayMs: 1_000,
          parent: id === 'inner' ? 0 : undefined,
        }));
        return { ...plain, tasks, groups };
      },
    );
}

/** States of tasks that something was launched for and that are not over. */
export const UNFINISHED_STATES: TaskState[] = [
  'scheduled',
  'queued',
  'running',
  'up_for_retry',
  'up_for_reschedule',
  'deferred',
];

/** Whether a task can still change by itself. */
export const isUnfinished = (state: TaskState) =>
  state !== 'none' && !isFinalTaskState(state);
