import type { LooseTask } from './graphProblems';
import type { ProblemList } from './problems';
import { didYouMean } from './suggest';

/** Setups, teardowns and tasks of `finally`. @internal */
export function findCleanUpProblems(
  tasks: readonly LooseTask[],
  list: ProblemList,
): void {
  const byId = new Map<string, LooseTask>();
  for (const task of tasks) {
    if (!byId.has(task.id)) byId.set(task.id, task);
  }
  for (const task of tasks) {
    if (list.isFull) return;
    findSetupProblems(task, list);
    findTeardownProblems(task, byId, list);
    findFinallyProblems(task, byId, list);
  }
}

function findSetupProblems(task: LooseTask, list: ProblemList): void {
  if (task.raw.setup !== true) return;
  const path = [...task.path, 'setup'];
  if (task.teardown) {
    list.add(
      path,
      `Task "${task.id}" is a setup and a teardown`,
      'one of them',
    );
  }
  if (task.branch) {
    list.add(
      path,
      `Branch "${task.id}" is a setup`,
      'a task that does something',
    );
  }
}

function findTeardownProblems(
  task: LooseTask,
  byId: ReadonlyMap<string, LooseTask>,
  list: ProblemList,
): void {
  const { teardown } = task;
  if (!teardown) return;
  const path = [...task.path, 'teardown'];
  if (task.branch) {
    list.add(
      path,
      `Branch "${task.id}" is a teardown`,
      'a task that does something',
    );
  }
  if (task.raw.triggerRule !== undefined) {
    list.add(
      [...task.path, 'triggerRule'],
      `Teardown "${task.id}" has a trigger rule, but it always runs when all that it depends on is over and a setup succeeded`,
      'no triggerRule beside teardown',
    );
  }
  teardown.forEach((id, i) => {
    const place = [...path, 'of', i];
    const setup = byId.get(id);
    if (id && !setup) {
      list.add(
        place,
        `Teardown "${
          task.id
        }" takes down "${id}", which does not exist${didYouMean(
          id,
          byId.keys(),
        )}`,
        'the id of a setup of this pipeline',
      );
    } else if (setup && setup.raw.setup !== true) {
      list.add(
        place,
        `Teardown "${task.id}" takes down "${id}", which is no setup`,
        `setup: true on "${id}"`,
      );
    }
  });
  if (task.dependsOn.every(id => teardown.includes(id))) {
    list.warn(
      path,
      `Teardown "${task.id}" depends only on its setups, so it runs as soon as they have ended; name the tasks that use them in dependsOn`,
    );
  }
}

function findFinallyProblems(
  task: LooseTask,
  byId: ReadonlyMap<string, LooseTask>,
  list: ProblemList,
): void {
  task.dependsOn.forEach((id, i) => {
    const upstream = byId.get(id);
    if (!upstream || upstream.isFinally === task.isFinally) return;
    list.add(
      [...task.path, 'dependsOn', i],
      task.isFinally
        ? `Task "${task.id}" of finally depends on "${id}", but it runs after all tasks anyway`
        : `Task "${task.id}" depends on "${id}", which runs after all tasks (finally)`,
      task.isFinally ? 'other tasks of finally' : 'tasks of spec.tasks',
    );
  });
  if (task.isFinally || task.teardown) {
    for (const name of ['dependsOnPast', 'waitForDownstream']) {
      if (task.raw[name] !== true) continue;
      list.add(
        [...task.path, name],
        `Task "${task.id}" cleans up, and would wait for the run before`,
        `no ${name} on teardowns and in finally`,
      );
    }
  }
  if (!task.isFinally) return;
  for (const name of ['setup', 'teardown', 'group']) {
    if (task.raw[name] === undefined) continue;
    list.add(
      [...task.path, name],
      `Task "${task.id}" of finally has "${name}"`,
      `no ${name} in finally`,
    );
  }
}
