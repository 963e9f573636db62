import fc from 'fast-check';
import { definitionOf } from '../../__testUtils__/definitions';
import {
  countStates,
  instanceName,
  formatIndices,
  mappedState,
  parseIndices,
} from './mapping';
import { decideRunState, planTasks } from './plan';
import { TASK_STATES, type TaskState } from '../pipeline/states';
import { TRIGGER_RULES, type TriggerRule } from '../pipeline/triggerRules';

/** Short words of a table. */
const STATES: Record<string, TaskState> = {
  '-': 'none',
  c: 'scheduled',
  r: 'running',
  y: 'up_for_retry',
  s: 'success',
  f: 'failed',
  u: 'upstream_failed',
  k: 'skipped',
  x: 'removed',
};
const statesOf = (text: string) => [...text].map(letter => STATES[letter]);
const countsOf = (text: string) => countStates(statesOf(text));

describe('the state of a mapped task', () => {
  it.each<[instances: string, state: TaskState | undefined]>([
    ['', undefined],
    ['xx', undefined],
    ['ccc', 'running'],
    ['scs', 'running'],
    ['fcf', 'running'],
    ['yss', 'running'],
    ['-cs', 'running'],
    ['-ss', 'none'],
    ['--', 'none'],
    ['sss', 'success'],
    ['ssk', 'success'],
    ['kkk', 'skipped'],
    ['sfu', 'failed'],
    ['suk', 'upstream_failed'],
    ['sxx', 'success'],
    ['fxs', 'failed'],
  ])('of %s is %s', (instances, state) => {
    expect(mappedState(countsOf(instances))).toBe(state);
  });
});

// What comes below a mapped task whose own row is in the state beside it.
describe('trigger rules count the instances of a mapped upstream one by one', () => {
  const after = (rule: TriggerRule) =>
    definitionOf([
      { id: 'score', map: { over: 'params.list', maxItems: 1000 } },
      { id: 'next', after: ['score'], triggerRule: rule },
    ]);
  const planned = (rule: TriggerRule, own: TaskState, instances: string) =>
    planTasks(after(rule), [own, 'none', ...statesOf(instances)], {
      children: new Map([[0, countsOf(instances)]]),
    }).find(change => change.no === 1)?.to ?? 'waits';

  it.each<[TriggerRule, own: string, instances: string, next: string]>([
    ['all_success', '-', '', 'waits'],
    ['all_success', 'r', 'ssc', 'waits'],
    ['all_success', 's', 'sss', 'scheduled'],
    ['all_success', 'r', 'sfc', 'upstream_failed'],
    ['all_success', 'r', 'skc', 'skipped'],
    ['all_success', 's', 'ssx', 'scheduled'],
    ['all_success', 'k', '', 'skipped'],
    ['all_success', 'f', '', 'upstream_failed'],
    ['all_done', 'r', 'sfr', 'waits'],
    ['all_done', 'f', 'sfk', 'scheduled'],
    ['all_done', 'k', '', 'scheduled'],
    ['one_failed', 'r', 'fcc', 'scheduled'],
    ['one_failed', 'r', 'ssc', 'waits'],
    ['one_failed', 's', 'sss', 'skipped'],
    ['one_success', 'r', 'scc', 'scheduled'],
    ['one_success', 'f', 'ff', 'upstream_failed'],
    ['one_done', 'r', 'fcc', 'scheduled'],
    ['none_failed', 's', 'sks', 'scheduled'],
    ['none_failed', 'k', '', 'scheduled'],
    ['none_failed_min_one_success', 'k', 'kk', 'skipped'],
    ['none_failed_min_one_success', 's', 'ks', 'scheduled'],
    ['none_skipped', 'r', 'kcc', 'skipped'],
    ['none_skipped', 'f', 'sf', 'scheduled'],
    ['all_failed', 'f', 'ff', 'scheduled'],
    ['all_failed', 'r', 'sff', 'skipped'],
    ['all_skipped', 'k', '', 'scheduled'],
    ['always', '-', '', 'scheduled'],
    // One was cleared: it counts as not over.
    ['all_success', '-', 's-s', 'waits'],
  ])('%s below %s [%s]: %s', (rule, own, instances, next) => {
    expect(planned(rule, STATES[own], instances)).toBe(next);
  });

  it('as if each were a task of its own', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...TASK_STATES), { minLength: 1 }),
        fc.constantFrom(...TRIGGER_RULES),
        (instances, rule) => {
          fc.pre(instances.some(state => state !== 'removed'));
          const counts = countStates(instances);
          const mapped = planTasks(
            after(rule),
            [mappedState(counts)!, 'none'],
            { children: new Map([[0, counts]]), changed: [0] },
          ).find(change => change.no === 1);
          const ids = instances.map((_, i) => `i${i}`);
          const plain = definitionOf([
            ...ids.map(id => ({ id })),
            { id: 'next', after: ids, triggerRule: rule },
          ]);
          const single = planTasks(plain, [...instances, 'none'], {
            changed: [instances.length],
          }).find(change => change.no === instances.length);
          expect(mapped?.to).toBe(single?.to);
        },
      ),
    );
  });

  it('and a run is over when all of them are', () => {
    const decide = (instances: string) =>
      decideRunState(
        definitionOf([
          { id: 'score', map: { over: 'params.list', maxItems: 1000 } },
        ]),
        [mappedState(countsOf(instances))!, ...statesOf(instances)],
        { children: new Map([[0, countsOf(instances)]]) },
      );
    expect(decide('sfc').state).toBe('running');
    expect(decide('sks').state).toBe('success');
    expect(decide('sfs')).toStrictEqual({
      state: 'failed',
      failedTasks: ['score'],
    });
  });
});

it.each<[number, string]>([
  [-1, 'score'],
  [0, 'score[0]'],
  [12, 'score[12]'],
])('index %d of a task is called %s', (index, name) => {
  expect(instanceName('score', index)).toBe(name);
});

describe('indices as text', () => {
  it.each<[number[], string]>([
    [[], ''],
    [[3], '3'],
    [[0, 1, 2], '0-2'],
    [[0, 1, 3, 7, 8], '0-1,3,7-8'],
  ])('%j is "%s"', (indices, text) => {
    expect(formatIndices(indices)).toBe(text);
    expect(text ? parseIndices(text) : []).toStrictEqual(indices);
  });

  it.each([
    '',
    'a',
    '3-1',
    '-1',
    '1,,2',
    '0-10000',
    '10000',
    '1e3',
    '0-9999,5',
  ])('refuses "%s"', text => expect(parseIndices(text)).toBeUndefined());

  it('goes there and back', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 9999 }), { minLength: 1 }),
        list => {
          const indices = list.sort((a, b) => a - b);
          expect(parseIndices(formatIndices(indices))).toStrictEqual(indices);
        },
      ),
    );
  });
});
