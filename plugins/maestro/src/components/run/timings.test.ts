import { attemptOf, NOW, taskOf } from '../../__testUtils__/fixtures';
import { timings } from './timings';

const attempt = attemptOf('a', 1, {
  claimedAt: NOW,
  launchedAt: NOW + 5,
  startedAt: NOW + 4,
  endedAt: undefined,
});

describe('timings', () => {
  it('names the stages that were reached, none with negative time', () => {
    expect(timings(attempt, undefined)).toEqual([
      { label: 'claimed', at: NOW, afterMs: undefined },
      { label: 'launched', at: NOW + 5, afterMs: 5 },
      { label: 'started', at: NOW + 4, afterMs: 0 },
    ]);
  });

  it('knows when the task was ready of the latest attempt only', () => {
    const instance = taskOf(0, 't', {
      latestAttemptId: 'a',
      readyAt: NOW - 7,
    });
    expect(timings(attempt, instance)[0]).toMatchObject({ label: 'ready' });
    expect(
      timings(attempt, { ...instance, latestAttemptId: 'b' })[0],
    ).toMatchObject({ label: 'claimed' });
  });
});
