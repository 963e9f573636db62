import fs from 'node:fs';
import path from 'node:path';
import { ensureBinary } from './binary.mjs';
import { makeCertificates, pkiFile } from './certificates.mjs';
import { makeCgroups } from './cgroups.mjs';
import { execute } from './commands.mjs';
import { commandOf } from './components.mjs';
import { writeConfigurations } from './configurations.mjs';
import { down } from './down.mjs';
import { enterHost, FIXED_FOLDERS } from './host.mjs';
import { ensureImages } from './images/images.mjs';
import { kubectlCommand } from './kubectl.mjs';
import { metricsApi } from './metricsApi.mjs';
import { makeNetwork, writePodNetwork } from './network.mjs';
import { startComponent, waitForComponent } from './processes.mjs';
import { checkRequirements } from './requirements.mjs';

const FOLDERS = ['processes', 'logs', 'etcd', 'kubelet', 'pod-logs', 'private'];

/** Mount namespace: what the cluster mounts is gone with it, and unseen outside. */
async function startNamespaces(settings) {
  const alive = path.join(settings.state, 'alive');
  fs.writeFileSync(alive, '');
  const binds = FIXED_FOLDERS.map((target, i) => {
    const own = path.join(settings.state, 'private', String(i));
    fs.mkdirSync(own);
    return `mount --bind ${own} ${target}`;
  });
  startComponent(settings, 'namespaces', [
    'unshare',
    '--mount',
    '--propagation=slave',
    'sh',
    '-c',
    // Ready is what the file says, only then is anybody started in there.
    `${binds.join(' && ')} && echo ready >${alive} && exec tail -f ${alive}`,
  ]);
  await waitForComponent(settings, 'namespaces', 'private folders', () => {
    if (!fs.readFileSync(alive, 'utf8')) throw new Error('not mounted yet');
  });
}

async function importImages(settings, archives) {
  const ctr = (...args) =>
    execute([
      'ctr',
      '--address',
      settings.containerdSocket,
      '--namespace',
      'k8s.io',
      ...args,
    ]);
  await waitForComponent(settings, 'containerd', 'its socket', () =>
    ctr('version'),
  );
  // One after another: they share layers.
  for (const archive of archives) await ctr('images', 'import', archive);
}

async function bringUp(settings, { binary, archives, say }) {
  const start = component =>
    startComponent(settings, component, commandOf(settings, binary, component));
  const kubectl = (args, options) =>
    execute(kubectlCommand(settings, binary, args), {
      timeoutMs: 180_000,
      ...options,
    });
  await enterHost(settings);
  makeCgroups(settings);
  await makeNetwork(settings);
  writePodNetwork(settings);
  await startNamespaces(settings);
  await makeCertificates(settings);
  writeConfigurations(settings);
  say('namespaces and certificates');

  start('containerd');
  start('etcd');
  start('kube-apiserver');
  const imported = importImages(settings, archives);
  // Its failure is looked at below; until then it is no unhandled one.
  imported.catch(() => undefined);
  await waitForComponent(settings, 'kube-apiserver', 'it is ready', () =>
    kubectl(['get', '--raw', '/readyz'], { timeoutMs: 20_000 }),
  );
  say('API server');
  start('kube-controller-manager');
  start('kube-scheduler');
  start('coredns');
  await imported;
  say('images');

  start('kubelet');
  start('kube-proxy');
  start('metrics-server');
  await kubectl(['apply', '-f', '-'], {
    input: JSON.stringify(
      metricsApi(settings, fs.readFileSync(pkiFile(settings, 'ca.crt'))),
    ),
  });
  await waitForComponent(settings, 'kubelet', 'the node is Ready', () =>
    kubectl([
      'wait',
      '--for=condition=Ready',
      `node/${settings.node}`,
      '--timeout=5s',
    ]),
  );
  say('node');
  await waitForComponent(
    settings,
    'kube-controller-manager',
    'the service account of the namespace default',
    () => kubectl(['get', 'serviceaccount', 'default']),
  );
  await waitForComponent(settings, 'coredns', 'it answers', () =>
    execute([
      'nsenter',
      `--net=/run/netns/${settings.netns}`,
      'busybox',
      'wget',
      '-q',
      '-O-',
      'http://127.0.0.1:8181/ready',
    ]),
  );
}

/**
 * Brings a cluster up from nothing.
 *
 * @param settings - clusterSettings()
 * @param options.images - which images it gets besides the basic ones, see
 * images/images.mjs
 * @param options.say - called with a line for each step
 * @throws when it is up already, something is missing (named), or a component
 * does not come (with the end of its log); nothing is left behind then
 */
export async function up(
  settings,
  { images = [], say = () => undefined } = {},
) {
  if (fs.existsSync(settings.state))
    throw new Error(
      `The cluster ${settings.name} is up or was not taken down (${settings.state}): node test/cluster/cluster.mjs down --name ${settings.name}`,
    );
  checkRequirements();
  const binary = await ensureBinary({ say });
  const archives = await ensureImages(images, { say });
  for (const folder of FOLDERS)
    fs.mkdirSync(path.join(settings.state, folder), { recursive: true });
  // What `down` asks for before it removes anything.
  fs.writeFileSync(
    path.join(settings.state, 'cluster.json'),
    JSON.stringify({ ...settings, binary }),
  );
  try {
    await bringUp(settings, { binary, archives, say });
  } catch (error) {
    await down(settings);
    throw error;
  }
}
