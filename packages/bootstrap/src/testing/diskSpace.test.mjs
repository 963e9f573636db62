import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { ROOT } from '../paths.mjs';
import {
  assertDiskSpace,
  diskOf,
  fullDisks,
  ownFolders,
  WRITTEN,
  writtenFolders,
} from './diskSpace.mjs';

/** They are not there, so all is still to be written. */
const FOLDERS = Object.fromEntries(
  ['tree', 'temporary', 'cache', 'state'].map(name => [name, `/no/${name}`]),
);
const EVERYTHING = ['cluster', 'ml-image', 'airflow-image'];
const ALL_GB = WRITTEN.reduce((sum, { gb }) => sum + gb, 0);

/** Disks by the folders on them, with GB that are free. */
const machine = disks => folder => {
  const disk = disks.findIndex(one => one.folders.includes(folder));
  return { disk, free: disks[disk].gb * 1e9 };
};

test('what is written onto one disk is added up', () => {
  const on = gb => machine([{ folders: Object.values(FOLDERS), gb }]);
  assert.deepEqual(fullDisks(EVERYTHING, FOLDERS, on(ALL_GB)), []);
  assert.deepEqual(fullDisks(EVERYTHING, FOLDERS, on(ALL_GB - 0.5)), [
    {
      folders: ['tree', 'temporary', 'cache', 'state'],
      free: (ALL_GB - 0.5) * 1e9,
      wanted: ALL_GB * 1e9,
    },
  ]);
});

test('of several disks each has its own share, and only the full one is told', () => {
  const lookAt = machine([
    { folders: ['/no/tree', '/no/cache', '/no/state'], gb: 100 },
    { folders: ['/no/temporary'], gb: 0.1 },
  ]);
  assert.deepEqual(
    fullDisks(EVERYTHING, FOLDERS, lookAt).map(one => one.folders),
    [['temporary']],
  );
});

test('suites without a cluster do not ask for the space of one', () => {
  const lookAt = machine([
    { folders: ['/no/tree', '/no/temporary'], gb: 100 },
    { folders: ['/no/cache', '/no/state'], gb: 0 },
  ]);
  assert.deepEqual(fullDisks(['packages', 'postgres'], FOLDERS, lookAt), []);
  assert.equal(fullDisks(['cluster'], FOLDERS, lookAt).length, 1);
});

test('the error says how much there is, how much is wanted, and what may go', async t => {
  const base = fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-disk-'));
  t.after(() => fs.rmSync(base, { recursive: true, force: true }));
  const folders = Object.fromEntries(
    Object.keys(FOLDERS).map(name => [name, path.join(base, name)]),
  );
  const large = path.join(folders.tree, 'node_modules/.cache/jest');
  fs.mkdirSync(large, { recursive: true });
  fs.writeFileSync(path.join(large, 'x'), Buffer.alloc(3e6, 1));
  for (const name of ['maestro-chaos-x', 'jest_0', 'of-somebody-else'])
    fs.mkdirSync(path.join(folders.temporary, name), { recursive: true });

  const lookAt = () => ({ disk: 1, free: 1.23e9 });
  await assert.rejects(
    assertDiskSpace({ root: ROOT, needs: EVERYTHING, folders, lookAt }),
    error => {
      assert.match(error.message, /too little space on disk/);
      // Its packages are there, no program of a cluster is.
      const wanted = `${(ALL_GB - 5).toFixed(1)} GB are wanted`;
      assert.ok(error.message.includes(`1.2 GB are free and ${wanted}`));
      for (const folder of Object.values(folders))
        assert.ok(error.message.includes(folder), folder);
      assert.match(error.message, /work tree.*temporary folder/);
      return true;
    },
  );
  const own = ownFolders(folders);
  assert.equal(own[0].folder, path.join(folders.tree, 'node_modules/.cache'));
  assert.ok(own[0].bytes >= 3e6);
  assert.deepEqual(
    own
      .slice(1)
      .map(({ folder }) => path.basename(folder))
      .sort(),
    ['jest_0', 'maestro-chaos-x'],
  );
});

test('the folders of this machine are looked at, also those that are not there yet', async () => {
  const folders = await writtenFolders(ROOT, {
    MAESTRO_CLUSTER_CACHE: path.join(os.tmpdir(), 'not/there/yet'),
  });
  assert.equal(folders.tree, ROOT);
  assert.equal(folders.state, '/var/lib/maestro-cluster');
  const { disk, free } = diskOf(folders.cache);
  assert.equal(disk, fs.statSync(os.tmpdir()).dev);
  assert.ok(free > 0);
});
