import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { processesOf } from '../portal/processes.mjs';
import { until } from '../portal/until.mjs';
import { cgroupFolders } from './cgroups.mjs';
import { execute } from './commands.mjs';
import { mountsOf } from './down.mjs';
import { clustersOfHost } from './host.mjs';
import { hasNetwork } from './network.mjs';
import { logTail } from './processes.mjs';
import { endOf, shellPod } from './pods.mjs';
import { clusterSettings, SOURCE } from './settings.mjs';
import { givenKubeconfig, startTestCluster } from './testCluster.mjs';
import { up } from './up.mjs';

/* How a cluster of the tests comes, survives and goes. */

const say = text => process.stdout.write(`  ${text}\n`);
const UP_LIMIT_MS = 60_000;

/** Everything a cluster could leave on the machine; empty when it left nothing. */
function remains(settings) {
  const there = [];
  const note = (what, list) =>
    list.forEach(one => there.push(`${what} ${one}`));
  note('mount', mountsOf(settings));
  note(
    'process',
    processesOf(settings.state).map(one => `${one.pid} ${one.command}`),
  );
  note(
    'cgroup',
    cgroupFolders(settings).filter(one => fs.existsSync(one)),
  );
  if (hasNetwork(settings)) there.push(`network namespace ${settings.netns}`);
  if (fs.existsSync(settings.state)) there.push(`state ${settings.state}`);
  if (clustersOfHost()[settings.name]) there.push('entry of the host');
  return there;
}

const sysctl = name => fs.readFileSync(`/proc/sys/${name}`, 'utf8');

describe('a cluster', { skip: givenKubeconfig() && 'it is given' }, () => {
  const name = `life-${process.pid}`;
  let cluster;
  let outside;
  before(async () => {
    outside = await execute(['sh', '-c', 'ip link; ip route; iptables-save']);
    const began = Date.now();
    cluster = await startTestCluster({ name });
    const took = Date.now() - began;
    say(`up after ${(took / 1000).toFixed(1)} s`);
    assert.ok(took < UP_LIMIT_MS, `up took ${took} ms`);
  });
  after(async () => {
    await cluster?.stop();
  });

  const works = async pod => {
    await cluster.apply(shellPod('default', pod, { script: `echo ${pod}` }));
    const end = await endOf(cluster, 'default', pod);
    assert.equal(end.phase, 'Succeeded');
    return end.log;
  };

  test('is Ready and runs a pod', async () => {
    assert.equal(await works('first'), 'first\n');
  });

  test('leaves links, routes and firewall of the host alone', async () => {
    assert.equal(
      (await execute(['sh', '-c', 'ip link; ip route; iptables-save'])).replace(
        /^#.*$/gm,
        '',
      ),
      outside.replace(/^#.*$/gm, ''),
    );
  });

  test('is refused a second time under its name', async () => {
    await assert.rejects(
      up(cluster.settings),
      /is up or was not taken down .*cluster\.mjs down --name/,
    );
  });

  test('lives beside another one, which goes without it', async () => {
    const other = await startTestCluster({ name: `${name}-b` });
    try {
      const [node] = (await other.json('get', 'nodes')).items;
      const [own] = (await cluster.json('get', 'nodes')).items;
      assert.notEqual(node.metadata.uid, own.metadata.uid);
      await other.apply(shellPod('default', 'there'));
      await endOf(other, 'default', 'there');
    } finally {
      await other.stop();
    }
    assert.deepEqual(remains(other.settings), []);
    assert.equal(await works('after-the-other'), 'after-the-other\n');
  });

  for (const component of ['kube-apiserver', 'etcd', 'kubelet', 'containerd'])
    test(`kill -9 of ${component}: pods go on, and it comes back`, async () => {
      const pod = `through-${component}`;
      await cluster.apply(
        shellPod('default', pod, {
          script:
            'for i in 1 2 3 4 5 6; do echo $i; sleep 1; done; while [ ! -e /tmp/go ]; do sleep 0.1; done',
        }),
      );
      await cluster.kubectl([
        'wait',
        '--for=condition=Ready',
        `pod/${pod}`,
        '--timeout=180s',
      ]);
      await cluster.kill(component);
      const began = Date.now();
      await cluster.restart(component);
      await until(
        'the API answers',
        () =>
          cluster
            .kubectl(['get', '--raw', '/readyz'], { timeoutMs: 20_000 })
            .catch(() => false),
        { describe: () => logTail(cluster.settings, component) },
      );
      say(`${component}: ready ${Date.now() - began} ms after kill -9`);
      // It cannot have ended before the kill.
      let refused;
      await until(
        'the pod hears of it',
        () =>
          cluster.kubectl(['exec', pod, '--', 'touch', '/tmp/go']).then(
            () => true,
            error => {
              refused = error.message;
              return false;
            },
          ),
        {
          describe: () => `${refused}\n${logTail(cluster.settings, component)}`,
        },
      );
      const end = await endOf(cluster, 'default', pod);
      assert.equal(end.phase, 'Succeeded');
      assert.equal(end.log, '1\n2\n3\n4\n5\n6\n');
      assert.equal(await works(`after-${component}`), `after-${component}\n`);
    });

  test('goes and leaves nothing', async () => {
    await cluster.apply(
      shellPod('default', 'still-there', { script: 'sleep 600' }),
    );
    await cluster.kubectl([
      'wait',
      '--for=condition=Ready',
      'pod/still-there',
      '--timeout=180s',
    ]);
    const { settings } = cluster;
    await cluster.stop();
    assert.deepEqual(remains(settings), []);
    cluster = undefined;
  });
});

test(
  'whoever is killed with a cluster takes it along',
  { skip: givenKubeconfig() && 'it is given' },
  async () => {
    const hasOthers = () => Object.keys(clustersOfHost()).length > 0;
    const hadOthers = hasOthers();
    const before = ['kernel/panic', 'vm/overcommit_memory'].map(sysctl);
    const settings = clusterSettings({ name: `killed-${process.pid}` });
    const owner = spawn(
      process.execPath,
      [
        path.join(SOURCE, 'cluster.mjs'),
        'with',
        '--name',
        settings.name,
        '--',
        'sh',
        '-c',
        `echo up >${settings.state}/seen; exec sleep 600`,
      ],
      { stdio: 'inherit' },
    );
    await until('it is up', () => fs.existsSync(`${settings.state}/seen`), {
      timeoutMs: 2 * UP_LIMIT_MS,
    });
    owner.kill('SIGKILL');
    await until(
      'it is gone',
      () => !fs.existsSync(settings.state) && !remains(settings).length,
      { describe: () => remains(settings).join('; ') },
    );
    // The last one puts them back as they were before the first.
    if (!hadOthers && !hasOthers())
      assert.deepEqual(
        ['kernel/panic', 'vm/overcommit_memory'].map(sysctl),
        before,
      );
  },
);
