import type { CoreV1Event, V1Pod } from '@kubernetes/client-node';
import { LABEL } from '../pod/names';
import { WaitingWords } from './WaitingWords';

const silent = (uid: string): V1Pod => ({
  metadata: {
    uid,
    namespace: 'ml',
    name: uid,
    labels: { [LABEL.attempt]: uid },
    creationTimestamp: new Date(0),
  },
  status: { phase: 'Pending' },
});

const warning = (uid: string, message: string, second: number) =>
  ({
    involvedObject: { uid },
    reason: 'FailedMount',
    message,
    lastTimestamp: new Date(second * 1000),
  } as CoreV1Event);

it('asks once for all that wait in a namespace, and tells the last warning', async () => {
  const listWarnings = jest.fn(async () => [
    warning('a', 'late', 9),
    warning('a', 'early', 1),
    warning('other', 'x', 2),
  ]);
  const words = new WaitingWords({ listWarnings });
  const pods = [silent('a'), silent('b')];
  for (let round = 0; round < 3; round++) {
    const told = await words.told('ml', pods);
    expect(told.map(({ waitsFor }) => waitsFor)).toEqual([
      'FailedMount: late',
      undefined,
    ]);
  }
  expect(listWarnings).toHaveBeenCalledTimes(1);
  await words.told('ml-gpu', pods);
  expect(listWarnings).toHaveBeenCalledTimes(2);
});

it('asks nothing when nobody waits in silence', async () => {
  const listWarnings = jest.fn();
  const young = silent('a');
  young.metadata!.creationTimestamp = new Date();
  await new WaitingWords({ listWarnings }).told('ml', [young]);
  expect(listWarnings).not.toHaveBeenCalled();
});

it('says why it cannot say', async () => {
  const words = new WaitingWords({
    listWarnings: async () => {
      throw new Error('events is forbidden');
    },
  });
  const [told] = await words.told('ml', [silent('a')]);
  expect(told.waitsFor).toContain('events is forbidden');
});
