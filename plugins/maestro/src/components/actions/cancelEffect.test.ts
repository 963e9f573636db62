import type { TaskInstance, TaskState } from '@maestro/plugin-maestro-common';
import { cancelEffect } from './cancelEffect';

const tasks = (...states: TaskState[]) =>
  states.map(state => ({ state } as TaskInstance));

describe('cancelEffect', () => {
  it.each([
    [
      tasks('running', 'queued', 'none', 'success'),
      'This ends 2 tasks that run and keeps 1 task from starting.',
    ],
    [tasks('running'), 'This ends 1 task that runs.'],
    [
      tasks('up_for_retry', 'deferred', 'none'),
      'This keeps 3 tasks from starting.',
    ],
    [tasks('success', 'upstream_failed'), 'This ends no task.'],
    [[], 'This ends no task.'],
  ])(
    'counts what it ends and what it keeps from starting (%#)',
    (all, text) => {
      expect(cancelEffect(all)).toBe(
        `${text} The run fails with the reason "cancelled".`,
      );
    },
  );
});
