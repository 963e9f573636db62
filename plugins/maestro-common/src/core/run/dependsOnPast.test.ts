import { definitionOf, nos, statesOf } from '../../__testUtils__/definitions';
import { heldByPast, tasksOfPast } from './dependsOnPast';
import { decideRunState, planTasks } from './plan';
import { TASK_STATES, type TaskState } from '../pipeline/states';

const definition = definitionOf([
  { id: 'load', dependsOnPast: true },
  {
    id: 'check',
    after: ['load'],
    dependsOnPast: true,
    waitForDownstream: true,
  },
  { id: 'report', after: ['check'] },
  { id: 'other' },
]);

describe('dependsOnPast', () => {
  it.each<[TaskState, boolean]>(
    TASK_STATES.map(state => [
      state,
      !['success', 'skipped', 'removed'].includes(state),
    ]),
  )('the same task of the run before is %s: held %s', (state, held) => {
    const before = new Map([['load', [state]]]);
    expect(heldByPast(definition, before).has(0)).toBe(held);
  });

  it.each<[string, Record<string, TaskState[]>, string[]]>([
    ['no such task before', {}, []],
    [
      'all instances of a mapped one',
      { load: ['success', 'failed'] },
      ['load'],
    ],
    [
      'what is below, where it says so',
      { check: ['success'], report: ['running'] },
      ['check'],
    ],
    ['what is below is over', { check: ['success'], report: ['skipped'] }, []],
    [
      'what is below does not count for others',
      { load: ['success'], check: ['failed'] },
      ['check'],
    ],
    ['tasks that do not look back', { other: ['failed'] }, []],
  ])('%s', (_what, before, held) => {
    expect(
      heldByPast(definition, new Map(Object.entries(before))),
    ).toStrictEqual(new Set(nos(definition, ...held)));
  });

  it('names what has to wake the next run', () => {
    expect([...tasksOfPast(definition)].sort()).toStrictEqual([0, 1, 2]);
  });

  it('a held task stays where it is, and its run goes on', () => {
    const states = statesOf(definition, { other: 'success' });
    const options = { heldByPast: new Set([0]) };
    expect(planTasks(definition, states, options)).toStrictEqual([]);
    expect(decideRunState(definition, states, options)).toStrictEqual({
      state: 'running',
    });
    expect(planTasks(definition, states)).toHaveLength(1);
  });

  it('a held task that cannot run any more does not wait', () => {
    const states = statesOf(definition, { load: 'failed', other: 'success' });
    const options = { heldByPast: new Set([1]) };
    expect(planTasks(definition, states, options)[0]).toMatchObject({
      no: 1,
      to: 'upstream_failed',
    });
  });
});
