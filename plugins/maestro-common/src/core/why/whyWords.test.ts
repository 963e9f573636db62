import { definitionOf } from '../../__testUtils__/definitions';
import { ask, bounded, NOW, onAssets } from '../../__testUtils__/why';
import type { TaskState } from '../pipeline/states';
import { isWaitingKind, describeWait } from '../run/waits';
import type { AssetScheduleFacts } from './whyCause';

describe('what a schedule by assets waits for, in words', () => {
  const both = ['drift', 'labels'];
  it.each<[string, Partial<AssetScheduleFacts>, string]>([
    [
      'one of several, of which one had an event',
      { mode: 'any', names: both, missing: ['labels'] },
      'waits for an event of any of "drift" and "labels"; the last one was at 2025-01-05T12:00:00.000Z.',
    ],
    [
      'each of several, of which none had one',
      { mode: 'all', names: both, missing: both },
      'waits for an event of each of "drift" and "labels"; the last one was at 2025-01-05T12:00:00.000Z.',
    ],
    [
      'each of several, of which one had one',
      { mode: 'all', names: both, missing: ['drift'] },
      'waits for a new event of "drift"; "labels" had one.',
    ],
    [
      'conditions in others, of which none had one',
      {
        mode: 'all',
        names: both,
        missing: both,
        nested: 'events of drift and (labels or notes)',
      },
      'waits for events of drift and (labels or notes); the last one was at 2025-01-05T12:00:00.000Z.',
    ],
    [
      'conditions in others, of which one had one',
      {
        mode: 'all',
        names: both,
        missing: ['labels', 'notes'],
        nested: 'events of drift and (labels or notes)',
        waitingSince: NOW,
      },
      'waits for events of drift and (labels or notes); some had one, and it still needs "labels" and "notes".',
    ],
    [
      'one that never had one',
      { mode: 'all', names: ['x'], missing: ['x'] },
      'waits for an event of "x"; there was none yet.',
    ],
  ])('%s', (_, facts, words) => {
    const [cause] = ask(
      undefined,
      {},
      {
        run: undefined,
        assetSchedules: [onAssets(facts)],
        lastAssetEvents: { drift: NOW, labels: NOW - 1 },
      },
    );
    expect(cause.message).toBe(`Schedule "retrain" ${words}`);
  });
});

describe('why a run as a whole does not go on', () => {
  const codes = (...args: Parameters<typeof ask>) =>
    ask(...args).map(({ code }) => code);

  it.each(['success', 'failed'] as const)('when it is over: %s', state => {
    const run = { id: 'r1', state };
    expect(codes(undefined, { extract: 'running' }, { run })).toStrictEqual([
      'run_finished',
    ]);
    // Whatever this build does not know of it.
    expect(codes(undefined, {}, { run, unknownNeeds: ['x'] })).toStrictEqual([
      'run_finished',
    ]);
  });

  it('while it is being cancelled', () => {
    const run = {
      id: 'r1',
      state: 'running' as const,
      cancelling: { since: NOW },
    };
    expect(codes(undefined, { extract: 'running' }, { run })).toStrictEqual([
      'run_cancelling',
    ]);
  });

  it('when nothing of it waits', () => {
    expect(
      ask(undefined, {
        extract: 'success',
        train: 'success',
        evaluate: 'success',
      }),
    ).toStrictEqual([
      { code: 'running', message: 'The run is running.', names: ['r1'] },
    ]);
  });
});

it.each([
  ['run', false],
  ['branch', false],
  ['http', true],
  ['approve', true],
] as const)('a task of kind %s waits without a process: %s', (kind, waits) => {
  expect(isWaitingKind(kind as never)).toBe(waits);
});

it('says what was found without saying when, where that is not known', () => {
  expect(
    describeWait({
      kind: 'http',
      what: 'GET x',
      since: 0,
      looks: 1,
      answer: 'HTTP 503',
    }),
  ).toBe('GET x; the last look found: HTTP 503');
});

describe('a run that is queued', () => {
  const queued = (rest: Parameters<typeof ask>[2], at?: number) =>
    ask(
      undefined,
      {},
      { run: { id: 'r1', state: 'queued', queuedAt: at }, ...rest },
    );

  it.each<[number | undefined, string[]]>([
    [undefined, ['run_queued']],
    [NOW - 5_000, ['run_queued']],
    [NOW - 60_000, ['run_queued', 'scheduler_behind']],
  ])('since %s', (at, codes) => {
    expect(queued({}, at).map(({ code }) => code)).toStrictEqual(codes);
  });

  it.each<[string[] | undefined, number, string]>([
    [undefined, 1, '1 run is active and maxActiveRuns is 1.'],
    [[], 2, '2 runs are active and maxActiveRuns is 1.'],
    [['r0'], 1, '1 run is active and maxActiveRuns is 1: "r0".'],
  ])('behind %j', (holders, used, message) => {
    const [, cause] = queued({
      activeRuns: { name: 'example', used, slots: 1, holders },
    });
    expect([cause.message, cause.names]).toStrictEqual([
      message,
      holders ?? [],
    ]);
  });
});

it.each<[string[] | undefined, unknown]>([
  [['other/run/a'], { kind: 'open_run', target: 'run' }],
  [['run'], { kind: 'open_run', target: 'run' }],
])('opens the run of who holds a slot: %j', (holders, action) => {
  const causes = ask(
    'extract',
    { extract: 'scheduled' },
    { activeTasks: { name: 'example', used: 1, slots: 1, holders } },
  );
  expect(causes[0]).toMatchObject({
    action,
    message: expect.stringContaining('has 1 slot, 1 in use by'),
  });
});

it('says of a slot that nobody is known to hold only that it is used', () => {
  const causes = ask(
    'extract',
    { extract: 'scheduled' },
    { activeTasks: { name: 'example', used: 2, slots: 2 } },
  );
  expect(causes[0].message).toBe(
    'maxActiveTasks of "example" has 2 slots, 2 in use.',
  );
  expect(causes[0].action).toBeUndefined();
});

describe('the task behind one that waits', () => {
  const of = definitionOf([
    { id: 'first' },
    { id: 'second' },
    { id: 'third' },
    { id: 'join', after: ['first', 'second', 'third'] },
    { id: 'any', after: ['first', 'second', 'third'], triggerRule: 'all_done' },
  ]);
  const behind = (task: string, states: Record<string, TaskState>) =>
    ask(task, states, { definition: of })[1]?.names[0];

  it.each<[string, Record<string, TaskState>, string]>([
    ['the one that is on its way', { second: 'running' }, 'second'],
    [
      'the first one of those on their way',
      { second: 'running', third: 'queued' },
      'second',
    ],
    ['not one that is over', { first: 'success', third: 'running' }, 'third'],
  ])('is %s', (_, states, name) => {
    expect(behind('any', states)).toBe(name);
  });

  it.each<[string, Record<string, TaskState>, string]>([
    [
      'the failed one rather than one that suffers from it',
      { first: 'upstream_failed', second: 'failed', third: 'success' },
      'second',
    ],
  ])('is %s', (_, states, name) => {
    expect(behind('join', { ...states, join: 'upstream_failed' })).toBe(name);
  });
});

describe('a task by its name', () => {
  it('is the instance that is asked about, and the whole task behind it', () => {
    const [own] = ask('extract', { extract: 'running' }, { mapIndex: 3 });
    expect(own.message).toBe('Task "extract[3]" is running.');
    const [, behind] = ask('train', { extract: 'running' }, { mapIndex: 3 });
    expect(behind.message).toBe('Task "extract" is running.');
  });

  it('is the branch that did not follow it', () => {
    const [cause] = ask(
      'no',
      { gate: 'success', no: 'skipped' },
      {
        definition: definitionOf([
          { id: 'gate', branch: { if: 'true', then: [], else: [1] } },
          { id: 'no', after: ['gate'] },
        ]),
      },
    );
    expect(cause).toMatchObject({
      code: 'upstream_skipped',
      names: ['gate'],
      action: { kind: 'open_task', target: 'gate' },
    });
  });

  it('is the one whose list it runs over, not another that is open too', () => {
    const [cause, behind] = ask(
      'each',
      {},
      {
        definition: definitionOf([
          { id: 'other' },
          { id: 'list' },
          {
            id: 'each',
            after: ['other', 'list'],
            map: { over: 'tasks.list.outputs.items', maxItems: 9 },
          },
        ]),
      },
    );
    expect([cause.code, cause.names, behind.names]).toStrictEqual([
      'map_source',
      ['list'],
      ['list'],
    ]);
  });
});

it('offers to clear what failed, and nothing for what succeeded', () => {
  const action = (state: TaskState) =>
    ask('extract', { extract: state })[0].action?.kind;
  expect([
    action('failed'),
    action('success'),
    action('removed'),
  ]).toStrictEqual(['clear', undefined, undefined]);
});

describe('a task that is ready', () => {
  const ready = (facts: Parameters<typeof ask>[2]) =>
    ask('extract', { extract: 'scheduled' }, facts).map(
      ({ code, names }) => `${code} ${names.join()}`,
    );

  it.each<[number, string]>([
    [0, 'launching extract'],
    [5_000, 'launching extract'],
    [5_001, 'scheduler_behind extract'],
  ])('for %d ms', (ago, said) => {
    expect(ready({ stateSince: [NOW - ago] })).toStrictEqual([said]);
  });

  it('waits for a scheduler, or for one with its executor', () => {
    expect(ready({ noScheduler: true })).toStrictEqual([
      'no_scheduler extract',
    ]);
    const executor = { name: 'gpu', healthy: false, absent: true };
    expect(ready({ executor, noScheduler: true })).toStrictEqual([
      'no_scheduler gpu',
    ]);
    expect(ready({ executor })).toStrictEqual(['executor_absent gpu']);
  });

  it('may wait so long only where its pipeline says so', () => {
    expect(ready({ failsAt: [NOW] })).toStrictEqual(['launching extract']);
    expect(ready({ definition: bounded })).toStrictEqual(['launching extract']);
    expect(ready({ definition: bounded, failsAt: [NOW] })).toStrictEqual([
      'launching extract',
      'queued_timeout extract',
    ]);
  });
});

it.each<[string[] | undefined, string]>([
  [undefined, 'is being started.'],
  [['no node has room'], 'is being started. It waits: no node has room'],
])('says what the start of a task waits for: %j', (startsWhen, words) => {
  const [cause] = ask('extract', { extract: 'queued' }, { startsWhen });
  expect(cause.message).toBe(
    `Task "extract" was given to its executor and ${words}`,
  );
});
