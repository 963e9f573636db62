import {
  WEIGHT_RULES,
  type PipelineTaskSpec,
} from '@maestro/plugin-maestro-common';
import type { Random } from '../Random';
import type { PipelinePlan, TaskAct } from './History';

type Spec = PipelinePlan['spec'];

/**
 * Gives a random pipeline what stands over its tasks: groups that are retried
 * or mapped,
 * setups with teardowns, `finally`, callbacks, and what looks at other runs.
 *
 * @param makeActs - what an added task does
 */
export function generateGraph(
  random: Random,
  plan: PipelinePlan,
  makeActs: () => TaskAct[],
): void {
  const { spec } = plan;
  if (random.chance(0.3)) addGroups(random, spec);
  if (random.chance(0.3)) addMappedGroup(random, spec);
  const add = (task: PipelineTaskSpec): PipelineTaskSpec => {
    plan.acts[task.id] = makeActs();
    const hangs = plan.acts[task.id].some(act => act.ends === 'hangs');
    return {
      ...task,
      timeout: hangs ? random.pick(['PT1S', 'PT5S', 'PT20S']) : undefined,
      retries: random.chance(0.3) ? 1 : undefined,
      retryDelay: 'PT2S',
      run: { command: ['true'] },
    };
  };
  if (random.chance(0.3)) addTeardown(random, spec, add);
  if (random.chance(0.25)) addFinally(random, spec, add);
  if (random.chance(0.25)) addCallbacks(random, spec, add);
  for (const task of spec.tasks) {
    if (task.teardown) continue;
    if (spec.schedule && random.chance(0.08)) {
      task.dependsOnPast = true;
      task.waitForDownstream = random.chance(0.3) ? true : undefined;
    }
    if (task.run && random.chance(0.1)) {
      task.maxActive = random.int(1, 2);
      // The world counts by it.
      task.run.env = { ...task.run.env, MAX_ACTIVE: `${task.maxActive}` };
    }
    if (random.chance(0.1)) task.weightRule = random.pick(WEIGHT_RULES);
  }
}

/**
 * Tasks side by side in the file: each depends on earlier ones only, so no way
 * leads out of a group and back.
 */
function addGroups(random: Random, spec: Spec): void {
  const { tasks } = spec;
  const from = random.int(0, tasks.length - 1);
  const to = random.int(from, tasks.length - 1);
  const group = (id: string) => ({
    id,
    retries: random.int(0, 2),
    retryDelay: random.pick(['PT0.1S', 'PT2S', 'PT10S']),
  });
  spec.groups = [group('outer')];
  for (let no = from; no <= to; no++) tasks[no].group = 'outer';
  if (to > from && random.chance(0.4)) {
    spec.groups.push({ ...group('inner'), parent: 'outer' });
    tasks[to].group = 'inner';
  }
}

/** Commands from anywhere in the graph, also with others between them. */
function addMappedGroup(random: Random, spec: Spec): void {
  const able = spec.tasks.filter(
    ({ run, map, group }) => run && !map && group === undefined,
  );
  const members = random.some(able, 0.7);
  if (members.length === 0) return;
  const inside = new Set(members.map(task => task.id));
  const above = members.map(task => allAbove(spec, task));
  const before = [...above[0]].filter(
    id => !inside.has(id) && above.every(ids => ids.has(id)),
  );
  const id = 'lanes';
  spec.groups = [
    ...(spec.groups ?? []),
    {
      id,
      map: {
        over: random.pick([
          'params.list',
          '["a", "b"]',
          ['a', { b: 1 }, null],
          '[]',
          'params.x',
          ...before.flatMap(up => [
            `tasks.${up}.outputs.items`,
            `tasks.${up}.outputs.items`,
          ]),
        ]),
        maxItems: random.chance(0.2) ? 2 : undefined,
      },
    },
  ];
  for (const task of members) {
    task.group = id;
    task.run!.command.push('${{ item }}', '${{ index }}');
    const beside = (task.dependsOn ?? []).filter(up => inside.has(up));
    if (beside.length > 0 && random.chance(0.2)) {
      // Fails where there is no such output at this index.
      task.run!.command.push(`\${{ tasks.${random.pick(beside)}.outputs.n }}`);
    }
  }
}

function allAbove(spec: Spec, task: PipelineTaskSpec): Set<string> {
  const found = new Set<string>();
  const open = [...(task.dependsOn ?? [])];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    open.push(...(spec.tasks.find(other => other.id === id)?.dependsOn ?? []));
  }
  return found;
}

function addTeardown(
  random: Random,
  spec: Spec,
  add: (task: PipelineTaskSpec) => PipelineTaskSpec,
): void {
  const { tasks } = spec;
  const setup = random.pick(tasks);
  if (setup.branch) return;
  setup.setup = true;
  const members = tasks.filter(task => task.group === setup.group);
  const id = `t${tasks.length}`;
  tasks.push(
    add({
      id,
      group: setup.group,
      dependsOn: random
        .some(
          members.map(task => task.id),
          0.6,
        )
        .filter(up => up !== setup.id),
      teardown: {
        of: [setup.id],
        failsRun: random.chance(0.2) ? true : undefined,
      },
    }),
  );
}

function addFinally(
  random: Random,
  spec: Spec,
  add: (task: PipelineTaskSpec) => PipelineTaskSpec,
): void {
  const first = add({ id: 'f0' });
  first.run!.command.push('${{ run.state }} ${{ run.failed_tasks }}');
  spec.finally = [first];
  if (random.chance(0.3)) {
    spec.finally.push(
      add({
        id: 'f1',
        dependsOn: ['f0'],
        triggerRule: random.pick(['all_done', 'all_success', 'one_failed']),
      }),
    );
  }
}

/** Of either outcome, or of one. */
function addCallbacks(
  random: Random,
  spec: Spec,
  add: (task: PipelineTaskSpec) => PipelineTaskSpec,
): void {
  const both = ['success', 'failed'] as const;
  const outcomes = random.chance(0.5) ? both : [random.pick(both)];
  outcomes.forEach((outcome, i) => {
    const task = add({ id: `c${i}` });
    spec.finally = [
      ...(spec.finally ?? []),
      {
        ...task,
        // Of them nobody waits for ever.
        timeout: task.timeout ?? 'PT30S',
        run: { ...task.run!, env: { CALLBACK: outcome } },
      },
    ];
  });
}
