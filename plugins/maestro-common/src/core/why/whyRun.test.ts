import {
  ask,
  definition,
  full,
  NOW,
  type Asked,
} from '../../__testUtils__/why';
import { definitionOf } from '../../__testUtils__/definitions';
import { RUN_TIMEOUT } from '../run/afterCancel';
import type { WhyCause, WhyCode, WhyFacts } from './whyCause';

describe('why a run does not go on', () => {
  it.each<[...Asked, WhyCode[]]>([
    [
      'the run is queued behind others',
      'extract',
      {},
      { run: { id: 'r1', state: 'queued' }, activeRuns: full('example') },
      ['run_queued', 'max_active_runs'],
    ],
    [
      'the run is queued, and a paused pipeline is no cause',
      'extract',
      {},
      { run: { id: 'r1', state: 'queued' }, paused: true },
      ['run_queued'],
    ],
    [
      'the run is queued for long and nothing is in its way',
      undefined,
      {},
      { run: { id: 'r1', state: 'queued', queuedAt: NOW - 60_000 } },
      ['run_queued', 'scheduler_behind'],
    ],
    [
      'the run is being cancelled',
      'train',
      { extract: 'running' },
      {
        run: {
          id: 'r1',
          state: 'running',
          cancelling: { since: NOW, by: 'user:default/ada' },
        },
      },
      ['run_cancelling'],
    ],
    [
      'the run is queued',
      undefined,
      {},
      { run: { id: 'r1', state: 'queued' } },
      ['run_queued'],
    ],
    [
      'the run was cancelled',
      'train',
      { extract: 'success' },
      { run: { id: 'r1', state: 'failed', reason: 'cancelled by ana' } },
      ['run_finished'],
    ],
    [
      'a run is asked: its running task',
      undefined,
      { extract: 'success', train: 'running' },
      {},
      ['running'],
    ],
    [
      'a run is asked: its retry',
      undefined,
      { extract: 'up_for_retry' },
      {},
      ['waiting_for_retry'],
    ],
  ])('%s', (...row) => {
    const [, task, states, rest, codes] = row;
    expect(ask(task, states, rest).map(cause => cause.code)).toStrictEqual(
      codes,
    );
  });

  it.each<[...Asked, Partial<WhyCause>]>([
    [
      'a queued run: who is active',
      undefined,
      {},
      {
        run: { id: 'r1', state: 'queued', queuedAt: NOW },
        activeRuns: full('p'),
      },
      {
        message:
          '2 runs are active and maxActiveRuns is 2: "other/run/a" and "other/run/b".',
        names: ['other/run/a', 'other/run/b'],
        action: {
          label: 'Open the run',
          kind: 'open_run',
          target: 'other/run/a',
        },
      },
    ],
    [
      'a cancel: by whom and since when',
      undefined,
      { extract: 'running' },
      {
        run: {
          id: 'r1',
          state: 'running',
          cancelling: { since: NOW - 5, by: 'user:default/ada' },
        },
      },
      {
        message:
          'The run is being cancelled by user:default/ada: what runs is being ended, and nothing starts any more.',
        since: NOW - 5,
      },
    ],
    [
      'a paused pipeline: by whom and since when',
      undefined,
      {},
      {
        run: undefined,
        paused: true,
        pausedAt: NOW - 5,
        pausedBy: 'user:default/ada',
      },
      {
        message: `Pipeline "${definition.name}" is paused by user:default/ada.`,
        since: NOW - 5,
        action: { label: 'Unpause', kind: 'unpause', target: definition.name },
      },
    ],
  ])('names, numbers and times of %s', (...row) => {
    const [, task, states, rest, cause] = row;
    expect(ask(task, states, rest)).toContainEqual(
      expect.objectContaining(cause),
    );
  });
});

describe('why what cleans up does not go on in a run that was cancelled', () => {
  const cleaned = definitionOf([
    { id: 'create', setup: true },
    { id: 'work', after: ['create'] },
    { id: 'drop', after: ['work'], teardown: { of: [0] } },
    { id: 'tell', finally: true, pool: 'mail' },
    { id: 'call', finally: true, callback: 'failed' },
  ]);
  const cancelled = (
    cancelling: Omit<
      NonNullable<NonNullable<WhyFacts['run']>['cancelling']>,
      'since'
    > = {},
  ): Partial<WhyFacts> => ({
    definition: cleaned,
    run: {
      id: 'r1',
      state: 'running',
      cancelling: { since: NOW, ...cancelling },
    },
  });
  const over = { create: 'success', work: 'failed', drop: 'success' } as const;
  const called = { ...over, tell: 'success' } as const;

  it.each<[...Asked, WhyCode[]]>([
    [
      'it is cleared and waits for a pool',
      'tell',
      { ...over, tell: 'scheduled', call: 'skipped' },
      { ...cancelled(), pool: full('mail') },
      ['pool_full'],
    ],
    [
      'of the run, when only that is left',
      undefined,
      { ...over, tell: 'scheduled', call: 'skipped' },
      { ...cancelled(), pool: full('mail') },
      ['pool_full'],
    ],
    [
      'it is ready',
      'drop',
      { ...over, drop: 'scheduled' },
      cancelled(),
      ['launching'],
    ],
    [
      'it was given to its executor',
      'drop',
      { ...over, drop: 'queued' },
      cancelled(),
      ['launching'],
    ],
    [
      'it waits for its retry',
      'drop',
      { ...over, drop: 'up_for_retry' },
      cancelled(),
      ['waiting_for_retry'],
    ],
    [
      'it waits for a teardown',
      'tell',
      { ...over, drop: 'running' },
      cancelled(),
      ['waiting_for_end', 'running'],
    ],
    [
      'it waits for what is being ended',
      'drop',
      { create: 'success', work: 'running' },
      cancelled(),
      ['upstream_running', 'run_cancelling'],
    ],
    [
      'of the run, while something is being ended',
      undefined,
      { create: 'success', work: 'running' },
      cancelled(),
      ['run_cancelling'],
    ],
    [
      'it is ended by force',
      'tell',
      { ...over, tell: 'scheduled' },
      { ...cancelled({ isForced: true }), pool: full('mail') },
      ['run_cancelling'],
    ],
    [
      'a callback is not called after a cancel',
      'call',
      { ...called, call: 'scheduled' },
      cancelled({ by: 'user:default/ada' }),
      ['run_cancelling'],
    ],
    [
      'a callback is called when the time of the run was over',
      'call',
      { ...called, call: 'scheduled' },
      cancelled({ by: RUN_TIMEOUT }),
      ['launching'],
    ],
  ])('%s', (...row) => {
    const [, task, states, rest, codes] = row;
    expect(ask(task, states, rest).map(cause => cause.code)).toStrictEqual(
      codes,
    );
  });

  it.each<[string, Partial<WhyFacts>, string, string | undefined]>([
    [
      'a cancel',
      cancelled({ by: 'user:default/ada' }),
      'The run is being cancelled by user:default/ada: what runs is being ended, and nothing starts any more but what cleans up.',
      'maestro runs cancel r1 --force',
    ],
    [
      'one by force',
      cancelled({ by: 'user:default/ada', isForced: true }),
      'The run is being cancelled by user:default/ada: what runs is being ended, and nothing starts any more.',
      undefined,
    ],
    [
      'the time of the run',
      cancelled({ by: RUN_TIMEOUT }),
      'The time of the run is over: what runs is being ended, and nothing starts any more but what cleans up.',
      'maestro runs cancel r1 --force',
    ],
  ])('says what still starts after %s', (_what, facts, message, command) => {
    const [cause] = ask('work', { create: 'success', work: 'running' }, facts);
    expect(cause).toMatchObject({ code: 'run_cancelling', message });
    expect(cause.action?.command).toBe(command);
  });
});
