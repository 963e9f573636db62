import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * Names and places of a test cluster. Everything that could meet another
 * cluster on the same machine carries its name: the network namespace, the
 * cgroup, the state directory. Addresses and ports do not: they are private to
 * the network namespace.
 */

export const SOURCE = path.dirname(fileURLToPath(import.meta.url));

/** The name of a cluster that gets none. */
export const DEFAULT_NAME = 'dev';

const BRIDGE_CIDR = 16;

/**
 * Where built binaries and images are kept, outside the work tree so that
 * every checkout of a machine shares them: `MAESTRO_CLUSTER_CACHE`, else below
 * `XDG_CACHE_HOME`, else `~/.cache/maestro/cluster`.
 */
export function cacheFolder(env = process.env) {
  if (env.MAESTRO_CLUSTER_CACHE) return path.resolve(env.MAESTRO_CLUSTER_CACHE);
  const caches = env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  return path.join(caches, 'maestro/cluster');
}

/**
 * Hash of files by their paths below `folder` and contents, and of `extra`: what
 * is built from them is cached under it.
 */
export function hashOf(folder, files, extra = '') {
  const hash = createHash('sha256').update(extra);
  for (const file of files) {
    hash.update(`\0${file}\0`);
    hash.update(fs.readFileSync(path.join(folder, file)));
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * @param options.name - 1 to 20 characters of a-z, 0-9 and -; from
 * `MAESTRO_CLUSTER` or `dev` when there is none
 * @param options.env - `MAESTRO_CLUSTER_STATE` is where clusters keep their
 * state (default `/var/lib/maestro-cluster`; neither overlayfs nor memory:
 * containerd mounts images from there)
 * @throws when a name or a folder would make `down` remove what is not ours
 */
export function clusterSettings({ name, env = process.env } = {}) {
  const called = name ?? (env.MAESTRO_CLUSTER || DEFAULT_NAME);
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(called))
    throw new Error(
      `${JSON.stringify(
        called,
      )} cannot name a cluster: 1 to 20 characters of a-z, 0-9 and -, a letter first.`,
    );
  const parent = env.MAESTRO_CLUSTER_STATE || '/var/lib/maestro-cluster';
  if (!/^\/[^/]+\/[^/]/.test(parent))
    throw new Error(
      `MAESTRO_CLUSTER_STATE must be an absolute path of at least two levels, not ${parent}.`,
    );
  const state = path.join(parent, called);
  // Unix sockets end at 107 bytes; the longest name below is pod-resources/….
  if (state.length > 60)
    throw new Error(
      `${state} is too long for the sockets below it (60 characters at most): set MAESTRO_CLUSTER_STATE.`,
    );
  return {
    name: called,
    state,
    netns: `maestro-${called}`,
    cgroup: `maestro-${called}`,
    kubeconfig: path.join(state, 'admin.kubeconfig'),
    containerdSocket: path.join(state, 'containerd.sock'),
    node: 'node-1',
    bridge: 'pods0',
    /** Node, gateway of the pods, and where pods reach what runs beside them. */
    address: '10.88.0.1',
    podCidr: `10.88.0.0/${BRIDGE_CIDR}`,
    addressWithPrefix: `10.88.0.1/${BRIDGE_CIDR}`,
    serviceCidr: '10.96.0.0/16',
    apiServiceAddress: '10.96.0.1',
    apiPort: 6443,
    metricsPort: 4443,
    domain: 'cluster.local',
    maxPods: 350,
    cniPlugins: '/usr/lib/cni',
  };
}
