import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/*
 * All pods of a cluster are in one cgroup that carries its name: below each
 * hierarchy on a host of version 1 (also "hybrid"), in the one tree of version 2.
 */

export const CGROUPS = '/sys/fs/cgroup';

/** What the kubelet limits pods by. */
const CONTROLLERS = ['cpu', 'cpuset', 'memory', 'pids', 'io', 'hugetlb'];

/** @returns 1 (also for hybrid) or 2 */
export function cgroupVersion(root = CGROUPS) {
  return fs.existsSync(path.join(root, 'cgroup.controllers')) ? 2 : 1;
}

/** The folders a cluster's cgroup has on this host, whether they exist or not. */
export function cgroupFolders(settings, root = CGROUPS) {
  if (cgroupVersion(root) === 2) return [path.join(root, settings.cgroup)];
  return fs
    .readdirSync(root)
    .filter(name => fs.existsSync(path.join(root, name, 'cgroup.procs')))
    .filter(name => !fs.lstatSync(path.join(root, name)).isSymbolicLink())
    .map(name => path.join(root, name, settings.cgroup));
}

function enableControllers(root) {
  const there = fs
    .readFileSync(path.join(root, 'cgroup.controllers'), 'utf8')
    .trim()
    .split(' ');
  for (const controller of CONTROLLERS.filter(one => there.includes(one)))
    try {
      fs.writeFileSync(
        path.join(root, 'cgroup.subtree_control'),
        `+${controller}`,
      );
    } catch (error) {
      throw new Error(
        `The cgroup controller ${controller} cannot be given to pods (${root}/cgroup.subtree_control: ${error.code}). In a container of cgroup version 2 the processes at its root must first be moved into a group of their own.`,
      );
    }
}

/** Makes the cluster's cgroup. */
export function makeCgroups(settings, root = CGROUPS) {
  if (cgroupVersion(root) === 2) {
    enableControllers(root);
    const [folder] = cgroupFolders(settings, root);
    fs.mkdirSync(folder, { recursive: true });
    enableControllers(folder);
    return;
  }
  const folders = cgroupFolders(settings, root);
  if (!folders.some(one => one.includes('/memory/')))
    throw new Error(
      `${root} has neither cgroup version 2 nor the memory controller of version 1: pods cannot be limited here.`,
    );
  for (const folder of folders) fs.mkdirSync(folder, { recursive: true });
  // Of version 1: empty in a new group, and then no process may enter it.
  for (const name of ['cpuset.cpus', 'cpuset.mems']) {
    const from = path.join(root, 'cpuset', name);
    if (fs.existsSync(from))
      fs.writeFileSync(
        path.join(root, 'cpuset', settings.cgroup, name),
        fs.readFileSync(from),
      );
  }
}

function below(folder) {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .flatMap(entry => below(path.join(folder, entry.name)))
    .concat(folder);
}

/** Processes of the pods of a cluster. */
export function processesInCgroups(settings, root = CGROUPS) {
  const pids = new Set();
  for (const folder of cgroupFolders(settings, root).flatMap(below))
    try {
      const text = fs.readFileSync(path.join(folder, 'cgroup.procs'), 'utf8');
      for (const pid of text.split('\n').filter(Boolean)) pids.add(Number(pid));
    } catch (error) {
      if (error.code !== 'ENOENT' && error.code !== 'ENODEV') throw error;
    }
  return [...pids];
}

/**
 * Removes the cluster's cgroup, whose processes have ended.
 *
 * @throws naming what is still in use after a minute
 */
export async function removeCgroups(settings, root = CGROUPS) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    // Deepest first, as `below` returns them.
    const folders = cgroupFolders(settings, root).flatMap(below);
    if (!folders.length) return;
    let problem;
    for (const folder of folders)
      try {
        fs.rmdirSync(folder);
      } catch (error) {
        if (error.code !== 'ENOENT') problem = error;
      }
    if (problem && Date.now() > deadline) throw problem;
    if (problem) await pause(100);
  }
}
