import { definitionOf, statesOf } from '../../__testUtils__/definitions';
import type { TaskSketch } from '../../__testUtils__/definitions';
import { leafOutcome } from './leaves';
import type { TaskState } from '../pipeline/states';

const teardown = (of: number) => ({ teardown: { of: [of] } });

/** Numbers say nothing about the order: the last stands first. */
const chain: TaskSketch[] = [
  { id: 'last', after: ['second', 'third'] },
  { id: 'third', after: ['second'] },
  { id: 'second', after: ['first'] },
  { id: 'first' },
];

it.each<
  [string, TaskSketch[], string[], Record<string, TaskState>, string, string]
>([
  [
    'all is well',
    chain,
    ['first', 'second', 'third', 'last'],
    { first: 'success', second: 'failed', third: 'failed', last: 'success' },
    '',
    '',
  ],
  [
    'the failed ones behind a leaf, by number',
    chain,
    ['first', 'second', 'third', 'last'],
    {
      first: 'failed',
      second: 'failed',
      third: 'failed',
      last: 'upstream_failed',
    },
    'last',
    'third, second, first',
  ],
  [
    'the failed ones by number, whatever the way to them',
    [
      { id: 'a' },
      { id: 'b', after: ['c'] },
      { id: 'c', after: ['a'] },
      { id: 'd', after: ['b'] },
    ],
    ['d', 'c', 'b', 'a'],
    { a: 'failed', b: 'failed', c: 'failed', d: 'failed' },
    'd',
    'a, b, c, d',
  ],
  [
    'what lies outside neither counts as a leaf nor as failed',
    chain,
    ['third', 'second'],
    {
      first: 'failed',
      second: 'upstream_failed',
      third: 'failed',
      last: 'failed',
    },
    'third',
    'third',
  ],
  [
    'several leaves, by number, whatever the order of the tasks in it',
    [{ id: 'a' }, { id: 'b' }, { id: 'c' }],
    ['c', 'a', 'b'],
    { a: 'failed', b: 'success', c: 'failed' },
    'a, c',
    'a, c',
  ],
  [
    'of nothing but teardowns the last one decides',
    [
      { id: 'setup', setup: true },
      { id: 'drop', after: ['setup'], ...teardown(0) },
      { id: 'wipe', after: ['drop'], ...teardown(0) },
      { id: 'outside', after: ['wipe'], ...teardown(0) },
    ],
    ['drop', 'wipe'],
    { drop: 'failed', wipe: 'success', outside: 'failed' },
    '',
    '',
  ],
  [
    'of nothing but teardowns, and the last one failed',
    [
      { id: 'setup', setup: true },
      { id: 'drop', after: ['setup'], ...teardown(0) },
      { id: 'wipe', after: ['drop'], ...teardown(0) },
    ],
    ['drop', 'wipe'],
    { drop: 'success', wipe: 'failed' },
    'wipe',
    'wipe',
  ],
])('%s', (...row) => {
  const [, sketches, within, states, bad, failed] = row;
  const definition = definitionOf(sketches);
  const numberOf = (id: string) =>
    definition.tasks.find(task => task.id === id)!.no;
  const all = statesOf(definition, states);
  const found = leafOutcome(
    definition,
    new Set(within.map(numberOf)),
    no => all[no],
  );
  const names = (nos: number[]) =>
    nos.map(no => definition.tasks[no].id).join(', ');
  expect([names(found.badLeaves), names(found.failed)]).toStrictEqual([
    bad,
    failed,
  ]);
});
