/* eslint-disable jest/no-export, jest/no-standalone-expect -- a suite for the tests of other packages, some of which leave tests out */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Applies } from './applies';
import type { Harness } from './Harness';

const shell = (script: string) => ['sh', '-c', script];

/** Twice, at once, late, and after a restart. */
export function describeLifecycle(
  harness: () => Harness,
  applies: Applies,
  { shortensGrace = true }: { shortensGrace?: boolean } = {},
): void {
  describe('launch', () => {
    it('has its effect once, however often it is asked for', async () => {
      const h = harness();
      const executor = await h.start();
      const other = await h.start();
      const request = h.request(shell('echo started; sleep 0.3'));
      await Promise.all([
        executor.launch(request),
        executor.launch(request),
        other.launch(request),
      ]);
      await executor.launch(request);
      await h.ended(executor, request.attemptId);
      await other.launch(request);
      expect((await h.log(executor, request.attemptId)).toString()).toBe(
        'started\n',
      );
    });

    it('runs many at once', async () => {
      const h = harness();
      const executor = await h.start();
      const requests = Array.from({ length: 20 }, (_, i) =>
        h.request(shell(`echo ${i}; exit ${i}`)),
      );
      await Promise.all(requests.map(request => executor.launch(request)));
      for (const [i, { attemptId }] of requests.entries()) {
        h.exited(await h.ended(executor, attemptId), i);
        expect((await h.log(executor, attemptId)).toString()).toBe(`${i}\n`);
      }
    });
  });

  describe('observations', () => {
    it('tell of the start and of the end', async () => {
      const h = harness();
      const executor = await h.start();
      const request = h.request(shell('exit 7'));
      await h.run(executor, request);
      const phases = await h.until('the end was told', async () => {
        const told = h.observations.filter(
          attempt => attempt.attemptId === request.attemptId,
        );
        return told.some(attempt => attempt.phase === 'ended')
          ? told
          : undefined;
      });
      expect(phases.map(attempt => attempt.phase)).toContain('running');
      expect(phases.at(-1)).toEqual(
        await h.listed(executor, request.attemptId),
      );
    });

    it('may all be lost: the listing says the same', async () => {
      const h = harness();
      const executor = await h.start({ deaf: true });
      const request = h.request(shell('echo \'{"a":1}\' > $MAESTRO_OUTPUT'));
      const attempt = await h.run(executor, request);
      expect(h.observations).toEqual([]);
      h.exited(attempt, 0);
      h.handedOn(attempt, '{"a":1}\n');
    });

    it('survive a listener that throws', async () => {
      const h = harness();
      const executor = await h.start();
      h.observations.push = () => {
        throw new Error('a bug in the listener');
      };
      const request = h.request(['true']);
      const attempt = await h.run(executor, request);
      expect(attempt.outcome?.result).toBe('success');
    });
  });

  describe('forget', () => {
    it('frees what ended; it may be asked for twice', async () => {
      const h = harness();
      const executor = await h.start();
      const request = h.request(shell('echo gone'));
      await h.run(executor, request);
      await executor.forget(request.attemptId);
      await executor.forget(request.attemptId);
      expect(await h.listed(executor, request.attemptId)).toBeUndefined();
      const slice = await executor.readLog(request.attemptId, {
        offset: 0,
        limit: 10,
      });
      expect(slice.bytes).toHaveLength(0);
      expect(slice.end).toBe(true);
    });

    it('is refused while it runs', async () => {
      const h = harness();
      const executor = await h.start();
      const request = h.request(['sleep', '60']);
      await executor.launch(request);
      await expect(executor.forget(request.attemptId)).rejects.toThrow(
        /cancel it/,
      );
      await h.running(executor, request.attemptId);
    });
  });

  describe('a new scheduler', () => {
    it('finds what the one before it started, running and ended', async () => {
      const h = harness();
      const first = await h.start();
      const ended = h.request(
        shell('echo \'{"a":1}\' > $MAESTRO_OUTPUT; echo early'),
      );
      await h.run(first, ended);
      const running = h.request(
        shell(`echo begun; ${h.hold}; echo done; exit 5`),
      );
      await first.launch(running);
      await first.stop();

      const second = await h.start();
      expect(second.instance).toBe(first.instance);
      const found = await h.listed(second, ended.attemptId);
      h.exited(found!, 0);
      h.handedOn(found!, '{"a":1}\n');
      await h.running(second, running.attemptId);
      await second.launch(running);
      await h.letGo(running.attemptId);
      h.exited(await h.ended(second, running.attemptId), 5);
      expect((await h.log(second, running.attemptId)).toString()).toBe(
        'begun\ndone\n',
      );
    });

    it('can end what the one before it started', async () => {
      const h = harness();
      const first = await h.start();
      const request = h.request(['sleep', '60']);
      await first.launch(request);
      await first.stop();
      const second = await h.start();
      await second.cancel(request.attemptId, { graceMs: 2000 });
      const { outcome } = await h.ended(second, request.attemptId);
      expect(outcome).toMatchObject({ failure: 'cancelled' });
    });
  });

  describe('cancel', () => {
    applies('grace')('lets a task that listens end by itself', async () => {
      const h = harness();
      const executor = await h.start();
      const request = h.request(
        shell('trap "echo cleaning; exit 3" TERM; echo up; sleep 600 & wait'),
      );
      await executor.launch(request);
      await h.said(executor, request.attemptId, 'up');
      await executor.cancel(request.attemptId, { graceMs: 60_000 });
      const { outcome } = await h.ended(executor, request.attemptId);
      expect(outcome).toMatchObject({
        result: 'failed',
        failure: 'cancelled',
        exitCode: 3,
      });
      expect((await h.log(executor, request.attemptId)).toString()).toBe(
        'up\ncleaning\n',
      );
    });

    applies('grace')(
      'kills a tree that ignores TERM, also what left its session',
      async () => {
        const h = harness();
        const executor = await h.start();
        const request = h.request(
          shell(
            `trap "" TERM
           (sleep 61 & sleep 62) &
           setsid sh -c 'trap "" TERM; sleep 63 & sleep 64' &
           (setsid sleep 65 &)
           echo up
           sleep 66; sleep 67`,
          ),
        );
        await executor.launch(request);
        await h.said(executor, request.attemptId, 'up');
        await sleep(100);
        await executor.cancel(request.attemptId, { graceMs: 3_000 });
        const { outcome } = await h.ended(executor, request.attemptId);
        expect(outcome).toMatchObject({ failure: 'cancelled' });
        expect(await h.leftovers()).toEqual([]);
      },
    );

    applies('grace')('does not wait for the end it asks for', async () => {
      const h = harness();
      const executor = await h.start();
      const request = h.request(shell(`trap "" TERM; echo up; ${h.hold}`));
      await executor.launch(request);
      await h.said(executor, request.attemptId, 'up');
      // Longer than this test may take.
      await executor.cancel(request.attemptId, { graceMs: 3_600_000 });
      expect(await h.listed(executor, request.attemptId)).toMatchObject({
        phase: 'running',
      });
      await h.letGo(request.attemptId);
      const { outcome } = await h.ended(executor, request.attemptId);
      expect(outcome).toMatchObject({ failure: 'cancelled' });
    });

    it('asked for twice, takes the shorter grace', async () => {
      const h = harness();
      const executor = await h.start();
      const request = h.request(
        shell('trap "" TERM; echo up; while :; do sleep 0.05; done'),
      );
      await executor.launch(request);
      await h.said(executor, request.attemptId, 'up');
      // Where the first grace stays, asking again must not prolong it either.
      const first = shortensGrace ? 600_000 : 5_000;
      const second = shortensGrace ? 100 : 600_000;
      await executor.cancel(request.attemptId, { graceMs: first });
      await executor.cancel(request.attemptId, { graceMs: second });
      const { outcome } = await h.ended(executor, request.attemptId);
      expect(outcome).toMatchObject({ failure: 'cancelled' });
    });

    it('of an unknown or ended attempt has no effect', async () => {
      const h = harness();
      const executor = await h.start();
      await executor.cancel('0198c000-0000-7000-8000-000000000000', {
        graceMs: 0,
      });
      const request = h.request(['true']);
      await h.run(executor, request);
      await executor.cancel(request.attemptId, { graceMs: 0 });
      expect(await h.listed(executor, request.attemptId)).toMatchObject({
        outcome: { result: 'success' },
      });
    });

    it('is not needed for what a task left behind when it ended', async () => {
      const h = harness();
      const executor = await h.start();
      const request = h.request(
        shell('sleep 71 & (setsid sleep 72 &); sleep 0.1; echo bye'),
      );
      const { outcome } = await h.run(executor, request);
      expect(outcome).toMatchObject({ result: 'success' });
      expect(await h.leftovers()).toEqual([]);
    });
  });

  it('says how it is', async () => {
    const h = harness();
    const executor = await h.start();
    expect(await executor.health()).toMatchObject({ ok: true });
    expect(executor.capabilities.maxParallel).toBeGreaterThan(0);
  });
}
