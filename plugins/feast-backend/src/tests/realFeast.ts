import { resolvePackagePath } from '@backstage/backend-plugin-api';
import { ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const packageName = '@maestro/plugin-feast-backend';

/** A real Feast registry server and feature server over one filled store. */
export interface RealFeast {
  registryUrl: string;
  serverUrl: string;
  /** Ends both servers and removes the store. */
  stop(): Promise<void>;
}

/**
 * Fills a store from `feature_repo`, materialized up to `until`, and starts
 * both servers on free ports.
 *
 * The Python is `MAESTRO_TEST_PYTHON`, or the environment that `npm start`
 * makes. Without it there is nothing to test against, and that is a failure.
 */
export async function startRealFeast(options: {
  until: Date;
}): Promise<RealFeast> {
  const python =
    process.env.MAESTRO_TEST_PYTHON ??
    resolvePackagePath(packageName, '../../.tools/python/bin/python');
  if (!existsSync(python)) {
    throw new Error(
      `No Python with feast at ${python}: run npm start once, or set MAESTRO_TEST_PYTHON to a Python that has feast[grpcio] 0.67.0`,
    );
  }
  const directory = await mkdtemp(join(tmpdir(), 'real-feast-'));
  const children: { child: ChildProcess; exited: Promise<void> }[] = [];
  const stop = async () => {
    for (const { child, exited } of children) {
      endGroup(child);
      await exited;
    }
    await rm(directory, { recursive: true, force: true });
  };
  const start = (name: string, args: string[]) => {
    // Through sh, because the servers start workers that keep the log open.
    const child = spawn(
      'sh',
      [
        '-c',
        'exec "$@" >"$0" 2>&1',
        join(directory, `${name}.log`),
        python,
      ].concat(args),
      { cwd: directory, detached: true, stdio: 'ignore' },
    );
    const exited = new Promise<void>(done => child.once('exit', () => done()));
    children.push({ child, exited });
    return { child, exited };
  };
  const repo = resolvePackagePath(packageName, 'src/tests/feature_repo');
  const feast = ['-c', 'from feast.cli.cli import cli; cli()'];
  try {
    await cp(repo, directory, { recursive: true });
    const until = options.until.toISOString().slice(0, 19);
    const fill = start('fill', ['fill.py', until]);
    await fill.exited;
    if (fill.child.exitCode !== 0) {
      throw new Error(`fill.py ended with ${fill.child.exitCode}`);
    }
    const [rest, grpc, online] = [
      await freePort(),
      await freePort(),
      await freePort(),
    ];
    const registry = start('registry', [
      ...feast,
      ...['serve_registry', '--rest-api', '--rest-port', String(rest)],
      ...['--port', String(grpc)],
    ]);
    const server = start('server', [
      ...feast,
      ...['serve', '-h', '127.0.0.1', '-p', String(online)],
    ]);
    const registryUrl = `http://127.0.0.1:${rest}`;
    const serverUrl = `http://127.0.0.1:${online}`;
    await untilAnswers(`${registryUrl}/version`, registry.child, 240_000);
    await untilAnswers(`${serverUrl}/health`, server.child, 240_000);
    return { registryUrl, serverUrl, stop };
  } catch (error) {
    const logs = await Promise.all(
      ['fill', 'registry', 'server'].map(async name => {
        const log = join(directory, `${name}.log`);
        return existsSync(log)
          ? (await readFile(log, 'utf8')).slice(-1_500)
          : '';
      }),
    );
    await stop();
    throw new Error(`${error}; logs:\n${logs.join('\n')}`);
  }
}

async function untilAnswers(url: string, child: ChildProcess, ms: number) {
  const deadline = Date.now() + ms;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) {
      throw new Error(`the server of ${url} ended with ${child.exitCode}`);
    }
    const ok = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
      answer => answer.ok,
      () => false,
    );
    if (ok) {
      return;
    }
    await new Promise(done => setTimeout(done, 250));
  }
  throw new Error(`${url} did not answer within ${ms} ms`);
}

function endGroup(child: ChildProcess) {
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch (error) {
    // ESRCH: the whole group is gone already, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
      throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise(done => server.close(done));
  return port;
}
