import { ask, NOW, onAssets } from '../__testUtils__/why';
import { isWaitingKind, describeWait } from './waits';
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

  it.each(['success', 'failed'] as const)('it is over: %s', state => {
    const run = { id: 'r1', state };
    expect(codes(undefined, { extract: 'running' }, { run })).toStrictEqual([
      'run_finished',
    ]);
    // Whatever this build does not know of it.
    expect(codes(undefined, {}, { run, unknownNeeds: ['x'] })).toStrictEqual([
      'run_finished',
    ]);
  });

  it('it is being cancelled', () => {
    const run = {
      id: 'r1',
      state: 'running' as const,
      cancelling: { since: NOW },
    };
    expect(codes(undefined, { extract: 'running' }, { run })).toStrictEqual([
      'run_cancelling',
    ]);
  });

  it('nothing of it waits', () => {
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
