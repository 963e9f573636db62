import {
  ask,
  definition,
  full,
  NOW,
  type Asked,
} from '../../__testUtils__/why';
import type { WhyCause, WhyCode } from './whyCause';

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
