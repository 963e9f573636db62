import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterApi } from '../cluster/ClusterApi';
import { ClusterError } from '../cluster/ClusterError';
import { PodLog } from './PodLog';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pod-log-'));
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** The log of a pod that has ended, whose log API gives this error. */
async function logAfter(error: Error) {
  let grew = () => {};
  const told = new Promise<void>(resolve => {
    grew = resolve;
  });
  const log = new PodLog({
    api: { followLog: () => Promise.reject(error) } as unknown as ClusterApi,
    pod: { namespace: 'ml', name: 'maestro-1' },
    file: join(dir, 'log'),
    onGrowth: () => grew(),
    onLimit: () => {},
  });
  log.ended();
  log.follow();
  await told;
  const slice = await log.read(0, 100);
  await log.remove();
  return slice;
}

it('of a container that never ran is empty, and nothing of it is missing', async () => {
  const slice = await logAfter(
    new ClusterError(400, 'BadRequest', 'container is waiting to start'),
  );
  expect(slice).toMatchObject({ offset: 0, end: true });
  expect(slice.bytes).toHaveLength(0);
  expect(slice.missing).toBeUndefined();
});

it('that cannot be read is a gap', async () => {
  const slice = await logAfter(
    new ClusterError(500, undefined, 'the node does not answer'),
  );
  expect(slice).toMatchObject({
    end: true,
    missing: 'the node does not answer',
  });
}, 30_000);
