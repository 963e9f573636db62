import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { cgroupFolders, cgroupVersion, makeCgroups } from './cgroups.mjs';
import { parseArguments } from './cluster.mjs';
import { commandOf, COMPONENTS } from './components.mjs';
import { ensureImages } from './images/images.mjs';
import { withoutLinks } from './images/packages.mjs';
import { debianMirror } from './images/python.mjs';
import { withLock } from './lock.mjs';
import { checkRequirements } from './requirements.mjs';
import { cacheFolder, clusterSettings } from './settings.mjs';

const temporary = () =>
  fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-cluster-'));

test('clusters of different names share nothing that is not in their network', () => {
  const a = clusterSettings({ name: 'a', env: {} });
  const b = clusterSettings({ name: 'b', env: {} });
  for (const key of ['state', 'netns', 'cgroup', 'kubeconfig'])
    assert.notEqual(a[key], b[key], key);
  assert.equal(clusterSettings({ env: {} }).name, 'dev');
  assert.equal(clusterSettings({ env: { MAESTRO_CLUSTER: 'x' } }).name, 'x');
});

test('names and folders that down could not safely remove are refused', () => {
  for (const name of ['', 'A', '../x', '-a', 'a b', 'a'.repeat(21)])
    assert.throws(
      () => clusterSettings({ name, env: {} }),
      /cannot name a cluster/,
      name,
    );
  for (const parent of ['/', '/var', 'relative/path', '/var/'])
    assert.throws(
      () => clusterSettings({ env: { MAESTRO_CLUSTER_STATE: parent } }),
      /absolute path of at least two levels/,
      parent,
    );
  assert.throws(
    () =>
      clusterSettings({
        env: { MAESTRO_CLUSTER_STATE: `/a/${'b'.repeat(60)}` },
      }),
    /too long for the sockets/,
  );
});

test('the cache is outside the work tree, wherever it is told to be', () => {
  assert.equal(cacheFolder({ MAESTRO_CLUSTER_CACHE: '/c' }), '/c');
  assert.equal(cacheFolder({ XDG_CACHE_HOME: '/x' }), '/x/maestro/cluster');
  assert.match(cacheFolder({}), /\.cache\/maestro\/cluster$/);
});

test('what is missing is named, with what takes its place', () => {
  assert.throws(
    () => checkRequirements({ PATH: '/nowhere' }),
    /needs what is not here: .*apt install .*MAESTRO_TEST_KUBECONFIG/,
  );
});

test('the command line', () => {
  assert.deepEqual(parseArguments(['up', '--name', 'x', '--image', 'ml']), {
    command: 'up',
    name: 'x',
    images: ['ml'],
    rest: [],
  });
  assert.deepEqual(
    parseArguments(['kubectl', '--name', 'x', 'get', 'pods', '--name', 'y'])
      .rest,
    ['get', 'pods', '--name', 'y'],
  );
  assert.deepEqual(parseArguments(['run', '--', '--name']).rest, ['--name']);
  assert.throws(() => parseArguments(['up', '--image', 'x']), /no image x/);
});

test('every component has a command line, which names the state', () => {
  const settings = clusterSettings({ name: 'a', env: {} });
  for (const component of COMPONENTS)
    assert.ok(
      commandOf(settings, '/bin/minicluster', component).some(one =>
        one.includes(`${settings.state}/`),
      ),
      // By that strays are found.
      component,
    );
  assert.throws(() => commandOf(settings, '', 'kubelt'), /no component kubelt/);
});

test('cgroups of version 1: in every hierarchy, with the processors of the host', () => {
  const root = temporary();
  for (const name of ['memory', 'cpuset', 'unified']) {
    fs.mkdirSync(path.join(root, name));
    fs.writeFileSync(path.join(root, name, 'cgroup.procs'), '');
  }
  fs.symlinkSync('memory', path.join(root, 'link'));
  fs.writeFileSync(path.join(root, 'cpuset/cpuset.cpus'), '0-1');
  fs.writeFileSync(path.join(root, 'cpuset/cpuset.mems'), '0');
  const settings = clusterSettings({ name: 'a', env: {} });
  assert.equal(cgroupVersion(root), 1);
  makeCgroups(settings, root);
  assert.deepEqual(
    cgroupFolders(settings, root).map(one => path.relative(root, one)),
    ['cpuset/maestro-a', 'memory/maestro-a', 'unified/maestro-a'],
  );
  assert.equal(
    fs.readFileSync(path.join(root, 'cpuset/maestro-a/cpuset.cpus'), 'utf8'),
    '0-1',
  );
});

test('cgroups of version 2 that cannot be used say why', () => {
  const root = temporary();
  fs.writeFileSync(path.join(root, 'cgroup.controllers'), 'cpu memory\n');
  // As where processes are at its root: the kernel refuses.
  fs.mkdirSync(path.join(root, 'cgroup.subtree_control'));
  const settings = clusterSettings({ name: 'a', env: {} });
  assert.equal(cgroupVersion(root), 2);
  assert.deepEqual(cgroupFolders(settings, root), [`${root}/maestro-a`]);
  assert.throws(
    () => makeCgroups(settings, root),
    /cgroup controller cpu cannot be given to pods/,
  );
});

test('Debian comes from the mirror this machine uses', () => {
  const table = [
    [
      ['URIs: http://mirror.example/debian\nSuites: x'],
      'http://mirror.example/debian',
    ],
    [
      ['deb [signed-by=/k] https://m.example/debian/ bookworm main'],
      'https://m.example/debian',
    ],
    // Neither updates for security nor Ubuntu.
    [['URIs: http://m/debian-security'], 'http://deb.debian.org/debian'],
    [
      ['deb http://archive.ubuntu.com/ubuntu noble main'],
      'http://deb.debian.org/debian',
    ],
    [[], 'http://deb.debian.org/debian'],
  ];
  for (const [texts, mirror] of table)
    assert.equal(debianMirror(texts), mirror);
});

test('the task image has packages instead of links to the checkout', () => {
  assert.equal(
    withoutLinks('feast==1\n-e ./runtime\n-e ./flights\n'),
    'feast==1\n./runtime\n./flights\n',
  );
});

test('an image that does not exist is named', async () => {
  await assert.rejects(ensureImages(['mll']), /There is no image mll/);
});

test('one at a time under a lock, and a dead owner holds nobody up', async () => {
  const lock = path.join(temporary(), 'lock');
  fs.symlinkSync('4194305:0', lock);
  let inside = 0;
  let most = 0;
  const work = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise(resolve => {
      setTimeout(resolve, 20);
    });
    inside -= 1;
  };
  await Promise.all([1, 2, 3].map(() => withLock(lock, work)));
  assert.equal(most, 1);
  await assert.rejects(
    withLock(lock, async () => {
      throw new Error('broken');
    }),
    /broken/,
  );
  await withLock(lock, work);
  assert.equal(fs.existsSync(lock), false);
});
