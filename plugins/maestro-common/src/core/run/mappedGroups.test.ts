import fc from 'fast-check';
import { ask } from '../../__testUtils__/why';
import { definitionOf, type TaskSketch } from '../../__testUtils__/definitions';
import { clearSelection, type ClearOptions } from './clear';
import type {
  GroupDefinition,
  PipelineDefinition,
} from '../pipeline/definition';
import { countStates, instanceName } from './mapping';
import { mappedGroupsBelow } from './mappedGroups';
import { planInstances, planTasks } from './plan';
import { TASK_STATES, type TaskState } from '../pipeline/states';
import { TRIGGER_RULES } from '../pipeline/triggerRules';

const GROUP = 0;
const lanes = (from: number[] = [0]): GroupDefinition[] => [
  {
    no: GROUP,
    id: 'lanes',
    retries: 0,
    retryDelayMs: 0,
    map: { over: 'params.list', maxItems: 100, from },
  },
];
const member = (
  id: string,
  after: string[],
  rest: object = {},
): TaskSketch => ({
  id,
  after,
  group: GROUP,
  map: { maxItems: 100 },
  ...rest,
});

/** list → [a → b] → end, and `beside`, which b also waits for. */
const definition = definitionOf(
  [
    { id: 'list' },
    { id: 'beside' },
    member('a', ['list']),
    member('b', ['a', 'beside']),
    { id: 'end', after: ['b'] },
  ],
  { groups: lanes() },
);

const STATES: Record<string, TaskState> = {
  '-': 'none',
  c: 'scheduled',
  r: 'running',
  s: 'success',
  f: 'failed',
  u: 'upstream_failed',
  k: 'skipped',
  x: 'removed',
};
/** Slots of instances behind those of the tasks. */
function world(
  of: PipelineDefinition,
  tasks: string,
  instances: Record<string, string>,
) {
  const states = [...tasks].map(letter => STATES[letter]);
  const slots = new Map<number, number[]>();
  for (const [id, letters] of Object.entries(instances)) {
    const no = of.tasks.findIndex(task => task.id === id);
    slots.set(
      no,
      [...letters].map(letter => states.push(STATES[letter]) - 1),
    );
  }
  const children = new Map(
    [...slots].map(([no, own]) => [
      no,
      countStates(own.map(slot => states[slot])),
    ]),
  );
  return { states, slots, children };
}

describe('the tasks of a mapped group before there is a list', () => {
  it.each<[what: string, tasks: string, next: Record<string, TaskState>]>([
    ['wait for what makes it', 'r----', {}],
    ['are ready with it', 's----', { a: 'scheduled', b: 'scheduled' }],
    [
      'have none when it failed',
      'f----',
      { a: 'upstream_failed', b: 'upstream_failed', end: 'upstream_failed' },
    ],
    [
      'have none when it was skipped',
      'k----',
      { a: 'skipped', b: 'skipped', end: 'skipped' },
    ],
  ])('%s', (_what, tasks, next) => {
    const { states } = world(definition, tasks, {});
    const changes = planTasks(definition, states, { changed: [0] });
    expect(
      Object.fromEntries(
        changes.map(({ no, to }) => [definition.tasks[no].id, to]),
      ),
    ).toEqual(next);
  });

  it('wait as long as something of an earlier list runs', () => {
    const { states, children } = world(definition, 's--r-', { b: 'r' });
    expect(
      planTasks(definition, states, {
        children,
        leavingGroups: new Set([GROUP]),
      }),
    ).toEqual([
      { no: 1, from: 'none', to: 'scheduled', reason: expect.anything() },
    ]);
  });
});

describe('an instance of a mapped group', () => {
  it.each<
    [
      what: string,
      tasks: string,
      a: string,
      b: string,
      next: Record<string, TaskState>,
    ]
  >([
    [
      'starts by itself',
      'ss---',
      '--',
      '--',
      { 'a[0]': 'scheduled', 'a[1]': 'scheduled' },
    ],
    ['follows that of its index', 'ss---', 'sr', '--', { 'b[0]': 'scheduled' }],
    ['waits for what is outside', 'sr---', 'ss', '--', {}],
    [
      'fails with that of its index',
      'ss---',
      'fs',
      '--',
      { 'b[0]': 'upstream_failed', 'b[1]': 'scheduled' },
    ],
    ['is skipped with it', 'ss---', 'ks', 'xx', {}],
  ])('%s', (_what, tasks, a, b, next) => {
    const { states, slots, children } = world(definition, tasks, { a, b });
    const changes = planInstances(
      definition,
      states,
      { group: GROUP, slots },
      { children },
    );
    expect(
      Object.fromEntries(
        changes.map(({ no, index, to }) => [
          instanceName(definition.tasks[no].id, index),
          to,
        ]),
      ),
    ).toEqual(next);
  });

  it('is skipped where a branch left it out, and what follows there with it', () => {
    const { states, slots, children } = world(definition, 'ss---', {
      a: '--',
      b: '--',
    });
    const changes = planInstances(
      definition,
      states,
      { group: GROUP, slots },
      { children, skippedAt: new Map([[1, new Set([2])]]) },
    );
    expect(changes.map(({ index, no, to }) => [index, no, to])).toEqual([
      [0, 2, 'scheduled'],
      [1, 2, 'skipped'],
      [1, 3, 'skipped'],
    ]);
  });

  it('is planned as if each index were tasks of its own', () => {
    const state = fc.constantFrom(
      ...TASK_STATES.filter(each => each !== 'removed'),
    );
    const pair = fc.tuple(state, state);
    fc.assert(
      fc.property(
        fc.array(pair, { minLength: 1, maxLength: 4 }),
        state,
        fc.constantFrom(...TRIGGER_RULES),
        fc.constantFrom(...TRIGGER_RULES),
        (instances, beside, ruleA, ruleB) => {
          const mapped = definitionOf(
            [
              { id: 'beside' },
              member('a', ['beside'], { triggerRule: ruleA }),
              member('b', ['a', 'beside'], { triggerRule: ruleB }),
            ],
            { groups: lanes([]) },
          );
          const states: TaskState[] = [beside, 'running', 'running'];
          const slots = new Map([
            [1, instances.map(([own]) => states.push(own) - 1)],
            [2, instances.map(([, own]) => states.push(own) - 1)],
          ]);
          const changes = planInstances(mapped, states, {
            group: GROUP,
            slots,
          }).map(({ no, index, to }) => `${'_ab'[no]}${index} ${to}`);
          const plain = definitionOf([
            { id: 'beside' },
            ...instances.flatMap((_, i) => [
              { id: `a${i}`, after: ['beside'], triggerRule: ruleA },
              { id: `b${i}`, after: [`a${i}`, 'beside'], triggerRule: ruleB },
            ]),
          ]);
          const single = planTasks(plain, [beside, ...instances.flat()])
            .filter(({ no }) => no > 0)
            .map(({ no, to }) => `${plain.tasks[no].id} ${to}`);
          expect(changes.sort()).toEqual(single.sort());
        },
      ),
    );
  });
});

it('is looked at when something outside changes that it looks at', () => {
  expect(
    definition.tasks.map(({ no }) => mappedGroupsBelow(definition, no)),
  ).toEqual([[GROUP], [GROUP], [], [], []]);
});

describe('a clear in a mapped group', () => {
  const { states, slots } = world(definition, 'sssss', { a: 'sss', b: 'sfs' });
  const name = (slot: number, { tasks } = definition, own = slots) => {
    for (const [no, instances] of own) {
      const index = instances.indexOf(slot);
      if (index >= 0) return instanceName(tasks[no].id, index);
    }
    return tasks[slot].id;
  };
  it.each<[what: string, ClearOptions, cleared: string[]]>([
    ['of all makes the list anew', { groupIds: ['lanes'] }, ['a', 'b']],
    [
      'of what makes the list, with all below',
      { taskIds: ['list'], downstream: true },
      ['list', 'a', 'b', 'end'],
    ],
    ['of one task keeps it', { taskIds: ['b'] }, ['b[0]', 'b[1]', 'b[2]']],
    [
      'of one index goes down at that index',
      { taskIds: ['a'], mapIndices: [1], downstream: true },
      ['end', 'a[1]', 'b[1]'],
    ],
    [
      'of one index goes up at that index, and outside',
      { taskIds: ['b'], mapIndices: [2], upstream: true },
      ['list', 'beside', 'a[2]', 'b[2]'],
    ],
    ['of what failed', { onlyFailed: true }, ['b[1]']],
    ['from what failed', { fromFailed: true }, ['end', 'b[1]']],
  ])('%s', (_what, options, cleared) => {
    expect(
      clearSelection(definition, states, options, slots).map(slot =>
        name(slot),
      ),
    ).toEqual(cleared);
  });

  it.each<[what: string, options: ClearOptions, cleared: string[]]>([
    [
      'below one index',
      { taskIds: ['a'], mapIndices: [1], downstream: true },
      ['merge', 'a[1]', 'b[1]', 'c[0]', 'c[1]', 'c[2]'],
    ],
    [
      'above one index',
      { taskIds: ['c'], mapIndices: [1], upstream: true },
      ['list', 'merge', 'a[0]', 'a[1]', 'a[2]', 'b[1]', 'c[1]'],
    ],
    [
      'below an index that failed',
      { fromFailed: true },
      ['merge', 'a[1]', 'b[1]', 'c[0]', 'c[1]', 'c[2]'],
    ],
  ])(
    'of what comes %s behind a task outside takes all indices, since that one saw all',
    (_what, options, cleared) => {
      /** list → [a → b → c], and a → merge → c outside of the group. */
      const around = definitionOf(
        [
          { id: 'list' },
          { id: 'merge', after: ['a'] },
          member('a', ['list']),
          member('b', ['a']),
          member('c', ['b', 'merge']),
        ],
        { groups: lanes() },
      );
      const then = world(around, 'sssss', { a: 'sfs', b: 'sus', c: 'sus' });
      expect(
        clearSelection(around, then.states, options, then.slots).map(slot =>
          name(slot, around, then.slots),
        ),
      ).toEqual(cleared);
    },
  );

  it('as a whole takes instances along that have not begun', () => {
    const open = world(definition, 'ss---', { a: 'ss', b: '--' });
    expect(
      clearSelection(
        definition,
        open.states,
        { groupIds: ['lanes'] },
        open.slots,
      ),
    ).toEqual([2, 3]);
  });
});

describe('why a task of a mapped group does not run', () => {
  it('names what makes its list', () => {
    const [cause] = ask('b', { list: 'running' }, { definition });
    expect(cause).toMatchObject({ code: 'map_source', names: ['list'] });
    expect(cause.message).toContain('whose list "list" makes');
  });

  it('names what still runs of its earlier list', () => {
    const [cause] = ask(
      'a',
      { list: 'success', b: 'running' },
      { definition, children: new Map([[3, countStates(['running'])]]) },
    );
    expect(cause).toMatchObject({ code: 'map_source', names: ['b'] });
    expect(cause.message).toContain('made anew');
  });

  it('names the instance of its own index', () => {
    const [cause] = ask(
      'b',
      { list: 'success', beside: 'success', a: 'running' },
      { definition, mapIndex: 1, children: new Map() },
    );
    expect(cause).toMatchObject({ code: 'upstream_running', names: ['a'] });
    expect(cause.message).toBe('Task "b[1]" waits for "a[1]".');
  });
});
