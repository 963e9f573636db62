import type { ObservedAttempt } from '@maestro/plugin-maestro-node';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { ObservationQueue } from './ObservationQueue';
import type { EngineContext } from './types';

const logger = mockLogger();

/** A queue whose look-ups, changes and timers happen when the test says so. */
function setUp() {
  const timers: { fn: () => void; ms: number }[] = [];
  const lookUps: ((row: object | undefined) => void)[] = [];
  const changed: number[] = [];
  const query = {
    where: () => query,
    first: () => new Promise(resolve => lookUps.push(resolve as never)),
  };
  const ctx = {
    logger,
    db: { table: () => query },
    clock: {
      after: (ms: number, fn: () => void) => {
        const timer = { fn, ms };
        timers.push(timer);
        return () => {
          const at = timers.indexOf(timer);
          if (at >= 0) timers.splice(at, 1);
        };
      },
    },
  } as never as EngineContext;
  const queue = new ObservationQueue(ctx, {
    change: async (runId: number) => {
      changed.push(runId);
    },
  } as never);
  const fire = () => timers.splice(0).forEach(({ fn }) => fn());
  const add = (attemptId: string, phase: ObservedAttempt['phase']) =>
    queue.add({ attemptId, phase } as ObservedAttempt);
  return { queue, timers, lookUps, changed, fire, add };
}

describe('observations on their way into the database', () => {
  it('of a start wait 20 ms for its end, and are one change with it', async () => {
    const { queue, timers, changed, fire, add } = setUp();
    queue.expect('a', 1);
    add('a', 'running');
    expect(timers.map(({ ms }) => ms)).toEqual([20]);
    expect(changed).toEqual([]);
    add('a', 'ended');
    await queue.idle();
    expect(changed).toEqual([1]);
    // Its timer is not needed any more.
    expect(timers).toEqual([]);
    fire();
    await queue.idle();
    expect(changed).toEqual([1]);
  });

  it('of a start alone are applied when the time is over', async () => {
    const { queue, changed, fire, add } = setUp();
    queue.expect('a', 1);
    add('a', 'running');
    fire();
    await queue.idle();
    expect(changed).toEqual([1]);
  });

  it('are idle only when those are through that had to be looked up', async () => {
    const { queue, lookUps, changed, add } = setUp();
    add('a', 'running');
    const idle = queue.idle();
    lookUps[0]({ run_id: 7, state: 'claimed' });
    await idle;
    expect(changed).toEqual([7]);
  });

  it('change nothing after the stop, though they were looked up before it', async () => {
    const { queue, lookUps, changed, timers, fire, add } = setUp();
    add('a', 'running');
    add('b', 'ended');
    const stopped = queue.stop();
    lookUps.forEach(answer => answer({ run_id: 7, state: 'claimed' }));
    await stopped;
    expect(timers).toEqual([]);
    fire();
    expect(changed).toEqual([]);
  });
});
