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
      expect(cancelEffect({ tasks: all })).toBe(
        `${text} The run fails with the reason "cancelled".`,
      );
    },
  );

  it('names what cleans up, unless it is ended too', () => {
    const run = {
      definition: {
        tasks: [
          { id: 'work' },
          { id: 'drop', teardown: { of: [] } },
          { id: 'tell', finally: true },
        ] as never,
      },
      tasks: [
        { taskId: 'work', state: 'running' },
        { taskId: 'drop', state: 'none' },
        { taskId: 'tell', state: 'none' },
      ] as TaskInstance[],
    };
    expect(cancelEffect(run)).toBe(
      'This ends 1 task that runs. What cleans up still runs (2 tasks of teardown and finally). The run fails with the reason "cancelled".',
    );
    expect(cancelEffect(run, true)).toBe(
      'This ends 1 task that runs and keeps 2 tasks from starting. The run fails all the same, and its reason stays.',
    );
  });

  it.each<[TaskState, TaskState, string]>([
    [
      'running',
      'none',
      'This ends 1 task that runs and keeps 1 task from starting. The run fails with the reason "cancelled".',
    ],
    [
      'success',
      'running',
      'This ends its callbacks: the work is over, and its outcome stands.',
    ],
  ])('knows callbacks: work %s, callback %s', (work, callback, text) => {
    expect(
      cancelEffect({
        definition: {
          tasks: [
            { id: 'work' },
            {
              id: 'dag:on_success_callback',
              finally: true,
              callback: 'success',
            },
          ] as never,
        },
        tasks: [
          { taskId: 'work', state: work },
          { taskId: 'dag:on_success_callback', state: callback },
        ] as TaskInstance[],
      }),
    ).toBe(text);
  });
});
