import { definitionOf, statesOf } from '../../__testUtils__/definitions';
import { clearSelection } from './clear';
import { isWorkOver, mainOutcome } from './finally';
import { markSelection } from './mark';
import { decideRunState, planTasks } from './plan';
import type { TaskState } from '../pipeline/states';

/** a → b, then notify; then archive. */
const definition = definitionOf([
  { id: 'a' },
  { id: 'b', after: ['a'] },
  { id: 'notify', finally: true },
  { id: 'archive', finally: true, after: ['notify'], triggerRule: 'all_done' },
]);
const planned = (
  states: Record<string, TaskState>,
  options: Parameters<typeof planTasks>[2] = {},
) =>
  planTasks(definition, statesOf(definition, states), options).map(
    ({ no, to }) => `${definition.tasks[no].id} ${to}`,
  );

describe('when a task of finally starts', () => {
  it.each<[TaskState, TaskState, string[]]>([
    ['none', 'none', ['a scheduled']],
    ['running', 'none', []],
    ['success', 'running', []],
    ['success', 'up_for_retry', []],
    ['success', 'success', ['notify scheduled']],
    ['success', 'failed', ['notify scheduled']],
    ['failed', 'upstream_failed', ['notify scheduled']],
    ['failed', 'none', ['b upstream_failed', 'notify scheduled']],
    ['skipped', 'skipped', ['notify scheduled']],
  ])('a %s, b %s: %s', (a, b, expected) => {
    expect(planned({ a, b })).toStrictEqual(expected);
    expect(planned({ a, b }, { changed: [0, 1] })).toStrictEqual(expected);
  });

  it('is after those of finally that it depends on', () => {
    const over = { a: 'success', b: 'success' } as const;
    expect(planned({ ...over, notify: 'running' })).toStrictEqual([]);
    expect(
      planned({ ...over, notify: 'failed' }, { changed: [2] }),
    ).toStrictEqual(['archive scheduled']);
  });
});

describe('how the run ends', () => {
  it.each<[TaskState, TaskState, TaskState, string]>([
    // [b, notify, archive, run]
    ['success', 'success', 'success', 'success'],
    ['failed', 'success', 'success', 'failed: b'],
    ['success', 'failed', 'success', 'success'],
    ['success', 'success', 'failed', 'failed: archive'],
    ['success', 'failed', 'failed', 'failed: notify,archive'],
    ['failed', 'success', 'failed', 'failed: b,archive'],
    ['success', 'running', 'none', 'running'],
    ['success', 'none', 'none', 'running'],
  ])('b %s, notify %s, archive %s: %s', (b, notify, archive, expected) => {
    const decision = decideRunState(
      definition,
      statesOf(definition, { a: 'success', b, notify, archive }),
    );
    const failed =
      decision.state === 'failed' ? `: ${decision.failedTasks}` : '';
    expect(`${decision.state}${failed}`).toBe(expected);
  });

  it('is told to finally by the tasks before it alone', () => {
    const outcome = (b: TaskState) =>
      mainOutcome(
        definition,
        statesOf(definition, { a: 'success', b, notify: 'failed' }),
      );
    expect(outcome('success')).toStrictEqual({
      state: 'success',
      failedTasks: [],
    });
    expect(outcome('failed')).toStrictEqual({
      state: 'failed',
      failedTasks: ['b'],
    });
  });
});

describe('finally again', () => {
  const over = statesOf(definition, {
    a: 'success',
    b: 'failed',
    notify: 'success',
    archive: 'success',
  });
  const ids = (nos: number[]) => nos.map(no => definition.tasks[no].id);

  it.each<[string, Parameters<typeof clearSelection>[2], string[]]>([
    [
      'after any task that is cleared',
      { taskIds: ['b'] },
      ['b', 'notify', 'archive'],
    ],
    ['after the failed ones', { onlyFailed: true }, ['b', 'notify', 'archive']],
    ['alone', { taskIds: ['archive'] }, ['archive']],
  ])('%s', (_what, options, expected) => {
    expect(ids(clearSelection(definition, over, options))).toStrictEqual(
      expected,
    );
  });

  it('when a mark lets other tasks run', () => {
    const states = statesOf(definition, {
      a: 'failed',
      b: 'upstream_failed',
      notify: 'success',
      archive: 'success',
    });
    expect(
      ids(
        markSelection(definition, states, {
          taskIds: ['a'],
          state: 'success',
        }).reset,
      ),
    ).toStrictEqual(['b', 'notify', 'archive']);
    expect(
      ids(
        markSelection(definition, over, { taskIds: ['b'], state: 'success' })
          .reset,
      ),
    ).toStrictEqual([]);
  });
});

/** a → b; then the callbacks of either outcome. */
const called = definitionOf([
  { id: 'a' },
  { id: 'b', after: ['a'] },
  { id: 'good', finally: true, callback: 'success' },
  { id: 'bad', finally: true, callback: 'failed' },
]);

describe('callbacks', () => {
  it.each<[TaskState, TaskState, boolean, string[]]>([
    // [a, b, the time of the run is over, changes]
    ['success', 'running', false, []],
    ['success', 'success', false, ['good scheduled', 'bad skipped']],
    ['success', 'skipped', false, ['good scheduled', 'bad skipped']],
    ['success', 'failed', false, ['good skipped', 'bad scheduled']],
    [
      'failed',
      'none',
      false,
      ['b upstream_failed', 'good skipped', 'bad scheduled'],
    ],
    ['success', 'skipped', true, ['good skipped', 'bad scheduled']],
    ['success', 'success', true, ['good skipped', 'bad scheduled']],
  ])('after a %s, b %s (%s): %s', (a, b, hasFailed, expected) => {
    const changes = planTasks(called, statesOf(called, { a, b }), {
      hasFailed,
    }).map(({ no, to }) => `${called.tasks[no].id} ${to}`);
    expect(changes).toStrictEqual(expected);
  });

  it.each<[TaskState, TaskState, TaskState, string, boolean]>([
    // [b, good, bad, run, whether the work is over and the run is not]
    ['success', 'success', 'skipped', 'success', false],
    ['success', 'failed', 'skipped', 'success', false],
    ['success', 'running', 'skipped', 'running', true],
    ['success', 'up_for_retry', 'skipped', 'running', true],
    ['success', 'none', 'none', 'running', false],
    ['running', 'none', 'none', 'running', false],
    ['failed', 'skipped', 'scheduled', 'running', true],
    ['failed', 'skipped', 'success', 'failed: b', false],
    ['failed', 'skipped', 'failed', 'failed: b', false],
  ])('b %s, good %s, bad %s: %s', (b, good, bad, expected, isOver) => {
    const states = statesOf(called, { a: 'success', b, good, bad });
    const decision = decideRunState(called, states);
    const failed =
      decision.state === 'failed' ? `: ${decision.failedTasks}` : '';
    expect(`${decision.state}${failed}`).toBe(expected);
    expect(isWorkOver(called, states)).toBe(isOver);
  });

  it('are no leaves, also where there are teardowns alone', () => {
    const only = definitionOf([
      { id: 's', setup: true },
      { id: 't', after: ['s'], teardown: { of: [0] } },
      { id: 'tell', finally: true, callback: 'success' },
    ]);
    expect(
      decideRunState(
        only,
        statesOf(only, { s: 'success', t: 'success', tell: 'failed' }),
      ),
    ).toStrictEqual({ state: 'success' });
  });

  it('are called again after any task that is cleared', () => {
    const over = statesOf(called, {
      a: 'success',
      b: 'failed',
      good: 'skipped',
      bad: 'success',
    });
    expect(clearSelection(called, over, { taskIds: ['b'] })).toStrictEqual([
      1, 2, 3,
    ]);
    expect(clearSelection(called, over, { taskIds: ['bad'] })).toStrictEqual([
      3,
    ]);
  });
});
