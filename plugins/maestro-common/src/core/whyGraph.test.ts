import { ask, graph, NOW, type Asked } from '../__testUtils__/why';
import type { WhyCode } from './whyCause';

describe('why a task waits for what stands over tasks', () => {
  it.each<[...Asked, WhyCode[]]>([
    [
      'a setup far above is not over',
      'load',
      { create: 'running', work: 'success' },
      { definition: graph },
      ['waiting_for_setup', 'running'],
    ],
    [
      'a group is not over',
      'after',
      { create: 'success', work: 'success', load: 'running' },
      { definition: graph },
      ['waiting_for_group', 'running'],
    ],
    [
      'a group is run again later',
      'after',
      { create: 'success', work: 'success', load: 'failed' },
      { definition: graph, groupRetryAt: new Map([[0, NOW + 1000]]) },
      ['group_up_for_retry'],
    ],
    [
      'a group that has no retries left',
      'after',
      { create: 'success', work: 'success', load: 'failed' },
      { definition: graph, groupRetries: new Map([[0, 1]]) },
      ['scheduler_behind'],
    ],
    [
      'it is of finally',
      'tell',
      { create: 'success', work: 'up_for_retry' },
      { definition: graph },
      ['waiting_for_end', 'waiting_for_retry'],
    ],
    [
      'it is of finally, and a group is run again later',
      'tell',
      {
        create: 'success',
        work: 'success',
        load: 'failed',
        after: 'success',
        daily: 'success',
      },
      { definition: graph },
      ['group_up_for_retry'],
    ],
    [
      'the run before holds it',
      'daily',
      {},
      {
        definition: graph,
        past: {
          runId: 'r0',
          state: 'failed',
          states: new Map([['daily', ['failed']]]),
        },
      },
      ['waiting_for_past'],
    ],
    [
      'the run before let it go',
      'daily',
      {},
      {
        definition: graph,
        past: {
          runId: 'r0',
          state: 'success',
          states: new Map([['daily', ['success']]]),
        },
      },
      ['scheduler_behind'],
    ],
  ])('%s', (...row) => {
    const [, task, states, rest, codes] = row;
    expect(ask(task, states, rest).map(cause => cause.code)).toEqual(codes);
  });

  it('names the run before, what of it is not over, and opens it', () => {
    const [cause] = ask(
      'daily',
      {},
      {
        definition: graph,
        past: {
          runId: 'r0',
          state: 'failed',
          states: new Map([['daily', ['success', 'failed']]]),
        },
      },
    );
    expect(cause).toEqual({
      code: 'waiting_for_past',
      message:
        'Task "daily" depends on the run before, r0 (failed), in which "daily" is failed; it starts when that succeeded or was skipped.',
      names: ['r0'],
      action: {
        label: 'Open the run before',
        kind: 'open_run',
        target: 'r0',
      },
    });
  });
});
