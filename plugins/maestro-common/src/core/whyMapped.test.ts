import { ask, full, type Asked } from '../__testUtils__/why';
import { countStates } from './mapping';
import type { WhyCode } from './whyCause';

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
  ])('%s', (...row) => {
    const [, task, states, rest, codes] = row;
    expect(ask(task, states, rest).map(cause => cause.code)).toEqual(codes);
  });
});
