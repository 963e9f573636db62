/* eslint-disable jest/no-export, jest/no-standalone-expect -- a suite for the tests of other packages, some of which leave tests out */
import type { ExecutorError } from '../executor/failure';
import type { Applies } from './applies';
import type { Harness } from './Harness';

const shell = (script: string) => ['sh', '-c', script];

/** What an attempt came to, and what it was given. */
export function describeOutcomes(
  harness: () => Harness,
  maxOutputBytes: number,
  applies: Applies,
): void {
  describe('outcome', () => {
    it('is success for exit code 0', async () => {
      const h = harness();
      const before = Date.now();
      const attempt = await h.run(await h.start(), h.request(['true']));
      expect(attempt.outcome).toEqual({ result: 'success', exitCode: 0 });
      expect(attempt.startedAt).toBeGreaterThan(before - 60_000);
      expect(attempt.endedAt).toBeGreaterThanOrEqual(attempt.startedAt!);
      expect(attempt.object).toMatch(/./);
    });

    applies('exitCodes').each([1, 2, 42, 126, 137, 200, 255])(
      'is failed with exit code %d',
      async code => {
        const h = harness();
        const attempt = await h.run(
          await h.start(),
          h.request(shell(`exit ${code}`)),
        );
        expect(attempt.outcome).toMatchObject({
          result: 'failed',
          failure: 'exit_code',
          exitCode: code,
          message: expect.stringContaining(String(code)),
        });
      },
    );

    applies('exitCodes')(
      'is skipped for exit code 99, with its outputs',
      async () => {
        const h = harness();
        const attempt = await h.run(
          await h.start(),
          h.request(shell('echo \'{"n":0}\' > "$MAESTRO_OUTPUT"; exit 99')),
        );
        expect(attempt.outcome).toMatchObject({
          result: 'skipped',
          exitCode: 99,
        });
        expect(JSON.parse(attempt.outcome!.outputs!)).toEqual({ n: 0 });
      },
    );

    applies('exitCodes').each(['KILL', 'TERM', 'SEGV', 'ABRT'])(
      'names SIG%s when that ended it',
      async signal => {
        const h = harness();
        const attempt = await h.run(
          await h.start(),
          h.request(shell(`kill -${signal} $$`)),
        );
        expect(attempt.outcome).toMatchObject({
          result: 'failed',
          failure: 'signal',
          signal: `SIG${signal}`,
        });
      },
    );

    applies('exitCodes')(
      'tells plainly that a program is not there',
      async () => {
        const h = harness();
        const executor = await h.start();
        const request = h.request(['no-such-program-here', '--help']);
        // At launch, or as the outcome of a container that could not start.
        const failure = await executor.launch(request).then(
          async () => (await h.ended(executor, request.attemptId)).outcome,
          (error: ExecutorError) => ({
            result: 'failed',
            failure: error.failure,
            message: error.message,
          }),
        );
        expect(failure).toMatchObject({
          result: 'failed',
          failure: expect.stringMatching(/^(launch|config|exit_code)$/),
          message: expect.stringMatching(/no-such-program-here|127/),
        });
      },
    );

    applies('environment')('refuses a 5 MB variable by its name', async () => {
      const h = harness();
      const executor = await h.start();
      const request = h.request(['true'], {
        env: { MAESTRO_PARAMS: 'x'.repeat(5_000_000) },
      });
      await expect(executor.launch(request)).rejects.toMatchObject({
        name: 'ExecutorError',
        message: expect.stringContaining('MAESTRO_PARAMS'),
      });
      expect(await h.listed(executor, request.attemptId)).toBeUndefined();
    });
  });

  describe('outputs', () => {
    applies('outputFile')('are the JSON object the task wrote', async () => {
      const h = harness();
      const attempt = await h.run(
        await h.start(),
        h.request(
          shell('printf \'{"rows": 10, "äö": [1.5, null]}\' > $MAESTRO_OUTPUT'),
        ),
      );
      expect(attempt.outcome?.result).toBe('success');
      expect(JSON.parse(attempt.outcome!.outputs!)).toEqual({
        rows: 10,
        äö: [1.5, null],
      });
    });

    applies('outputFile').each([
      ['no JSON', 'printf \'{"a":\' > $MAESTRO_OUTPUT'],
      ['no object', "printf '[1]' > $MAESTRO_OUTPUT"],
      ['no UTF-8', 'printf \'{"a":"\\377"}\' > $MAESTRO_OUTPUT'],
      [
        'too large',
        '(printf \'{"a":"\'; head -c 300000 /dev/zero | tr "\\\\0" x; printf \'"}\') > $MAESTRO_OUTPUT',
      ],
      ['a folder', 'mkdir $MAESTRO_OUTPUT'],
    ])('fail the attempt when they are %s', async (_, script) => {
      const h = harness();
      const attempt = await h.run(await h.start(), h.request(shell(script)));
      expect(attempt.outcome).toMatchObject({
        result: 'failed',
        failure: 'outputs',
        message: expect.stringMatching(/output/),
      });
    });

    applies('outputFile')(`may be ${maxOutputBytes} bytes`, async () => {
      const h = harness();
      const attempt = await h.run(
        await h.start(),
        h.request(
          shell(
            `(printf '{"a":"'; head -c ${
              maxOutputBytes - 8
            } /dev/zero | tr "\\\\0" x; printf '"}') > $MAESTRO_OUTPUT`,
          ),
        ),
      );
      expect(attempt.outcome).toMatchObject({ result: 'success' });
      expect(attempt.outcome!.outputs!.length).toBe(maxOutputBytes);
    });

    applies('outputFile')('do not hide why a task failed', async () => {
      const h = harness();
      const attempt = await h.run(
        await h.start(),
        h.request(shell("printf '{' > $MAESTRO_OUTPUT; exit 3")),
      );
      expect(attempt.outcome).toMatchObject({
        failure: 'exit_code',
        exitCode: 3,
      });
    });
  });

  describe('environment', () => {
    applies('environment')(
      'holds what was asked for, and no secret of the scheduler',
      async () => {
        const h = harness();
        process.env.CONFORMANCE_SECRET = 'of-the-portal';
        try {
          const executor = await h.start();
          const request = h.request(['env'], {
            env: {
              MAESTRO_PARAMS: `{"a":"it's \\"$HOME\\" \`x\` \n2nd line"}`,
              'AIRFLOW_CONN_MY-DB': 'odd.name',
            },
          });
          await h.run(executor, request);
          const log = (await h.log(executor, request.attemptId)).toString();
          expect(log).not.toContain('of-the-portal');
          expect(log).toContain(
            `MAESTRO_PARAMS={"a":"it's \\"$HOME\\" \`x\` \n2nd line"}\n`,
          );
          expect(log).toContain('AIRFLOW_CONN_MY-DB=odd.name\n');
          expect(log).toMatch(/^MAESTRO_SOURCE=\//m);
          expect(log).toMatch(/^MAESTRO_OUTPUT=\//m);
          expect(log).toMatch(/^PATH=/m);
        } finally {
          delete process.env.CONFORMANCE_SECRET;
        }
      },
    );

    applies('environment')('passes arguments as they are', async () => {
      const h = harness();
      const executor = await h.start();
      const request = h.request([
        'printf',
        '<%s>',
        '',
        "it's",
        '$HOME `id` $(id)',
        '*',
        'a\nb',
        '-n',
        'ü',
      ]);
      await h.run(executor, request);
      expect((await h.log(executor, request.attemptId)).toString()).toBe(
        "<><it's><$HOME `id` $(id)><*><a\nb><-n><ü>",
      );
    });

    applies('environment')(
      'has the sources in a working directory of its own',
      async () => {
        const h = harness();
        const executor = await h.start();
        const sources = {
          versionHash: 'with-files',
          files: [
            {
              path: 'main.sh',
              content: Buffer.from('#!/bin/sh\ncat lib/a.txt\n'),
              executable: true,
            },
            { path: 'lib/a.txt', content: Buffer.from([0xff, 0x00, 0x0a]) },
          ],
        };
        const first = h.request(
          shell('./main.sh && echo mine > new.txt && ls "$MAESTRO_SOURCE"'),
          { sources },
        );
        const { outcome } = await h.run(executor, first);
        expect(outcome).toMatchObject({ result: 'success' });
        expect(await h.log(executor, first.attemptId)).toEqual(
          Buffer.concat([
            Buffer.from([0xff, 0x00, 0x0a]),
            Buffer.from('lib\nmain.sh\n'),
          ]),
        );
        const second = h.request(shell('ls'), { sources });
        await h.run(executor, second);
        expect((await h.log(executor, second.attemptId)).toString()).toBe(
          'lib\nmain.sh\n',
        );
      },
    );

    applies('environment').each(['../out', '/abs', 'a//b', 'a/./b', ''])(
      'refuses the source path %p',
      async path => {
        const h = harness();
        const executor = await h.start();
        const request = h.request(['true'], {
          sources: {
            versionHash: `bad-${path.length}`,
            files: [{ path, content: Buffer.from('x') }],
          },
        });
        await expect(executor.launch(request)).rejects.toMatchObject({
          name: 'ExecutorError',
          failure: 'config',
        });
      },
    );
  });
}
