import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { RunSignals } from './RunSignals';

describe('RunSignals', () => {
  const publish = jest.fn();
  let signals: RunSignals;
  const sent = () =>
    publish.mock.calls.map(([{ message }]) => [
      message.runId,
      message.revision,
    ]);

  beforeEach(() => {
    jest.useFakeTimers();
    publish.mockReset().mockResolvedValue(undefined);
    signals = new RunSignals({
      signals: { publish },
      logger: mockLogger(),
    });
  });

  afterEach(() => {
    signals.stop();
    jest.useRealTimers();
  });

  it('tells everybody at once, by ids and revision only', () => {
    signals.publish('r', 'train', 7);
    expect(publish.mock.calls).toEqual([
      [
        {
          recipients: { type: 'broadcast' },
          channel: 'maestro:runs',
          message: { runId: 'r', pipeline: 'train', revision: 7 },
        },
      ],
    ]);
  });

  it('sends at most 4 a second for a run that changes all the time, and the last change always', () => {
    for (let revision = 1; revision <= 1000; revision++) {
      signals.publish('r', 'train', revision);
      jest.advanceTimersByTime(1);
    }
    expect(publish.mock.calls.length).toBeLessThanOrEqual(5);
    jest.advanceTimersByTime(250);
    expect(sent().at(-1)).toEqual(['r', 1000]);
    const before = publish.mock.calls.length;
    jest.advanceTimersByTime(10_000);
    expect(publish).toHaveBeenCalledTimes(before);
  });

  it('does not let one run delay another', () => {
    signals.publish('a', 'train', 1);
    signals.publish('b', 'train', 1);
    expect(sent()).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
  });

  it('does not repeat or take back a revision that was told', () => {
    signals.publish('r', 'train', 5);
    signals.publish('r', 'train', 5);
    signals.publish('r', 'train', 4);
    jest.advanceTimersByTime(1000);
    expect(sent()).toEqual([['r', 5]]);
  });

  it('keeps nothing of runs that became quiet', () => {
    for (let i = 0; i < 1000; i++) signals.publish(`r${i}`, 'train', 1);
    jest.advanceTimersByTime(250);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('leaves no timer behind when it is stopped', () => {
    signals.publish('r', 'train', 1);
    signals.publish('r', 'train', 2);
    signals.stop();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('goes on when a signal cannot be delivered', async () => {
    publish.mockRejectedValueOnce(new Error('bus is away'));
    signals.publish('r', 'train', 1);
    signals.publish('r', 'train', 2);
    await jest.advanceTimersByTimeAsync(250);
    expect(sent()).toEqual([
      ['r', 1],
      ['r', 2],
    ]);
  });
});
