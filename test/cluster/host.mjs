import fs from 'node:fs';
import path from 'node:path';
import { withLock } from './lock.mjs';

/*
 * What all clusters of a machine share: settings of the kernel that the kubelet
 * changes, and folders it insists on. The first cluster remembers how they
 * were, the last one puts them back.
 */

/** Lost with a restart of the machine, as what it remembers is. */
const FOLDER = '/run/maestro-cluster';

const SYSCTLS = {
  'kernel/panic': undefined,
  'kernel/panic_on_oops': undefined,
  'vm/overcommit_memory': undefined,
  'vm/panic_on_oom': undefined,
  // Containerd, kubelet and each `kubectl logs -f` take some.
  'fs/inotify/max_user_instances': '8192',
};

/**
 * Folders that kubelet, containerd and its network plugins use whatever they
 * are told. Each cluster has its own, mounted over them.
 */
export const FIXED_FOLDERS = [
  '/var/lib/kubelet',
  '/var/lib/cni',
  '/var/log/containers',
  '/run/containerd',
];

const locked = action => withLock(path.join(FOLDER, 'lock'), action);

const recordFile = path.join(FOLDER, 'before.json');
const clustersFolder = path.join(FOLDER, 'clusters');
const sysctl = name => path.join('/proc/sys', name);

/** Makes the folder and its parents. @returns the topmost one that was made */
const makeFolder = folder => fs.mkdirSync(folder, { recursive: true });

/** Enters a cluster into the machine; the first one notes how things were. */
export async function enterHost(settings) {
  await locked(() => {
    fs.mkdirSync(clustersFolder, { recursive: true });
    if (!fs.existsSync(recordFile)) {
      const sysctls = {};
      for (const name of Object.keys(SYSCTLS))
        sysctls[name] = fs.readFileSync(sysctl(name), 'utf8').trim();
      const made = FIXED_FOLDERS.map(makeFolder).filter(Boolean);
      fs.writeFileSync(recordFile, JSON.stringify({ sysctls, made }));
      for (const [name, value] of Object.entries(SYSCTLS))
        if (value) fs.writeFileSync(sysctl(name), value);
    }
    fs.writeFileSync(path.join(clustersFolder, settings.name), settings.state);
  });
}

/** Takes a cluster off; the last one puts back how things were. */
export async function leaveHost(settings) {
  await locked(() => {
    fs.rmSync(path.join(clustersFolder, settings.name), { force: true });
    if (!fs.existsSync(recordFile) || fs.readdirSync(clustersFolder).length)
      return;
    const { sysctls, made } = JSON.parse(fs.readFileSync(recordFile, 'utf8'));
    for (const [name, value] of Object.entries(sysctls))
      fs.writeFileSync(sysctl(name), value);
    for (const folder of made)
      try {
        fs.rmdirSync(folder);
      } catch (error) {
        // Somebody else has begun to use it.
        if (!['ENOTEMPTY', 'EBUSY', 'ENOENT'].includes(error.code)) throw error;
      }
    fs.rmSync(clustersFolder, { recursive: true });
    fs.rmSync(recordFile);
  });
}

/** The clusters of this machine: name → state directory. */
export function clustersOfHost() {
  if (!fs.existsSync(clustersFolder)) return {};
  return Object.fromEntries(
    fs
      .readdirSync(clustersFolder)
      .map(name => [
        name,
        fs.readFileSync(path.join(clustersFolder, name), 'utf8'),
      ]),
  );
}
