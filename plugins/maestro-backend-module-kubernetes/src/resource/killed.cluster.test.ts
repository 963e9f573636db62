import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { LaunchRequest } from '@maestro/plugin-maestro-node';
import { attemptObjectName } from '../pod/names';
import { type Forwarded, ForwardingServer } from '../testing/ForwardingServer';
import type { LaunchOnce } from '../testing/launchOnce';
import { ResourceFixture } from '../testing/resourceFixture';

/*
 * kill -9 of a real process around each step of a launch. Whoever comes next
 * finds the attempt where its object is and nowhere else, so that nothing runs
 * twice and nothing is left.
 */

jest.setTimeout(400_000);

let fixture: ResourceFixture;
let server: ForwardingServer;
let child: ChildProcess | undefined;

beforeEach(async () => {
  fixture = await ResourceFixture.make();
  server = new ForwardingServer(fixture.cluster.config);
  await fixture.printers.start();
});

afterEach(async () => {
  child?.kill('SIGKILL');
  await fixture.harness.tearDown();
  await server.close();
});

/** Starts the process that launches; `said` has what it prints. */
async function begin(request: LaunchRequest) {
  const config = await server.start();
  const { instance, namespace, spoolDir } = fixture.cluster;
  const told: LaunchOnce = {
    server: config.getCurrentCluster()!.server,
    instance,
    namespace,
    spoolDir,
    request,
  };
  const process_ = spawn(
    process.execPath,
    [
      '--require',
      require.resolve('@backstage/cli/config/nodeTransform.cjs'),
      join(__dirname, '../testing/launchOnce.ts'),
      JSON.stringify(told),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  child = process_;
  const out = { said: '', gone: once(process_, 'exit') };
  for (const stream of [process_.stdout, process_.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      out.said += text;
    });
  }
  return out;
}

const STEPS: Record<string, (request: Forwarded) => boolean> = {
  'the ledger is made': ({ method, url }) =>
    method === 'POST' && url.includes('/configmaps'),
  'the object is made': ({ method, url }) =>
    method === 'POST' && url.includes('/printers'),
  'the ledger knows of the object': ({ method, url }) =>
    method === 'PATCH' && url.includes('/configmaps'),
};

it.each(
  Object.keys(STEPS).flatMap(step => [
    ['before', step] as const,
    ['when', step] as const,
  ]),
)('%s %s', async (when, step) => {
  const { harness, printers } = fixture;
  const kill = (request: Forwarded) => {
    if (!STEPS[step](request)) return true;
    child!.kill('SIGKILL');
    return false;
  };
  if (when === 'before') server.before = kill;
  else server.after = kill;
  const request = fixture.print({ words: 'once' });
  const { attemptId } = request;
  const name = attemptObjectName(attemptId);
  const out = await begin(request);
  const [, signal] = await out.gone;
  expect({ signal, said: out.said }).toEqual({ signal: 'SIGKILL', said: '' });

  const next = await harness.start();
  const isThere = (await printers.read(name)) !== undefined;
  expect((await harness.listed(next, attemptId)) !== undefined).toBe(isThere);
  // Adopted: the work that was begun counts.
  if (isThere) harness.exited(await harness.ended(next, attemptId), 0);
  expect((await harness.log(next, attemptId)).toString()).toMatch(
    isThere ? /^--- [^\n]*\nonce\n$/ : /^$/,
  );
  // As the engine does with what it has given up, or has the outcome of.
  await next.forget(attemptId);
  expect(await next.list()).toEqual([]);
  await harness.until('nothing of it is left', async () =>
    (await printers.read(name)) === undefined ? true : undefined,
  );
  expect(printers.begun).toEqual(isThere ? [name] : []);
});

it('launched again after it, it is made once', async () => {
  const { harness, printers } = fixture;
  server.after = request => {
    if (!STEPS['the object is made'](request)) return true;
    child!.kill('SIGKILL');
    return false;
  };
  const request = fixture.print({ words: 'once' });
  const out = await begin(request);
  await out.gone;
  const next = await harness.start();
  await next.launch(request);
  harness.exited(await harness.run(next, request), 0);
  expect(printers.begun).toEqual([attemptObjectName(request.attemptId)]);
});

it('while it runs: adopted with its whole log', async () => {
  const { harness, printers } = fixture;
  const request = fixture.print({
    command: ['sh', '-c', 'echo first; sleep 4; echo last'],
  });
  const { attemptId } = request;
  const out = await begin(request);
  await harness.until('it is launched', async () => {
    if (out.said.includes('launched')) return true;
    if (child!.exitCode !== null) throw new Error(out.said);
    return undefined;
  });
  child!.kill('SIGKILL');
  await out.gone;
  const next = await harness.start();
  harness.exited(await harness.ended(next, attemptId), 0);
  expect((await harness.log(next, attemptId)).toString()).toMatch(
    /^--- [^\n]*\nfirst\nlast\n$/,
  );
  expect(printers.begun).toEqual([attemptObjectName(attemptId)]);
});
