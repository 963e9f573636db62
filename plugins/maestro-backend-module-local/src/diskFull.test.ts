import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Harness } from '@maestro/plugin-maestro-node/conformance';
import { LocalFixture } from './testing/localFixture';

jest.setTimeout(180_000);

const shell = (script: string) => ['sh', '-c', script];

const MEGABYTE = 1024 * 1024;

let mountPoint: string;
let dataDir: string;
let harness: Harness;
/** On another disk: a task goes on once it is there. */
let mayEnd: string;
const waits = () => `while [ ! -e ${mayEnd} ]; do sleep 0.1; done`;

/** The disk of a machine where nothing else happens: 16 MB of memory. */
beforeEach(() => {
  mountPoint = realpathSync(mkdtempSync(join(tmpdir(), 'maestro-disk-')));
  try {
    execFileSync('mount', [
      '-t',
      'tmpfs',
      '-o',
      'size=16m',
      'none',
      mountPoint,
    ]);
  } catch (error) {
    rmSync(mountPoint, { recursive: true });
    throw new Error(
      `A full disk can be tried only by a user who may mount a tmpfs (root): ${error}`,
    );
  }
  mayEnd = `${mountPoint}.may-end`;
  dataDir = join(mountPoint, 'data');
  mkdirSync(dataDir);
});

afterEach(async () => {
  rmSync(join(mountPoint, 'filler'), { force: true });
  rmSync(mayEnd, { force: true });
  try {
    await harness.tearDown();
  } finally {
    await unmount();
    rmSync(mountPoint, { recursive: true });
  }
});

/** Shells that a launcher keeps ready end by themselves, a moment after it. */
async function unmount(): Promise<void> {
  for (const end = Date.now() + 60_000; ; ) {
    try {
      execFileSync('umount', [mountPoint], { stdio: 'pipe' });
      return;
    } catch (error) {
      const isBusy = String(error).includes('busy');
      if (!isBusy || Date.now() > end) throw error;
      await sleep(20);
    }
  }
}

function use(minFreeDiskBytes: number): void {
  harness = new Harness(
    new LocalFixture({ dataDir, minFreeDiskBytes }),
    60_000,
  );
}

/** Leaves no byte. */
function fill(): void {
  const path = join(mountPoint, 'filler');
  for (const size of [MEGABYTE, 4096]) {
    try {
      for (;;) {
        writeFileSync(path, Buffer.alloc(size), { flag: 'a' });
      }
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
    }
  }
  expect(statfsSync(mountPoint).bavail).toBe(0);
}

/** Leaves so many bytes, if there are more. */
function leave(bytes: number): void {
  const { bavail, bsize } = statfsSync(mountPoint);
  const size = Math.max(0, bavail * bsize - bytes);
  writeFileSync(join(mountPoint, 'filler'), Buffer.alloc(size));
}

it('loses no outcome: it is told at once and written when there is room', async () => {
  use(0);
  const executor = await harness.start();
  const request = harness.request(shell(`echo before; ${waits()}; exit 8`));
  await executor.launch(request);
  await harness.said(executor, request.attemptId, 'before');
  fill();
  writeFileSync(mayEnd, '');
  const attempt = await harness.ended(executor, request.attemptId);
  expect(attempt.outcome).toMatchObject({ exitCode: 8 });
  expect(await executor.health()).toMatchObject({
    ok: false,
    message: expect.stringContaining('wait to be written'),
  });
  expect((await harness.log(executor, request.attemptId)).toString()).toBe(
    'before\n',
  );
  rmSync(join(mountPoint, 'filler'));
  await harness.until('the executor is well again', async () =>
    (await executor.health()).ok ? true : undefined,
  );
  const exit = JSON.parse(
    readFileSync(
      join(dataDir, 'attempts', request.attemptId, 'exit.json'),
      'utf8',
    ),
  );
  expect(exit.outcome).toEqual(attempt.outcome);
});

it('keeps the exit code also when the launcher is killed meanwhile', async () => {
  use(0);
  const fixture = new LocalFixture({ dataDir });
  const executor = await harness.start();
  const request = harness.request(shell(`echo up; ${waits()}; exit 8`));
  await executor.launch(request);
  await harness.said(executor, request.attemptId, 'up');
  fill();
  writeFileSync(mayEnd, '');
  await harness.ended(executor, request.attemptId);
  process.kill(fixture.launcherPid(), 'SIGKILL');
  rmSync(join(mountPoint, 'filler'));
  const { outcome } = await harness.ended(executor, request.attemptId);
  expect(outcome).toMatchObject({ exitCode: 8 });
});

it('refuses a launch, and nothing of it stays', async () => {
  use(0);
  const executor = await harness.start();
  // Sources are there already: it is the attempt that finds no room.
  await harness.run(executor, harness.request(['true']));
  fill();
  const request = harness.request(['true']);
  await expect(executor.launch(request)).rejects.toMatchObject({
    name: 'ExecutorError',
    failure: 'launch',
    message: expect.stringContaining('disk'),
  });
  rmSync(join(mountPoint, 'filler'));
  expect(await harness.listed(executor, request.attemptId)).toBeUndefined();
  const { outcome } = await harness.run(executor, request);
  expect(outcome?.result).toBe('success');
});

it('ends the log that fills the disk before it is full, and no other task', async () => {
  use(6 * MEGABYTE);
  const executor = await harness.start();
  const quiet = harness.request(
    shell(`echo quiet; ${waits()}; echo still here`),
  );
  const loud = harness.request(
    shell('echo loud; while :; do head -c 50000 /dev/zero; sleep 0.1; done'),
  );
  await executor.launch(quiet);
  await executor.launch(loud);
  await harness.said(executor, quiet.attemptId, 'quiet');
  // Soon below what is kept free, and long before the disk is full: the launcher
  // may look late.
  leave(7 * MEGABYTE);
  const { outcome } = await harness.ended(executor, loud.attemptId);
  expect(outcome).toMatchObject({
    failure: 'log_limit',
    message: expect.stringContaining('bytes free'),
  });
  expect(await executor.health()).toMatchObject({
    ok: false,
    message: expect.stringContaining('free'),
  });
  writeFileSync(mayEnd, '');
  expect(
    (await harness.ended(executor, quiet.attemptId)).outcome,
  ).toMatchObject({ result: 'success' });
  await executor.forget(loud.attemptId);
});
