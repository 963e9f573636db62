import {
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ObservedAttempt } from '../executor/types';
import { RunnerClient } from './RunnerClient';

jest.setTimeout(180_000);

let dataDir: string;
let clients: RunnerClient[];

const launcherPid = (): number =>
  JSON.parse(readFileSync(join(dataDir, 'runner', 'runner.json'), 'utf8')).pid;

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    // Linux has no file for a process that is gone.
    return false;
  }
}

beforeEach(() => {
  dataDir = realpathSync(mkdtempSync(join(tmpdir(), 'maestro-fence-')));
  clients = [];
});

afterEach(async () => {
  await Promise.all(clients.map(client => client.close()));
  const pid = launcherPid();
  if (isRunning(pid)) {
    process.kill(pid, 'SIGCONT');
    process.kill(pid, 'SIGTERM');
    await until('the launcher ended', () => !isRunning(pid));
  }
  rmSync(dataDir, { recursive: true });
});

async function until(what: string, is: () => boolean | Promise<boolean>) {
  const deadline = Date.now() + 60_000;
  while (!(await is())) {
    if (Date.now() > deadline) throw new Error(`Not in time: ${what}`);
    await sleep(20);
  }
}

/** Milliseconds of the clock that deadlines are in. */
const now = () => Number(process.hrtime.bigint() / 1_000_000n);

async function connect(renews: boolean): Promise<RunnerClient> {
  const client = new RunnerClient({ dataDir, renews });
  clients.push(client);
  await client.connect();
  return client;
}

/**
 * Renews for so long from now: again when it was answered so late that it may
 * have come too late, or not at all within the seconds of a renewal.
 */
async function renewFor(client: RunnerClient, ms: number): Promise<void> {
  await until('a renewal was in time', async () => {
    const deadline = now() + ms;
    try {
      await client.renew(deadline);
    } catch (error) {
      expect(String(error)).toContain('did not answer to "renew"');
      return false;
    }
    return now() < deadline;
  });
}

/** The deadline is now, in the file by which the guard goes and a next launcher. */
function deadlineComes(): void {
  const path = join(dataDir, 'runner', 'fence');
  const [generation, , , ...rest] = readFileSync(path, 'utf8').split(' ');
  const [seconds] = readFileSync('/proc/uptime', 'utf8').split(' ');
  const fields = [generation, Math.floor(Number(seconds)), seconds, ...rest];
  writeFileSync(`${path}.test`, fields.join(' '));
  renameSync(`${path}.test`, path);
}

const request = (attemptId: string, beginBefore?: number) => ({
  attemptId,
  command: ['sleep', '600'],
  env: { PATH: process.env.PATH! },
  sourceDir: dataDir,
  links: [],
  logLimitBytes: 1_000_000,
  minFreeBytes: 0,
  beginBefore,
});

async function ended(client: RunnerClient, id: string) {
  let found: ObservedAttempt | undefined;
  await until(`attempt ${id} ended`, async () => {
    found = (await client.list()).find(one => one.attemptId === id);
    return found?.phase === 'ended';
  });
  return found!;
}

const pidOf = (attempt: ObservedAttempt) => Number(attempt.object!.slice(4));

it('ends what runs when nobody renewed in time, begins nothing, and goes on when somebody does', async () => {
  const client = await connect(true);
  // Launched before anybody renews: that would end nothing, however late it is.
  const { object } = await client.launch(request('a'));
  await renewFor(client, 3_000);
  expect((await ended(client, 'a')).outcome).toMatchObject({
    result: 'failed',
    failure: 'lost',
    message: expect.stringContaining('reached the database'),
  });
  expect(isRunning(Number(object!.slice(4)))).toBe(false);
  await expect(client.launch(request('b'))).rejects.toThrow(
    'no scheduler of this host has renewed',
  );
  expect((await client.list()).map(one => one.attemptId)).toEqual(['a']);
  await renewFor(client, 60_000);
  await client.launch(request('b'));
});

it('ends nothing as long as somebody renews, and nothing where nobody ever did', async () => {
  const client = await connect(true);
  await client.launch(request('a'));
  for (let i = 0; i < 17; i += 1) {
    await renewFor(client, 15_000);
    await sleep(1_000);
  }
  expect(await client.list()).toMatchObject([{ phase: 'running' }]);
});

it('does not let a renewal that came late, or an earlier one, change anything', async () => {
  const client = await connect(true);
  await renewFor(client, 60_000);
  await client.renew(now() + 10);
  await client.renew(now() - 5_000);
  await client.launch(request('a'));
  await sleep(1_500);
  expect(await client.list()).toMatchObject([{ phase: 'running' }]);
});

it('has what runs killed by its guard when the launcher is dead, and the next one says so', async () => {
  const client = await connect(true);
  await renewFor(client, 60_000);
  const attempt = await client.launch(request('a'));
  await client.close();
  process.kill(launcherPid(), 'SIGKILL');
  expect(isRunning(pidOf(attempt))).toBe(true);
  deadlineComes();
  await until('the guard killed it', () => !isRunning(pidOf(attempt)));
  const next = await connect(true);
  expect((await ended(next, 'a')).outcome).toMatchObject({
    result: 'failed',
    failure: 'lost',
  });
});

it('has what runs killed by its guard when the launcher is stopped', async () => {
  const client = await connect(true);
  await renewFor(client, 60_000);
  const attempt = await client.launch(request('a'));
  process.kill(launcherPid(), 'SIGSTOP');
  // The shell around it lives on; the task itself is what must be dead.
  const task = () =>
    readFileSync(
      `/proc/${pidOf(attempt)}/task/${pidOf(attempt)}/children`,
      'utf8',
    ).trim();
  await until('the task began', () => task() !== '');
  const pid = Number(task());
  expect(isRunning(pid)).toBe(true);
  deadlineComes();
  await until('the guard killed it', () => !isRunning(pid));
  expect(isRunning(pid)).toBe(false);
});

it('leaves alone what a scheduler runs that renews nothing, such as an earlier build', async () => {
  const renewing = await connect(true);
  await renewFor(renewing, 3_000);
  const earlier = await connect(false);
  await renewing.close();
  await earlier.launch(request('a'));
  await sleep(5_000);
  expect(await earlier.list()).toMatchObject([{ phase: 'running' }]);
  // When it has gone as well, the time runs again.
  const [attempt] = await earlier.list();
  await earlier.close();
  await until('it was ended', () => !isRunning(pidOf(attempt)));
});

it('begins nothing whose request waited in the socket until it was too late', async () => {
  const client = await connect(false);
  const pid = launcherPid();
  process.kill(pid, 'SIGSTOP');
  const launching = client.launch(request('late', now() + 200));
  // Heard at once: an answer that nobody waits for would end the test.
  const refused = launching.then(
    () => 'it began',
    error => String(error),
  );
  await sleep(600);
  process.kill(pid, 'SIGCONT');
  expect(await refused).toMatch(/ms too late/);
  expect(await client.list()).toEqual([]);
  await client.launch(request('in-time', now() + 60_000));
  expect(await client.list()).toHaveLength(1);
});
