import {
  definitionOf,
  graphOf,
  nos,
  statesOf,
  type TaskSketch,
} from '../../__testUtils__/definitions';
import { countStates } from './mapping';
import { branchDecision, decideRunState, planTasks } from './plan';
import type { ChildCounts } from './mapping';
import type { TaskState } from '../pipeline/states';

describe('why a task starts, or never will', () => {
  const four = ['a', 'b', 'c', 'd'];
  const join = (rest: Partial<TaskSketch>): TaskSketch[] => [
    ...four.map(id => ({ id })),
    { id: 'join', after: four, ...rest },
  ];
  const all = (state: TaskState) =>
    Object.fromEntries(four.map(id => [id, state]));

  it.each<[string, TaskSketch[], Record<string, TaskState>, string]>([
    ['nothing is above it', [{ id: 'join' }], {}, 'it depends on no task'],
    [
      'nothing is above it in finally',
      [{ id: 'a' }, { id: 'join', finally: true }],
      { a: 'failed' },
      'everything before it is over',
    ],
    [
      'its rule holds',
      join({ triggerRule: 'one_failed' }),
      { a: 'failed' },
      'trigger rule one_failed holds',
    ],
    [
      'three of those that failed are named',
      join({}),
      all('failed'),
      'trigger rule all_success cannot hold: a failed, b failed, c failed',
    ],
    [
      'of those that skip it, what succeeded too',
      join({ triggerRule: 'all_failed' }),
      { a: 'failed', b: 'success', c: 'skipped' },
      'trigger rule all_failed cannot hold: b success, c skipped',
    ],
    [
      'what failed is not named where only a skip decides',
      join({ triggerRule: 'none_skipped' }),
      { a: 'failed', d: 'skipped' },
      'trigger rule none_skipped cannot hold: d skipped',
    ],
    [
      'three of the setups that failed far above it',
      [
        ...four.map(id => ({ id, setup: true as const })),
        { id: 'between', after: four, triggerRule: 'always' },
        { id: 'join', after: ['between'] },
      ],
      { ...all('failed'), between: 'success' },
      'what it works with was not set up: a failed, b failed, c failed',
    ],
  ])('%s', (_, sketches, states, reason) => {
    const definition = definitionOf(sketches);
    const [no] = nos(definition, 'join');
    const change = planTasks(definition, statesOf(definition, states)).find(
      one => one.no === no,
    );
    expect(change?.reason).toBe(reason);
  });

  it.each<[TaskState[], string]>([
    [['failed', 'success', 'failed'], '2 of 3 of a failed'],
    [
      ['upstream_failed', 'failed', 'removed'],
      '1 of 2 of a failed, 1 of 2 of a upstream_failed',
    ],
    // Without instances it counts as one.
    [['removed'], 'a failed'],
  ])('of instances %j: %s', (instances, names) => {
    const definition = graphOf('a -> b');
    const children: ChildCounts = new Map([[0, countStates(instances)]]);
    const [{ reason }] = planTasks(
      definition,
      statesOf(definition, { a: 'failed' }),
      { children },
    );
    expect(reason).toBe(`trigger rule all_success cannot hold: ${names}`);
  });
});

describe('what is looked at', () => {
  it('what a branch did not follow, also when nothing else changed', () => {
    const definition = definitionOf([
      { id: 'gate', branch: { if: 'true', then: [1], else: [2] } },
      { id: 'yes', after: ['gate'] },
      { id: 'no', after: ['gate'] },
    ]);
    const states = statesOf(definition, { gate: 'success', yes: 'running' });
    expect(
      planTasks(definition, states, {
        changed: [],
        branchSkipped: new Set([2]),
      }),
    ).toStrictEqual([
      {
        no: 2,
        from: 'none',
        to: 'skipped',
        reason: 'a branch did not follow it',
      },
    ]);
  });

  // The group of the first task is over a step before that of the others, and
  // what is below both is looked at between the two.
  it('what is below two groups, when the second is over too', () => {
    const definition = definitionOf(
      [
        { id: 'first' },
        { id: 'a', after: ['first'], group: 0 },
        { id: 'b', after: ['a'], group: 1 },
        { id: 'below', after: ['a', 'b'], triggerRule: 'all_done' },
        { id: 'c', after: ['b'], group: 1 },
      ],
      {
        groups: [0, 1].map(no => ({
          no,
          id: `g${no}`,
          retries: 1,
          retryDelayMs: 1,
        })),
      },
    );
    const changes = planTasks(
      definition,
      statesOf(definition, { first: 'failed' }),
    );
    expect(
      changes.map(({ no, to }) => `${definition.tasks[no].id} ${to}`),
    ).toStrictEqual([
      'a upstream_failed',
      'b upstream_failed',
      'c upstream_failed',
      'below scheduled',
    ]);
  });

  it('what is below a group that was seen before it was over', () => {
    const definition = definitionOf(
      [
        { id: 'first' },
        { id: 'there', group: 0 },
        { id: 'below', after: ['there'] },
        { id: 'last', after: ['first'], group: 0 },
      ],
      {
        groups: [{ no: 0, id: 'g', retries: 1, retryDelayMs: 1 }],
      },
    );
    const changes = planTasks(
      definition,
      statesOf(definition, { first: 'failed', there: 'success' }),
    );
    expect(
      changes.map(({ no, to }) => `${definition.tasks[no].id} ${to}`),
    ).toStrictEqual(['last upstream_failed', 'below scheduled']);
  });

  it('as many states as there are tasks, and more', () => {
    const definition = graphOf('a -> b');
    expect(() => planTasks(definition, ['none'])).toThrow(
      'Pipeline "example" has 2 tasks, got 1 states',
    );
    expect(planTasks(definition, ['running', 'none', 'none'])).toStrictEqual(
      [],
    );
  });
});

it('names the number where a branch is asked of a task that does not exist', () => {
  expect(() => branchDecision(graphOf('a'), 7, true)).toThrow(
    'Task "7" of pipeline "example" is not a branch',
  );
});

describe('how a run ends', () => {
  const definition = graphOf('a -> b');

  it('names the leaf where nothing above it failed any more', () => {
    expect(
      decideRunState(
        definition,
        statesOf(definition, { a: 'success', b: 'upstream_failed' }),
      ),
    ).toStrictEqual({ state: 'failed', failedTasks: ['b'] });
  });

  it('is asked with as many states as there are tasks', () => {
    expect(() => decideRunState(definition, ['none'])).toThrow(
      'Pipeline "example" has 2 tasks, got 1 states',
    );
  });

  it('goes on while the run before holds a task back', () => {
    const states = statesOf(definition, { a: 'success' });
    expect(
      decideRunState(definition, states, { heldByPast: new Set([1]) }),
    ).toStrictEqual({ state: 'running' });
  });
});
