import {
  Harness,
  makeMemoryCgroup,
} from '@maestro/plugin-maestro-node/conformance';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LocalFixture } from './testing/localFixture';

jest.setTimeout(180_000);

const shell = (script: string) => ['sh', '-c', script];

describe('a task without memory', () => {
  // The launcher is in it too, and much smaller than what must go.
  const cgroup = makeMemoryCgroup(192);
  let fixture: LocalFixture;
  let harness: Harness;

  beforeEach(() => {
    fixture = new LocalFixture();
    harness = new Harness(fixture, 60_000);
  });
  afterEach(() => harness.tearDown());
  afterAll(() => cgroup.remove?.());

  if ('problem' in cgroup) {
    it(`cannot be had here (${cgroup.problem}): oom.test.ts of the runner decides with recorded counters`, () => {
      expect(cgroup.problem).not.toBe('');
    });
  } else {
    it.each([
      ['ended by the kernel', `exec ${cgroup.glutton}`],
      ['whose child was ended by the kernel', `${cgroup.glutton}; exit $?`],
    ])('%s fails as oom', async (_, script) => {
      const executor = await harness.start();
      writeFileSync(
        join(dirname(cgroup.counter), 'cgroup.procs'),
        String(fixture.launcherPid()),
      );
      // Its shells were started before; this one follows the launcher.
      const request = harness.request(shell(cgroup.enter(script)));
      await executor.launch(request);
      const { outcome } = await harness.ended(executor, request.attemptId);
      expect(outcome).toMatchObject({
        result: 'failed',
        failure: 'oom',
        message: expect.stringMatching(
          /: the kernel ended it because memory ran out \(oom_kill in \/sys\/fs\/cgroup\/.*maestro-test.* rose from \d+ to \d+/,
        ),
      });
    });
  }

  it('is not confused with one that somebody killed', async () => {
    const executor = await harness.start();
    const request = harness.request(shell('kill -9 $$'));
    await executor.launch(request);
    const { outcome } = await harness.ended(executor, request.attemptId);
    expect(outcome).toMatchObject({ failure: 'signal', signal: 'SIGKILL' });
  });
});
