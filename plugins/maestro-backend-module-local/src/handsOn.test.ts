import type { LaunchRequest } from '@maestro/plugin-maestro-node';
import { Harness } from '@maestro/plugin-maestro-node/conformance';
import { isRunning, LocalFixture } from './testing/localFixture';

jest.setTimeout(180_000);

const shell = (script: string) => ['sh', '-c', script];
const LAST_LINE = { lastLineAs: 'return_value' };

let fixture: LocalFixture;
let harness: Harness;

beforeEach(() => {
  fixture = new LocalFixture();
  harness = new Harness(fixture, 60_000);
});
afterEach(() => harness.tearDown());

it.each<[string, LaunchRequest['handsOn'], string, object]>([
  [
    'is its last line, of both outputs',
    LAST_LINE,
    'echo one; echo two >&2',
    { result: 'success', outputs: '{"return_value":"two"}' },
  ],
  [
    'is an empty text when it prints nothing',
    LAST_LINE,
    'true',
    { result: 'success', outputs: '{"return_value":""}' },
  ],
  [
    'is nothing when it is not wanted',
    {},
    'echo one',
    { result: 'success', outputs: undefined },
  ],
  [
    'is never what it writes to the output file',
    {},
    'echo \'{"a":1}\' > $MAESTRO_OUTPUT',
    { result: 'success', outputs: undefined },
  ],
  [
    'is nothing when it fails',
    LAST_LINE,
    'echo one; exit 3',
    { result: 'failed', exitCode: 3, outputs: undefined },
  ],
  [
    'is nothing when it skips itself',
    LAST_LINE,
    'echo one; exit 99',
    { result: 'skipped', exitCode: 99, outputs: undefined },
  ],
  [
    'fails it when the line is too long',
    LAST_LINE,
    'head -c 300000 /dev/zero | tr "\\0" x',
    { result: 'failed', failure: 'outputs', outputs: undefined },
  ],
])(
  'what a command hands on %s',
  async (_, handsOn, script, { outputs, ...outcome }: any) => {
    const attempt = await harness.run(
      await harness.start(),
      harness.request(shell(script), { handsOn }),
    );
    expect(attempt.outcome).toMatchObject(outcome);
    expect(attempt.outcome!.outputs).toBe(outputs);
  },
);

it.each<[string, true | undefined, string]>([
  ['has links to its sources', undefined, 'a.py'],
  ['is empty when they are wanted apart', true, ''],
])('the folder of a command %s', async (_, sourcesApart, expected) => {
  const attempt = await harness.run(
    await harness.start(),
    harness.request(
      shell('test -f "$MAESTRO_SOURCE/a.py" && echo "it has: $(ls -A)"'),
      {
        handsOn: LAST_LINE,
        sourcesApart,
        sources: {
          versionHash: 'abc',
          files: [{ path: 'a.py', content: Buffer.from('') }],
        },
      },
    ),
  );
  expect(JSON.parse(attempt.outcome!.outputs!)).toEqual({
    return_value: `it has: ${expected}`.trim(),
  });
});

it('the last line is known after the launcher was killed', async () => {
  const executor = await harness.start();
  const request = harness.request(shell('echo one; sleep 1; echo two'), {
    handsOn: LAST_LINE,
  });
  await executor.launch(request);
  const launcher = fixture.launcherPid();
  process.kill(launcher, 'SIGKILL');
  await harness.until('it is gone', async () =>
    isRunning(launcher) ? undefined : true,
  );
  const { outcome } = await harness.ended(executor, request.attemptId);
  expect(outcome).toMatchObject({
    result: 'success',
    outputs: '{"return_value":"two"}',
  });
});
