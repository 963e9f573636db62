import {
  namedBy,
  problemsIn,
  run,
  saidOf,
  type Loose,
  type Mistake,
} from '../__testUtils__/entity';

it.each<Mistake>([
  [
    'an unknown key',
    { tasks: [{ id: 'a', run, dependson: [] }] },
    'spec.tasks[0].dependson',
    'did you mean "dependsOn"?',
    'one of id, title',
  ],
  [
    'a missing key',
    { owner: undefined },
    'spec.owner',
    '"owner" is missing',
    'a text',
  ],
  [
    'a wrong type',
    { tasks: [{ id: 'a', run, retries: 'two' }] },
    'spec.tasks[0].retries',
    'is "two"',
    'a number',
  ],
  [
    'a fraction',
    { tasks: [{ id: 'a', run, retries: 1.5 }] },
    'spec.tasks[0].retries',
    'is 1.5',
    'a whole number',
  ],
  [
    'too small',
    { tasks: [{ id: 'a', run, retries: -1 }] },
    'spec.tasks[0].retries',
    'is -1',
    'at least 0',
  ],
  [
    'no tasks',
    { tasks: [] },
    'spec.tasks',
    'is a list of 0',
    'at least 1 items',
  ],
  ['a bad duration', { sla: '2h' }, 'spec.sla', 'is "2h"', 'ISO 8601 duration'],
  [
    'no time at all',
    { sla: 'PT0S' },
    'spec.sla',
    'no time at all',
    'more than zero',
  ],
  [
    'an unknown rule',
    { tasks: [{ id: 'a', run, triggerRule: 'all_succes' }] },
    'spec.tasks[0].triggerRule',
    'did you mean "all_success"?',
    'one of all_success',
  ],
  [
    'a bad id',
    { tasks: [{ id: 'a b', run }] },
    'spec.tasks[0].id',
    'is "a b"',
    'letters, digits',
  ],
  [
    'a bad environment name',
    { tasks: [{ id: 'a', run: { ...run, env: { 'A-B': '1' } } }] },
    'spec.tasks[0].run.env.A-B',
    'is not a name',
    'letters, digits and "_"',
  ],
  [
    'a number in the environment',
    { tasks: [{ id: 'a', run: { ...run, env: { A: 1 } } }] },
    'spec.tasks[0].run.env.A',
    'is 1 (number)',
    'a text',
  ],
  [
    'a weight that is none',
    { tasks: [{ id: 'a', run, weightRule: 'up' }] },
    'spec.tasks[0].weightRule',
    'is "up"',
    'one of absolute',
  ],
])('finds %s', (...row) => {
  expect(problemsIn(row)).toStrictEqual([namedBy(row)]);
});

const long = 'x'.repeat(61);

it.each<[string, Loose, string]>([
  // [what, spec, what is said of it]
  [
    'an empty owner',
    { owner: '' },
    '.owner: is "" (expected at least 1 characters)',
  ],
  [
    'a long type',
    { type: 'x'.repeat(101) },
    `.type: is "${'x'.repeat(60)}…" (expected at most 100 characters)`,
  ],
  [
    'a text of sixty characters',
    { sla: 'x'.repeat(60) },
    `.sla: is "${'x'.repeat(60)}" (`,
  ],
  [
    'a text of more, in short',
    { sla: long },
    `.sla: is "${'x'.repeat(60)}…" (`,
  ],
  [
    'too many runs',
    { maxActiveRuns: 10_001 },
    '.maxActiveRuns: is 10001 (number) (expected at most 10000)',
  ],
  [
    'an owner that is empty',
    { owner: null },
    '.owner: is empty (null) (expected a text)',
  ],
  [
    'an owner that is an object',
    { owner: {} },
    '.owner: is an object (expected a text)',
  ],
  [
    'an owner that is a list',
    { owner: ['a', 'b'] },
    '.owner: is a list of 2 (expected a text)',
  ],
  [
    'a bool',
    { tasks: [{ id: 'a', run, setup: 'yes' }] },
    '.tasks[0].setup: is "yes" (expected a boolean)',
  ],
  [
    'a rule that is a number',
    { overlap: 5 },
    '.overlap: is 5 (number) (expected one of queue, skip, cancel_older)',
  ],
  [
    'a rule that is a slip',
    { overlap: 'skpi' },
    '.overlap: is "skpi"; did you mean "skip"? (expected one of queue, skip, cancel_older)',
  ],
  [
    'a cache of false',
    { tasks: [{ id: 'a', run, cache: false }] },
    '.tasks[0].cache: is false (boolean) (expected true, or an object such as {ttl: P7D})',
  ],
  [
    'an empty cache',
    { tasks: [{ id: 'a', run, cache: null }] },
    '.tasks[0].cache: is empty (null) (expected true, or an object such as {ttl: P7D})',
  ],
  [
    'a bad cache',
    { tasks: [{ id: 'a', run, cache: { ttl: 'x' } }] },
    '.tasks[0].cache.ttl: is "x" (expected an ISO 8601 duration',
  ],
  [
    'a cache with a slip',
    { tasks: [{ id: 'a', run, cache: { tll: 'P1D' } }] },
    '.tasks[0].cache.tll: There is no "tll" here; did you mean "ttl"? (expected one of key, ttl, version, sources)',
  ],
  [
    'an empty schedule',
    { schedule: null },
    ".schedule: is empty (null) (expected an object such as {cron: '0 4 * * 0'}, or a list of such)",
  ],
  [
    'a schedule in a list that is none',
    { schedule: [5] },
    '.schedule[0]: is 5 (number) (expected an object)',
  ],
  [
    'a limit without a number',
    { retention: { runs: {} } },
    '.retention.runs: give maxAge, maxCount or both',
  ],
  [
    'a key that nothing has',
    { retention: { run: {} } },
    '.retention.run: There is no "run" here; did you mean "runs"? (expected one of runs, logs, artifacts)',
  ],
  [
    'a header that is none',
    {
      tasks: [{ id: 'a', http: { url: 'https://x', headers: { 'a b': 'c' } } }],
    },
    '.tasks[0].http.headers["a b"]: "a b" is not a name that can be used here',
  ],
])('says of %s', (_, spec, said) => {
  expect(saidOf(spec)).toStrictEqual([expect.stringContaining(`spec${said}`)]);
});
