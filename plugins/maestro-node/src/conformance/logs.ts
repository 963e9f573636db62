/* eslint-disable jest/no-export, jest/no-standalone-expect -- a suite for the tests of other packages, some of which leave tests out */
import { createHash } from 'node:crypto';
import type { Applies } from './applies';
import type { Harness } from './Harness';

const shell = (script: string) => ['sh', '-c', script];

/** What a task printed, byte for byte. */
export function describeLogs(
  harness: () => Harness,
  bigLogBytes: number,
  applies: Applies,
): void {
  describe('log', () => {
    it('holds stdout and stderr, every byte, in their order', async () => {
      const h = harness();
      const executor = await h.start();
      const request = h.request(
        shell(
          "printf 'a\\000b\\377\\376\\r\\n'; printf 'err\\200' >&2; printf 'no newline at the end'",
        ),
      );
      const attempt = await h.run(executor, request);
      const { exactLogs } = executor.capabilities;
      const expected = Buffer.concat([
        Buffer.from([0x61, 0, 0x62, 0xff, 0xfe]),
        // containerd takes the CR in front of a LF for part of the newline.
        Buffer.from(exactLogs ? [0x0d, 0x0a] : [0x0a]),
        Buffer.from('err'),
        Buffer.from([0x80]),
        Buffer.from('no newline at the end'),
      ]);
      expect(await h.log(executor, request.attemptId)).toEqual(expected);
      // One whose log comes later need not know its size yet.
      expect(attempt.logBytes).toBe(exactLogs ? expected.length : undefined);
    });

    it('says nothing that the task did not say', async () => {
      const h = harness();
      const executor = await h.start();
      const request = h.request(shell('kill -9 $$'));
      await h.run(executor, request);
      expect(await h.log(executor, request.attemptId)).toEqual(Buffer.alloc(0));
    });

    applies('exactText')(
      'is read in pieces, while it grows and after',
      async () => {
        const h = harness();
        const executor = await h.start();
        const request = h.request(shell(`echo one; ${h.hold}; echo two`));
        await executor.launch(request);
        await h.said(executor, request.attemptId, 'one\n');
        const early = await executor.readLog(request.attemptId, {
          offset: 0,
          limit: 100,
        });
        expect(Buffer.from(early.bytes).toString()).toBe('one\n');
        expect(early.end).toBe(false);
        const nothingYet = await executor.readLog(request.attemptId, {
          offset: 4,
          limit: 100,
        });
        expect(nothingYet).toMatchObject({ offset: 4, end: false });
        expect(nothingYet.bytes).toHaveLength(0);
        await h.letGo(request.attemptId);
        await h.ended(executor, request.attemptId);
        expect((await h.log(executor, request.attemptId, 3)).toString()).toBe(
          'one\ntwo\n',
        );
        const after = await executor.readLog(request.attemptId, {
          offset: 8,
          limit: 100,
        });
        expect(after).toMatchObject({ offset: 8, end: true });
        expect(after.bytes).toHaveLength(0);
      },
    );

    it('of an unknown attempt is empty and at its end', async () => {
      const h = harness();
      const slice = await (
        await h.start()
      ).readLog('0198c000-0000-7000-8000-000000000000', {
        offset: 0,
        limit: 10,
      });
      expect(slice.end).toBe(true);
      expect(slice.bytes).toHaveLength(0);
    });

    it('tells that it grew', async () => {
      const h = harness();
      const executor = await h.start();
      const request = h.request(
        shell('for i in 1 2 3 4 5 6; do echo $i; sleep 0.1; done'),
      );
      await h.run(executor, request);
      const hints = await h.until('a hint came', async () => {
        const found = h.growth.filter(id => id === request.attemptId);
        return found.length > 0 ? found : undefined;
      });
      // For each line and the end; once more where the log is made of others,
      // whose own ends are told too.
      expect(hints.length).toBeLessThanOrEqual(h.has('exactText') ? 7 : 8);
    });

    applies('exactText')(
      `may have ${bigLogBytes} bytes without filling memory`,
      async () => {
        const h = harness();
        const executor = await h.start();
        const request = h.request(
          shell(`head -c ${bigLogBytes} /dev/zero | tr '\\000' m`),
        );
        const before = process.memoryUsage().rss;
        await h.run(executor, request);
        let size = 0;
        const hash = createHash('sha256');
        await h.eachPiece(executor, request.attemptId, 256 * 1024, bytes => {
          size += bytes.length;
          hash.update(bytes);
        });
        expect(size).toBe(bigLogBytes);
        const expected = createHash('sha256');
        const piece = Buffer.alloc(1024 * 1024, 'm');
        for (let left = bigLogBytes; left > 0; left -= piece.length) {
          expected.update(piece.subarray(0, Math.min(left, piece.length)));
        }
        expect(hash.digest('hex')).toBe(expected.digest('hex'));
        expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
      },
      300_000,
    );

    it('that reaches its limit fails the attempt by that name', async () => {
      const h = harness();
      const executor = await h.start();
      const request = h.request(shell('yes'), { logLimitBytes: 1_000_000 });
      const attempt = await h.run(executor, request);
      expect(attempt.outcome).toMatchObject({
        result: 'failed',
        failure: 'log_limit',
        message: expect.stringContaining('1000000'),
      });
      const log = await h.log(executor, request.attemptId, 4_000_000);
      // What the executor adds takes its part of it.
      expect(log.length).toBeLessThanOrEqual(1_000_000);
      expect(log.length).toBeGreaterThan(h.has('exactText') ? 999_999 : 1_000);
      await h.nothingLeft();
    });
  });
}
