import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ObservedAttempt } from '../executor/types';
import {
  LAYOUT as launcherLayout,
  PROTOCOL as launcherProtocol,
} from '../../launcher/protocol.mjs';
import { Connection } from './Connection';
import { LAYOUT, PROTOCOL, type ProcessRequest } from './messages';
import { RunnerClient } from './RunnerClient';
import { startLauncher } from './startLauncher';

jest.setTimeout(180_000);

const LAUNCHER_DIR = join(__dirname, '../../launcher');

let root: string;
let dataDir: string;
let clients: RunnerClient[];
let messages: string[];

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'maestro-runner-')));
  dataDir = join(root, 'data');
  clients = [];
  messages = [];
});

afterEach(async () => {
  await Promise.all(clients.map(client => client.close()));
  const pid = launcherPid();
  if (pid !== undefined) {
    // What a test stopped goes on, so that it can end.
    process.kill(pid, 'SIGCONT');
    process.kill(pid, 'SIGTERM');
    await until(() => launcherPid() === undefined);
  }
  rmSync(root, { recursive: true });
});

/** The launcher of the data directory, when one runs. */
function launcherPid(): number | undefined {
  try {
    const { pid } = JSON.parse(
      readFileSync(join(dataDir, 'runner', 'runner.json'), 'utf8'),
    );
    const status = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return status.includes(dataDir) ? pid : undefined;
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toMatch(/ENOENT|ESRCH/);
    return undefined;
  }
}

async function until(is: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!is()) {
    if (Date.now() > deadline) {
      throw new Error(`Waited in vain until ${is}`);
    }
    await sleep(10);
  }
}

async function connect(): Promise<RunnerClient> {
  const client = new RunnerClient({
    dataDir,
    log: message => messages.push(message),
  });
  clients.push(client);
  await client.connect();
  return client;
}

/** As a scheduler of that launcher's own version. */
async function connectDirectly(): Promise<Connection> {
  const info = JSON.parse(
    readFileSync(join(dataDir, 'runner', 'runner.json'), 'utf8'),
  );
  return Connection.open(info.socket, () => {});
}

function request(script: string, attemptId: string = 'a1'): ProcessRequest {
  return {
    attemptId,
    command: ['sh', '-c', script],
    env: { PATH: process.env.PATH! },
    sourceDir: root,
    links: [],
    logLimitBytes: 1_000_000,
    minFreeBytes: 0,
  };
}

async function ended(
  client: RunnerClient,
  attemptId: string = 'a1',
): Promise<ObservedAttempt> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const attempt = (await client.list()).find(a => a.attemptId === attemptId);
    if (attempt?.phase === 'ended') {
      return attempt;
    }
    if (Date.now() > deadline) {
      throw new Error(`Attempt ${attemptId} did not end`);
    }
    await sleep(20);
  }
}

/** A launcher some lines of which are others. */
function changedLauncher(file: string, changes: [string, string][]): string {
  const dir = join(root, 'launcher');
  cpSync(LAUNCHER_DIR, dir, { recursive: true });
  const path = join(dir, file);
  let text = readFileSync(path, 'utf8');
  for (const [line, other] of changes) {
    expect(text).toContain(line);
    text = text.replace(line, other);
  }
  writeFileSync(path, text);
  return join(dir, 'launcher.mjs');
}

/** A launcher that says it is of another version. */
function launcherOf(protocol: number, layout: number): string {
  return changedLauncher('protocol.mjs', [
    [`PROTOCOL = ${PROTOCOL}`, `PROTOCOL = ${protocol}`],
    [`LAYOUT = ${LAYOUT}`, `LAYOUT = ${layout}`],
  ]);
}

/** A launcher of before: of the same protocol, it does not know this yet. */
function launcherWithout(word: 'renews' | 'handsOn'): string {
  return changedLauncher('server.mjs', [[`      ${word}: true,\n`, '']]);
}

it('speaks the protocol of its launcher', () => {
  expect({ protocol: PROTOCOL, layout: LAYOUT }).toEqual({
    protocol: launcherProtocol,
    layout: launcherLayout,
  });
});

it('leaves its launcher to older programs, which know protocol 1, and tells newer ones what it knows', async () => {
  await connect();
  const connection = await connectDirectly();
  expect(connection.hello).toMatchObject({
    protocol: 1,
    renews: true,
    handsOn: true,
  });
  connection.close();
});

it('takes the place of a launcher that hands nothing on, and adopts what it runs', async () => {
  mkdirSync(dataDir);
  const path = launcherWithout('handsOn');
  await startLauncher({ dataDir, launcherPath: path });
  const older = launcherPid()!;
  const connection = await connectDirectly();
  await connection.call('launch', request('sleep 1; exit 6'));
  connection.close();

  const client = await connect();
  expect(launcherPid()).not.toBe(older);
  expect(messages.join()).toContain('does not know handsOn');
  expect((await ended(client)).outcome).toMatchObject({ exitCode: 6 });
});

it('takes the place of a launcher of another protocol, and adopts what it runs', async () => {
  mkdirSync(dataDir);
  await startLauncher({ dataDir, launcherPath: launcherOf(0, LAYOUT) });
  const older = launcherPid()!;
  const connection = await connectDirectly();
  const mayEnd = join(root, 'may-end');
  await connection.call(
    'launch',
    request(
      `echo a; while [ ! -e ${mayEnd} ]; do sleep 0.1; done; echo b; exit 6`,
    ),
  );
  connection.close();

  const client = await connect();
  expect(launcherPid()).not.toBe(older);
  expect(messages.join()).toContain('protocol 0');
  expect(await client.list()).toMatchObject([{ phase: 'running' }]);
  writeFileSync(mayEnd, '');
  expect((await ended(client)).outcome).toMatchObject({ exitCode: 6 });
  const { bytes } = await client.readLog('a1', { offset: 0, limit: 100 });
  expect(Buffer.from(bytes).toString()).toBe('a\nb\n');
});

it('says at once that its own launcher speaks another protocol', async () => {
  const path = launcherOf(PROTOCOL + 1, LAYOUT);
  const client = new RunnerClient({ dataDir, launcherPath: path });
  clients.push(client);
  await expect(client.connect()).rejects.toThrow(
    `The process launcher ${path} speaks protocol ${
      PROTOCOL + 1
    } and this program ${PROTOCOL}`,
  );
});

it.each([
  ['renews', true],
  ['handsOn', false],
] as const)(
  'says at once that its own launcher does not know %s',
  async (word, renews) => {
    const path = launcherWithout(word);
    const client = new RunnerClient({ dataDir, launcherPath: path, renews });
    clients.push(client);
    await expect(client.connect()).rejects.toThrow(
      `The process launcher ${path} does not know ${word}, and this program needs it: the two were built from different sources`,
    );
  },
);

it('does not ask for what it does not need', async () => {
  const path = launcherWithout('renews');
  const client = new RunnerClient({ dataDir, launcherPath: path });
  clients.push(client);
  await client.connect();
  expect(await client.health()).toMatchObject({ live: 0 });
});

it('takes the place of the launcher of another backend, which took that of its own', async () => {
  const older = launcherOf(0, LAYOUT);
  // As its own, which another backend replaces before anybody asks it.
  const path = join(root, 'replaced.mjs');
  const first = join(root, 'first');
  writeFileSync(first, '');
  writeFileSync(
    path,
    `import { existsSync, rmSync, writeSync } from 'node:fs';
import { spawn } from 'node:child_process';
if (existsSync(${JSON.stringify(first)})) {
  rmSync(${JSON.stringify(first)});
  const other = spawn(process.execPath, [${JSON.stringify(
    older,
  )}, ...process.argv.slice(2)], { detached: true, stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  other.stdio[3].once('data', () => {
    writeSync(3, JSON.stringify({ ready: true, pid: process.pid }) + '\\n');
    process.exit();
  });
} else {
  process.argv[1] = ${JSON.stringify(join(LAUNCHER_DIR, 'launcher.mjs'))};
  await import(process.argv[1]);
}
`,
  );
  const client = new RunnerClient({
    dataDir,
    launcherPath: path,
    log: message => messages.push(message),
  });
  clients.push(client);
  await client.connect();
  expect(messages.join()).toContain('protocol 0');
  expect(await client.health()).toMatchObject({ live: 0 });
});

it('leaves a launcher with another layout alone while it runs something', async () => {
  mkdirSync(dataDir);
  await startLauncher({ dataDir, launcherPath: launcherOf(0, 0) });
  const older = launcherPid()!;
  const connection = await connectDirectly();
  await connection.call('launch', request('sleep 60'));

  await expect(connect()).rejects.toThrow(/still runs 1 attempts.*pid \d+/);
  expect(launcherPid()).toBe(older);
  await connection.call('cancel', { attemptId: 'a1', graceMs: 0 });
  connection.close();
  await until(() => {
    const exit = join(dataDir, 'attempts', 'a1', 'exit.json');
    try {
      return readFileSync(exit).length > 0;
    } catch {
      return false;
    }
  });
  await connect();
  expect(launcherPid()).not.toBe(older);
});

it('does not wait for ever for a launcher that hangs', async () => {
  const client = await connect();
  process.kill(launcherPid()!, 'SIGSTOP');
  await expect(client.health()).rejects.toThrow(/did not answer to "health"/);
  process.kill(launcherPid()!, 'SIGCONT');
  await client.launch(request('exit 0'));
  expect((await ended(client)).outcome).toMatchObject({ result: 'success' });
});

it('tells where the socket would be too long, and how to mend it', async () => {
  const client = new RunnerClient({
    dataDir,
    runtimeDir: join(root, 'x'.repeat(100)),
  });
  clients.push(client);
  await expect(client.connect()).rejects.toThrow(/107.*MAESTRO_RUNTIME_DIR/);
});

it('refuses a runtime directory that others may enter', async () => {
  const client = new RunnerClient({ dataDir, runtimeDir: '/tmp' });
  clients.push(client);
  await expect(client.connect()).rejects.toThrow(/mode 0700/);
});

it('finds the launcher through another name of the data directory', async () => {
  await connect();
  const pid = launcherPid();
  symlinkSync(dataDir, join(root, 'alias'));
  const client = new RunnerClient({ dataDir: join(root, 'alias') });
  clients.push(client);
  await client.connect();
  await client.launch(request('exit 0'));
  expect(await client.list()).toHaveLength(1);
  expect(launcherPid()).toBe(pid);
});

it.each(['', '../x', 'a/b', '.', 'x'.repeat(65)])(
  'refuses the attempt id %p',
  async attemptId => {
    const client = await connect();
    await expect(
      client.launch(request('exit 0', attemptId)),
    ).rejects.toMatchObject({ failure: 'config' });
  },
);

it('tells why a command or variable is refused', async () => {
  const client = await connect();
  const refused = (changes: Partial<ProcessRequest>) =>
    client.launch({ ...request('exit 0'), ...changes });
  await expect(refused({ command: [] })).rejects.toThrow(/empty/);
  await expect(refused({ command: ['true', 'a\0b'] })).rejects.toThrow(
    /Argument 1/,
  );
  await expect(
    refused({ command: ['true', 'x'.repeat(200_000)] }),
  ).rejects.toThrow(/Argument 1.*200000 bytes/);
  await expect(refused({ env: { 'A=B': '1' } })).rejects.toThrow(/"A=B"/);
  await expect(
    refused({
      env: Object.fromEntries(
        Array.from({ length: 100 }, (_, i) => [`V${i}`, 'x'.repeat(100_000)]),
      ),
    }),
  ).rejects.toThrow(/together/);
  expect(await client.list()).toEqual([]);
});
