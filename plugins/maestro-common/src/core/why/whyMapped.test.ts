import { ask, full, NOW, type Asked } from '../../__testUtils__/why';
import { countStates } from '../run/mapping';
import type { TaskState } from '../pipeline/states';
import type { WhyCode, WhyFacts } from './whyCause';

describe('why a mapped task does not go on', () => {
  it.each<[...Asked, WhyCode[]]>([
    [
      'of a mapped task as many instances run as may',
      'extract',
      { extract: 'running' },
      {
        children: new Map([[0, countStates(['running', 'scheduled'])]]),
        mapSlots: full('extract'),
      },
      ['running', 'map_full'],
    ],
    [
      'an instance of a mapped task waits for others of it',
      'extract',
      { extract: 'scheduled' },
      {
        mapIndex: 3,
        children: new Map([[0, countStates(['running', 'scheduled'])]]),
        mapSlots: full('extract'),
      },
      ['map_full'],
    ],
    [
      'all that is left of a mapped task waits for its retry',
      'train',
      { extract: 'success', train: 'running' },
      { children: new Map([[1, countStates(['success', 'up_for_retry'])]]) },
      ['waiting_for_retry'],
    ],
    [
      'instances of a mapped task wait for a full pool',
      'extract',
      { extract: 'running' },
      {
        children: new Map([[0, countStates(['success', 'scheduled'])]]),
        pool: full('gpu'),
      },
      ['running', 'pool_full'],
    ],
    [
      'one that runs is asked about, not all of them',
      'extract',
      { extract: 'running' },
      {
        mapIndex: 3,
        children: new Map([[0, countStates(['running', 'scheduled'])]]),
        mapSlots: full('extract'),
      },
      ['running'],
    ],
    [
      'its list is made anew: what was removed says nothing',
      'extract',
      {},
      { children: new Map([[0, countStates(['removed'])]]), noScheduler: true },
      ['no_scheduler'],
    ],
    [
      'what runs, runs without a scheduler',
      'extract',
      { extract: 'running' },
      {
        children: new Map([[0, countStates(['running', 'up_for_retry'])]]),
        noScheduler: true,
      },
      ['running'],
    ],
    [
      'none runs, and the next claim takes some',
      'extract',
      { extract: 'running' },
      { children: new Map([[0, countStates(['scheduled', 'success'])]]) },
      ['running', 'launching'],
    ],
    [
      'some run, and the next claim takes more',
      'extract',
      { extract: 'running' },
      { children: new Map([[0, countStates(['scheduled', 'running'])]]) },
      ['running'],
    ],
  ])('%s', (...row) => {
    const [, task, states, rest, codes] = row;
    expect(ask(task, states, rest).map(cause => cause.code)).toStrictEqual(
      codes,
    );
  });

  const only = (...states: TaskState[]): Partial<WhyFacts> => ({
    children: new Map([[0, countStates(states)]]),
  });

  it.each<[string, Partial<WhyFacts>, string]>([
    [
      'each of its states',
      only(
        'success',
        'failed',
        'queued',
        'running',
        'scheduled',
        'up_for_retry',
      ),
      '2 of 6 instances are over, 2 run, 1 are ready, 1 wait for their retry',
    ],
    [
      'only those that run',
      only('running', 'running'),
      '0 of 2 instances are over, 2 run',
    ],
    [
      'only those that are ready, and none that was removed',
      only('scheduled', 'success', 'removed'),
      '1 of 2 instances are over, 1 are ready',
    ],
    [
      'only those that wait for their retry',
      only('up_for_retry'),
      '0 of 1 instances are over, 1 wait for their retry',
    ],
    ['none', only('removed'), '0 of 0 instances are over'],
  ])('counts %s', (...row) => {
    const [, facts, words] = row;
    const [cause] = ask('extract', { extract: 'running' }, facts);
    expect(cause.message).toBe(`Task "extract" is mapped: ${words}.`);
  });

  it('says since when, and opens the instances', () => {
    const [cause] = ask(
      'extract',
      { extract: 'running' },
      { ...only('running'), stateSince: [NOW - 7] },
    );
    expect(cause).toMatchObject({
      since: NOW - 7,
      names: ['extract'],
      action: { kind: 'open_task', target: 'extract' },
    });
  });

  it('says of an instance below what its upstream as a whole waits for', () => {
    const chain = ask(
      'train',
      { extract: 'running' },
      { ...only('running', 'success'), mapIndex: 0 },
    );
    expect(chain[chain.length - 1].message).toBe(
      'Task "extract" is mapped: 1 of 2 instances are over, 1 run.',
    );
  });
});
