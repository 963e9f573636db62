import { spawn, type ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { resolvePackagePath } from '@backstage/backend-plugin-api';
import { Harness } from '@maestro/plugin-maestro-node/conformance';
import {
  isRunning,
  LocalFixture,
  markedProcesses,
} from './testing/localFixture';

jest.setTimeout(180_000);

const shell = (script: string) => ['sh', '-c', script];

let fixture: LocalFixture;
let harness: Harness;

beforeEach(() => {
  fixture = new LocalFixture();
  harness = new Harness(fixture, 60_000);
});

afterEach(async () => {
  await harness.tearDown();
});

async function gone(pid: number): Promise<void> {
  await harness.until(`process ${pid} is gone`, async () =>
    isRunning(pid) ? undefined : true,
  );
}

describe('kill -9 of the launcher', () => {
  it('ends no task: each goes on and ends with its own exit code and its whole log', async () => {
    const executor = await harness.start();
    const script =
      'for i in 1 2 3 4 5 6 7 8; do echo line $i; sleep 0.1; done; echo \'{"n":8}\' > $MAESTRO_OUTPUT; exit $CODE';
    const requests = [0, 3, 99].map(code =>
      harness.request(shell(script), { env: { CODE: String(code) } }),
    );
    const killed = harness.request(shell('sleep 0.5; kill -9 $$'));
    await Promise.all(
      [...requests, killed].map(request => executor.launch(request)),
    );
    const launcher = fixture.launcherPid();
    process.kill(launcher, 'SIGKILL');
    await gone(launcher);

    const outcomes = [];
    for (const { attemptId } of requests) {
      outcomes.push((await harness.ended(executor, attemptId)).outcome);
      expect((await harness.log(executor, attemptId)).toString()).toBe(
        [1, 2, 3, 4, 5, 6, 7, 8].map(i => `line ${i}\n`).join(''),
      );
    }
    expect(outcomes).toMatchObject([
      { result: 'success', exitCode: 0, outputs: '{"n":8}\n' },
      { result: 'failed', failure: 'exit_code', exitCode: 3 },
      { result: 'skipped', exitCode: 99 },
    ]);
    const { outcome } = await harness.ended(executor, killed.attemptId);
    expect(outcome).toMatchObject({ failure: 'signal', signal: 'SIGKILL' });
    expect(fixture.launcherPid()).not.toBe(launcher);
    await harness.nothingLeft();
  });

  it('is noticed by itself: the end is told without being asked for', async () => {
    const executor = await harness.start();
    const request = harness.request(shell('sleep 0.5; exit 4'));
    await executor.launch(request);
    process.kill(fixture.launcherPid(), 'SIGKILL');
    const told = await harness.until('the end was told', async () =>
      harness.observations.find(
        attempt =>
          attempt.attemptId === request.attemptId && attempt.phase === 'ended',
      ),
    );
    expect(told.outcome).toMatchObject({ exitCode: 4 });
  });

  it('loses no exit code of a task that ended while no launcher was there', async () => {
    const first = await harness.start();
    const request = harness.request(
      shell('echo first words; sleep 0.5; echo last words; exit 6'),
    );
    await first.launch(request);
    await harness.said(first, request.attemptId, 'first words');
    await first.stop();
    process.kill(fixture.launcherPid(), 'SIGKILL');
    await harness.nothingLeft();
    const endedBy = Date.now();
    await sleep(300);

    const second = await harness.start();
    const attempt = await harness.listed(second, request.attemptId);
    expect(attempt).toMatchObject({
      phase: 'ended',
      outcome: { failure: 'exit_code', exitCode: 6 },
    });
    expect(attempt!.endedAt).toBeLessThanOrEqual(endedBy + 100);
    expect((await harness.log(second, request.attemptId)).toString()).toBe(
      'first words\nlast words\n',
    );
  });

  it('does not save a task from its cancel: the next launcher kills it', async () => {
    const executor = await harness.start();
    const request = harness.request(
      shell('trap "" TERM; echo up; while :; do sleep 0.05; done'),
    );
    await executor.launch(request);
    await harness.said(executor, request.attemptId, 'up');
    await executor.cancel(request.attemptId, { graceMs: 1000 });
    process.kill(fixture.launcherPid(), 'SIGKILL');
    const { outcome } = await harness.ended(executor, request.attemptId);
    expect(outcome).toMatchObject({ failure: 'cancelled' });
    await harness.nothingLeft();
  });

  it('together with all tasks leaves attempts that are listed as lost', async () => {
    const executor = await harness.start();
    const request = harness.request(['sleep', '60']);
    await executor.launch(request);
    const { object } = (await harness.listed(executor, request.attemptId))!;
    process.kill(fixture.launcherPid(), 'SIGSTOP');
    process.kill(-Number(object!.slice(4)), 'SIGKILL');
    process.kill(fixture.launcherPid(), 'SIGKILL');
    const { outcome } = await harness.ended(executor, request.attemptId);
    expect(outcome).toMatchObject({ result: 'failed', failure: 'lost' });
  });

  it('during launches: each attempt runs exactly once or is not there', async () => {
    const executor = await harness.start();
    const requests = Array.from({ length: 30 }, () =>
      harness.request(shell('echo once; sleep 0.2')),
    );
    const launches = requests.map(request => executor.launch(request));
    await sleep(5);
    process.kill(fixture.launcherPid(), 'SIGKILL');
    await Promise.all(launches);
    for (const { attemptId } of requests) {
      const { outcome } = await harness.ended(executor, attemptId);
      const log = (await harness.log(executor, attemptId)).toString();
      // Killed between writing "started" and handing over the command.
      const neverRan = outcome?.result === 'failed';
      expect([outcome?.result, log]).toEqual(
        neverRan ? ['failed', ''] : ['success', 'once\n'],
      );
    }
  });
});

describe('the scheduler', () => {
  let client: ChildProcess | undefined;

  afterEach(() => {
    client?.kill('SIGKILL');
  });

  it('killed with -9 takes no task with it; the next one sees how it ended', async () => {
    const request = harness.request(shell('echo a; sleep 0.8; echo b; exit 7'));
    client = spawn(
      process.execPath,
      [
        '--require',
        require.resolve('@backstage/cli/config/nodeTransform.cjs'),
        join(__dirname, 'testing', 'launchAndWait.ts'),
        fixture.dataDir,
        JSON.stringify(request),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await new Promise<void>((resolve, reject) => {
      client!.stdout!.once('data', () => resolve());
      client!.once('exit', () => reject(new Error('it ended before')));
    });
    const exit = new Promise(resolve => client!.once('exit', resolve));
    client.kill('SIGKILL');
    await exit;
    const executor = await harness.start();
    const { outcome } = await harness.ended(executor, request.attemptId);
    expect(outcome).toMatchObject({ exitCode: 7 });
    expect((await harness.log(executor, request.attemptId)).toString()).toBe(
      'a\nb\n',
    );
  });
});

describe('one launcher for a data directory', () => {
  it('when many schedulers start at once', async () => {
    const executors = await Promise.all(
      Array.from({ length: 5 }, () => harness.start()),
    );
    const requests = executors.map(() => harness.request(shell('sleep 0.2')));
    await Promise.all(
      executors.map((executor, i) => executor.launch(requests[i])),
    );
    for (const executor of executors) {
      expect(await executor.list()).toHaveLength(5);
    }
    const locks = readdirSync(join(fixture.dataDir, 'runner')).filter(name =>
      name.startsWith('lock.'),
    );
    expect(locks).toHaveLength(1);
    // Those that found it locked have said so, and end.
    await harness.until('only its holder is left', async () =>
      launchersOf(fixture.dataDir).length === 1 ? true : undefined,
    );
    expect(launchersOf(fixture.dataDir)).toEqual([fixture.launcherPid()]);
  });

  it('after a kill that left lock, socket and runner.json behind', async () => {
    const first = await harness.start();
    const launcher = fixture.launcherPid();
    await first.stop();
    process.kill(launcher, 'SIGKILL');
    await gone(launcher);
    const { socket } = runnerInfo();
    expect(existsSync(socket)).toBe(true);
    const executor = await harness.start();
    expect((await executor.health()).ok).toBe(true);
    expect(existsSync(socket)).toBe(false);
  });

  it('when the pid in the lock belongs to somebody else by now', async () => {
    const runner = join(fixture.dataDir, 'runner');
    mkdirSync(runner, { recursive: true });
    const bootId = readFileSync(
      '/proc/sys/kernel/random/boot_id',
      'utf8',
    ).trim();
    writeFileSync(
      join(runner, 'lock.41'),
      JSON.stringify({ pid: process.pid, startTime: '1', bootId }),
    );
    await harness.start();
    expect(readdirSync(runner)).toContain('lock.42');
    expect(readdirSync(runner)).not.toContain('lock.41');
  });

  it('when runner.json and lock are garbage', async () => {
    const runner = join(fixture.dataDir, 'runner');
    mkdirSync(runner, { recursive: true });
    writeFileSync(join(runner, 'lock.1'), '');
    writeFileSync(join(runner, 'runner.json'), '{"pid":');
    const executor = await harness.start();
    expect((await executor.health()).ok).toBe(true);
  });

  it('says why none can be started', async () => {
    writeFileSync(join(fixture.dataDir, 'attempts'), 'not a folder');
    await expect(harness.start()).rejects.toThrow(/EEXIST|not a directory/i);
  });

  it('opens a new door when its socket was removed', async () => {
    const executor = await harness.start();
    const pid = fixture.launcherPid();
    const { socket } = runnerInfo();
    await executor.stop();
    unlinkSync(socket);
    await harness.until('the socket is there again', async () =>
      existsSync(socket) ? true : undefined,
    );
    await harness.start();
    expect(fixture.launcherPid()).toBe(pid);
  });
});

describe('adoption', () => {
  it('does not take a process with the same pid for the attempt', async () => {
    const first = await harness.start();
    const request = harness.request(['sleep', '60']);
    await first.launch(request);
    const { object } = (await harness.listed(first, request.attemptId))!;
    await first.stop();
    const launcher = fixture.launcherPid();
    process.kill(launcher, 'SIGKILL');
    await gone(launcher);
    process.kill(-Number(object!.slice(4)), 'SIGKILL');

    const bystander = spawn('sleep', ['60'], { detached: true });
    try {
      const path = join(
        fixture.dataDir,
        'attempts',
        request.attemptId,
        'started.json',
      );
      const started = JSON.parse(readFileSync(path, 'utf8'));
      writeFileSync(path, JSON.stringify({ ...started, pid: bystander.pid }));
      const second = await harness.start();
      const { outcome } = await harness.ended(second, request.attemptId);
      expect(outcome).toMatchObject({ failure: 'lost' });
      expect(isRunning(bystander.pid!)).toBe(true);
    } finally {
      bystander.kill('SIGKILL');
    }
  });

  it('of an attempt from before a restart of the host finds it lost', async () => {
    const first = await harness.start();
    const request = harness.request(['sleep', '60']);
    await first.launch(request);
    const { object } = (await harness.listed(first, request.attemptId))!;
    await first.stop();
    process.kill(fixture.launcherPid(), 'SIGKILL');
    process.kill(-Number(object!.slice(4)), 'SIGKILL');
    const path = join(
      fixture.dataDir,
      'attempts',
      request.attemptId,
      'started.json',
    );
    const started = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...started, bootId: 'another' }));
    const second = await harness.start();
    const { outcome } = await harness.ended(second, request.attemptId);
    expect(outcome).toMatchObject({
      failure: 'lost',
      message: expect.stringContaining('host'),
    });
  });
});

describe('the end of the launcher', () => {
  it('by TERM ends its tasks first, and writes how they ended', async () => {
    const first = await harness.start();
    const request = harness.request(
      shell('trap "" TERM; echo up; sleep 100; sleep 100'),
    );
    await first.launch(request);
    await harness.said(first, request.attemptId, 'up');
    await first.stop();
    const launcher = fixture.launcherPid();
    process.kill(launcher, 'SIGTERM');
    await gone(launcher);
    expect(markedProcesses(fixture.dataDir)).toEqual([]);
    const second = await harness.start();
    expect(await harness.listed(second, request.attemptId)).toMatchObject({
      phase: 'ended',
      outcome: {
        failure: 'lost',
        message: expect.stringContaining('stopped'),
      },
    });
  });

  it('comes with the loss of its lock: somebody else may start the tasks again', async () => {
    const executor = await harness.start();
    await executor.launch(harness.request(['sleep', '60']));
    await executor.stop();
    const launcher = fixture.launcherPid();
    const runner = join(fixture.dataDir, 'runner');
    for (const name of readdirSync(runner)) {
      if (name.startsWith('lock.')) {
        unlinkSync(join(runner, name));
      }
    }
    await gone(launcher);
    expect(markedProcesses(fixture.dataDir)).toEqual([]);
  });

  it('comes with the loss of its data directory', async () => {
    const executor = await harness.start();
    await executor.launch(harness.request(['sleep', '60']));
    await executor.stop();
    const launcher = fixture.launcherPid();
    rmSync(fixture.dataDir, { recursive: true });
    await gone(launcher);
    expect(markedProcesses(fixture.dataDir)).toEqual([]);
    mkdirSync(fixture.dataDir);
  });
});

function runnerInfo(): { pid: number; socket: string } {
  return JSON.parse(
    readFileSync(join(fixture.dataDir, 'runner', 'runner.json'), 'utf8'),
  );
}

function launchersOf(dataDir: string): number[] {
  const path = resolvePackagePath(
    '@maestro/plugin-maestro-node',
    'launcher',
    'launcher.mjs',
  );
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => {
      try {
        const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return args.includes(path) && args.includes(dataDir);
      } catch {
        // It ended while we looked.
        return false;
      }
    })
    .map(Number);
}
