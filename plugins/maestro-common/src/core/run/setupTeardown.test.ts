import { definitionOf, nos, statesOf } from '../../__testUtils__/definitions';
import type { PipelineDefinition } from '../pipeline/definition';
import { clearSelection } from './clear';
import { branchDecision, decideRunState, planTasks } from './plan';
import type { TaskState } from '../pipeline/states';

/** create (setup) → work → load → drop (teardown of create). */
const cluster = (
  teardown: Partial<PipelineDefinition['tasks'][number]['teardown']> = {},
  load: Partial<PipelineDefinition['tasks'][number]> = {},
) =>
  definitionOf([
    { id: 'create', setup: true },
    { id: 'work', after: ['create'] },
    { id: 'load', after: ['work'], ...load },
    {
      id: 'drop',
      after: ['create', 'load'],
      triggerRule: 'all_done_setup_success',
      teardown: { of: [0], ...teardown },
    },
  ]);

const planned = (
  definition: PipelineDefinition,
  states: Record<string, TaskState>,
) =>
  Object.fromEntries(
    planTasks(definition, statesOf(definition, states)).map(({ no, to }) => [
      definition.tasks[no].id,
      to,
    ]),
  );

describe('when a teardown runs', () => {
  it.each<[TaskState, TaskState, TaskState, string]>([
    // [setup, work, load, teardown]
    ['success', 'success', 'success', 'scheduled'],
    ['success', 'failed', 'upstream_failed', 'scheduled'],
    ['success', 'success', 'failed', 'scheduled'],
    ['success', 'skipped', 'skipped', 'scheduled'],
    ['success', 'success', 'running', 'waits'],
    ['success', 'success', 'up_for_retry', 'waits'],
    ['failed', 'upstream_failed', 'upstream_failed', 'upstream_failed'],
    [
      'upstream_failed',
      'upstream_failed',
      'upstream_failed',
      'upstream_failed',
    ],
    ['skipped', 'skipped', 'skipped', 'skipped'],
    ['running', 'none', 'none', 'waits'],
    ['success', 'removed', 'removed', 'scheduled'],
  ])('setup %s, work %s, load %s: %s', (create, work, load, expected) => {
    expect(planned(cluster(), { create, work, load }).drop ?? 'waits').toBe(
      expected,
    );
  });

  it('with several setups, when one of them succeeded', () => {
    const definition = definitionOf([
      { id: 'a', setup: true },
      { id: 'b', setup: true },
      {
        id: 'drop',
        after: ['a', 'b'],
        triggerRule: 'all_done_setup_success',
        teardown: { of: [0, 1] },
      },
    ]);
    const cases: Array<[TaskState, TaskState, string | undefined]> = [
      ['success', 'success', 'scheduled'],
      ['success', 'failed', 'scheduled'],
      ['success', 'skipped', 'scheduled'],
      ['failed', 'skipped', 'upstream_failed'],
      ['failed', 'failed', 'upstream_failed'],
      ['skipped', 'skipped', 'skipped'],
      ['success', 'running', undefined],
    ];
    for (const [a, b, expected] of cases) {
      expect({ a, b, drop: planned(definition, { a, b }).drop }).toStrictEqual({
        a,
        b,
        drop: expected,
      });
    }
  });

  it('is not skipped by a branch that does not follow it', () => {
    const definition = definitionOf([
      { id: 'create', setup: true },
      {
        id: 'choose',
        after: ['create'],
        branch: { if: 'true', then: [], else: [] },
      },
      {
        id: 'drop',
        after: ['create', 'choose'],
        triggerRule: 'all_done_setup_success',
        teardown: { of: [0] },
      },
    ]);
    expect(branchDecision(definition, 1, true)).toStrictEqual({
      followed: [2],
      skipped: [],
    });
  });
});

describe('tasks that work with a setup', () => {
  it.each<[TaskState, string]>([
    ['success', 'scheduled'],
    ['failed', 'upstream_failed'],
    ['upstream_failed', 'upstream_failed'],
    ['skipped', 'skipped'],
    ['running', 'waits'],
    ['up_for_retry', 'waits'],
    ['removed', 'scheduled'],
  ])('run only with it, whatever their rule: setup %s, %s', (create, load) => {
    const definition = cluster({}, { triggerRule: 'always' });
    expect(
      planned(definition, { create, work: 'success' }).load ?? 'waits',
    ).toBe(load);
  });

  it('are looked at when a setup far above them ends', () => {
    const definition = cluster({}, { triggerRule: 'always' });
    const states = statesOf(definition, { create: 'failed', work: 'success' });
    expect(planTasks(definition, states, { changed: [0] })).toStrictEqual([
      {
        no: 2,
        from: 'none',
        to: 'upstream_failed',
        reason: 'what it works with was not set up: create failed',
      },
      expect.objectContaining({ no: 3, to: 'upstream_failed' }),
    ]);
  });

  it('say that it was skipped', () => {
    const [change] = planTasks(cluster({}, { triggerRule: 'always' }), [
      'skipped',
      'success',
      'none',
      'running',
    ]);
    expect(change).toMatchObject({
      to: 'skipped',
      reason: 'what it works with was not set up: create skipped',
    });
  });

  it('by their rule where they stand directly below it', () => {
    const definition = definitionOf([
      { id: 'create', setup: true },
      { id: 'report', after: ['create'], triggerRule: 'all_done' },
    ]);
    expect(planned(definition, { create: 'failed' })).toStrictEqual({
      report: 'scheduled',
    });
  });

  it('are not those below what is no setup', () => {
    const definition = definitionOf([
      { id: 'create', setup: true },
      { id: 'work' },
      { id: 'clean', after: ['work'], triggerRule: 'all_done' },
      { id: 'next', after: ['clean'] },
    ]);
    expect(
      planned(definition, { work: 'failed', clean: 'success' }),
    ).toStrictEqual({ create: 'scheduled', next: 'scheduled' });
  });

  it('are not those below its teardown', () => {
    const definition = definitionOf([
      { id: 'create', setup: true },
      {
        id: 'drop',
        after: ['create'],
        triggerRule: 'all_done_setup_success',
        teardown: { of: [0] },
      },
      { id: 'after', after: ['drop'], triggerRule: 'all_done' },
    ]);
    expect(
      planned(definition, { create: 'failed', drop: 'upstream_failed' }),
    ).toStrictEqual({ after: 'scheduled' });
  });
});

describe('how a run with a teardown ends', () => {
  it.each<[TaskState, TaskState, boolean, string]>([
    // [load, drop, failsRun, run]
    ['success', 'success', false, 'success'],
    ['success', 'failed', false, 'success'],
    ['success', 'failed', true, 'failed: drop'],
    ['failed', 'success', false, 'failed: load'],
    ['failed', 'success', true, 'success'],
    ['failed', 'failed', true, 'failed: load,drop'],
    ['skipped', 'failed', false, 'success'],
  ])('load %s, drop %s, failsRun %s: %s', (load, drop, failsRun, expected) => {
    const definition = cluster(failsRun ? { failsRun: true } : {});
    const decision = decideRunState(
      definition,
      statesOf(definition, { create: 'success', work: 'success', load, drop }),
    );
    const failed =
      decision.state === 'failed' ? `: ${decision.failedTasks}` : '';
    expect(`${decision.state}${failed}`).toBe(expected);
  });

  it('with nothing but teardowns, they decide', () => {
    const definition = definitionOf([{ id: 'drop', teardown: { of: [] } }]);
    expect(decideRunState(definition, ['failed']).state).toBe('failed');
  });
});

describe('what a clear takes along', () => {
  const definition = definitionOf([
    { id: 'outer', setup: true },
    { id: 'create', setup: true, after: ['outer'] },
    { id: 'work', after: ['create'] },
    { id: 'load', after: ['work'] },
    {
      id: 'drop',
      after: ['create', 'load'],
      triggerRule: 'all_done_setup_success',
      teardown: { of: [1] },
    },
    { id: 'report', after: ['load'] },
  ]);
  const all = (state: TaskState) => definition.tasks.map(() => state);
  const cleared = (
    states: TaskState[],
    options: Parameters<typeof clearSelection>[2],
  ) =>
    clearSelection(definition, states, options).map(
      no => definition.tasks[no].id,
    );

  it.each<[string, string[], string[]]>([
    [
      'a task: its setups and their teardowns',
      ['work'],
      ['outer', 'create', 'work', 'drop'],
    ],
    ['a setup: its teardown', ['create'], ['create', 'drop']],
    ['a setup without teardown: nothing', ['outer'], ['outer']],
    ['a teardown: nothing', ['drop'], ['drop']],
    [
      'one below what is taken down: what has no teardown',
      ['report'],
      ['outer', 'report'],
    ],
  ])('%s', (_what, taskIds, expected) => {
    expect(cleared(all('success'), { taskIds })).toStrictEqual(expected);
  });

  it('also when only failed tasks are cleared', () => {
    const states = all('success');
    states[nos(definition, 'load')[0]] = 'failed';
    states[nos(definition, 'report')[0]] = 'upstream_failed';
    expect(cleared(states, { onlyFailed: true })).toStrictEqual([
      'outer',
      'create',
      'load',
      'drop',
      'report',
    ]);
  });

  it('nothing when nothing is cleared', () => {
    expect(cleared(all('success'), { onlyFailed: true })).toStrictEqual([]);
  });
});
