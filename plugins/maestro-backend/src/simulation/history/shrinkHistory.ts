import type { History, PipelinePlan } from './History';

/** Orders of what happens at once that are tried with each smaller history. */
const ORDERS = 4;

const SPEC_PARTS = [
  'schedule',
  'sla',
  'timeout',
  'maxActiveRuns',
  'maxActiveTasks',
  'finally',
] as const;
const TASK_PARTS = [
  'retries',
  'timeout',
  'pool',
  'priority',
  'executor',
  'triggerRule',
  'connections',
  'map',
  'produces',
  'teardown',
  'setup',
  'group',
  'maxActive',
  'dependsOnPast',
  'weightRule',
] as const;

interface Step {
  count(history: History): number;
  /** The history without its i-th part; undefined when it must stay. */
  without(history: History, i: number): History | undefined;
}

const dropped = <T>(list: readonly T[], i: number) => [
  ...list.slice(0, i),
  ...list.slice(i + 1),
];

const STEPS: Step[] = [
  {
    count: history => history.faults.length,
    without: (history, i) => ({
      ...history,
      faults: dropped(history.faults, i),
    }),
  },
  {
    count: history => history.commands.length,
    without: (history, i) => ({
      ...history,
      commands: dropped(history.commands, i),
    }),
  },
  {
    count: history =>
      history.pipelines.length > 1 ? history.pipelines.length : 0,
    without: (history, i) => {
      const { name } = history.pipelines[i];
      return {
        ...history,
        pipelines: dropped(history.pipelines, i),
        commands: history.commands.filter(
          command => !('pipeline' in command) || command.pipeline !== name,
        ),
      };
    },
  },
  {
    count: history => (history.policy ? 1 : 0),
    without: history => ({ ...history, policy: undefined }),
  },
  {
    count: history => history.hosts - 1,
    without: history => ({ ...history, hosts: history.hosts - 1 }),
  },
  {
    count: history =>
      history.pipelines.reduce((sum, p) => sum + p.spec.tasks.length, 0),
    without: (history, i) => {
      let left = i;
      for (const [no, plan] of history.pipelines.entries()) {
        const { length } = plan.spec.tasks;
        if (left < length) {
          return length === 1
            ? undefined
            : withPipeline(history, no, withoutTask(plan, left));
        }
        left -= length;
      }
      return undefined;
    },
  },
  {
    count: history => history.pipelines.length * SPEC_PARTS.length,
    without: (history, i) => {
      const no = Math.floor(i / SPEC_PARTS.length);
      const part = SPEC_PARTS[i % SPEC_PARTS.length];
      const plan = history.pipelines[no];
      if (plan.spec[part] === undefined) return undefined;
      return withPipeline(history, no, {
        ...plan,
        spec: { ...plan.spec, [part]: undefined },
      });
    },
  },
  {
    count: history =>
      history.pipelines.reduce((sum, p) => sum + p.spec.tasks.length, 0) *
      TASK_PARTS.length,
    without: (history, i) => {
      let left = Math.floor(i / TASK_PARTS.length);
      const part = TASK_PARTS[i % TASK_PARTS.length];
      for (const [no, plan] of history.pipelines.entries()) {
        const { tasks } = plan.spec;
        if (left < tasks.length) {
          const task = tasks[left];
          if (task[part] === undefined) return undefined;
          const plainer = { ...task, [part]: undefined };
          return withPipeline(history, no, {
            ...plan,
            spec: {
              ...plan.spec,
              tasks: tasks.map(other => (other === task ? plainer : other)),
            },
          });
        }
        left -= tasks.length;
      }
      return undefined;
    },
  },
  {
    count: history => Math.max(0, history.executors.length - 1),
    without: history => ({
      ...history,
      executors: history.executors.slice(0, 1),
    }),
  },
  {
    count: () => 1,
    without: history =>
      history.horizonMs > 2_000
        ? { ...history, horizonMs: Math.floor(history.horizonMs / 2) }
        : undefined,
  },
];

/**
 * Makes a history that breaks a rule as small as it can: fewer hosts, faults,
 * commands, pipelines, tasks, and less of what each of them has. A part stays
 * only when nothing is found without it.
 *
 * @param breaks - whether a history still breaks the same rule
 * @param budget - how many histories may be tried
 */
export async function shrinkHistory(
  history: History,
  breaks: (candidate: History) => Promise<boolean>,
  budget = 2_000,
): Promise<History> {
  let smallest = history;
  let left = budget;
  const tryOne = async (candidate: History): Promise<boolean> => {
    for (let order = 0; order < ORDERS && left > 0; order++) {
      left -= 1;
      // What was left out changes the order of the rest: others may show it.
      const seed = candidate.seed + order * 7919;
      if (await breaks({ ...candidate, seed })) {
        smallest = { ...candidate, seed };
        return true;
      }
    }
    return false;
  };
  let isSmaller = true;
  while (isSmaller && left > 0) {
    isSmaller = false;
    for (const step of STEPS) {
      // The list gets shorter while it is walked: from its end.
      for (let i = step.count(smallest) - 1; i >= 0 && left > 0; i--) {
        const candidate = step.without(smallest, i);
        if (candidate && (await tryOne(candidate))) isSmaller = true;
      }
    }
  }
  return smallest;
}

function withPipeline(
  history: History,
  no: number,
  plan: PipelinePlan,
): History {
  return {
    ...history,
    pipelines: history.pipelines.map((other, i) => (i === no ? plan : other)),
  };
}

function withoutTask(plan: PipelinePlan, no: number): PipelinePlan {
  const gone = plan.spec.tasks[no].id;
  const without = (ids: readonly string[] = []) =>
    ids.filter(id => id !== gone);
  return {
    ...plan,
    spec: {
      ...plan.spec,
      tasks: dropped(plan.spec.tasks, no).map(task => ({
        ...task,
        dependsOn: without(task.dependsOn),
        teardown: task.teardown?.of.includes(gone) ? undefined : task.teardown,
        branch: task.branch && {
          ...task.branch,
          then: without(task.branch.then),
          else: without(task.branch.else),
        },
      })),
    },
  };
}
