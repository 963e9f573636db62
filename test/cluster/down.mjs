import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { processesInCgroups, removeCgroups } from './cgroups.mjs';
import { execute } from './commands.mjs';
import { leaveHost } from './host.mjs';
import { processesInNetwork, removeNetwork } from './network.mjs';
import {
  componentsOf,
  killAll,
  killComponents,
  stopComponents,
  strayProcesses,
} from './processes.mjs';

/** Mounts below the state directory in this mount namespace, deepest first. */
export function mountsOf(settings) {
  return fs
    .readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map(line => line.split(' ')[1] ?? '')
    .filter(target => target.startsWith(`${settings.state}/`))
    .sort()
    .reverse();
}

/**
 * Takes a cluster away: pods, processes, mounts, namespaces, cgroups, state.
 * May be called at any time, also after a crash, a half-finished `up` and
 * again.
 *
 * @returns whether there was one
 */
export async function down(settings) {
  if (!fs.existsSync(path.join(settings.state, 'cluster.json'))) return false;
  const started = componentsOf(settings);
  // First who would start pods again.
  const few = ['kubelet', 'kube-scheduler', 'kube-controller-manager'];
  await stopComponents(
    settings,
    few.filter(one => started.includes(one)),
  );
  for (let round = 0; round < 20; round += 1) {
    const pids = processesInCgroups(settings);
    if (!pids.length) break;
    await killAll(pids);
    await pause(50);
  }
  await stopComponents(
    settings,
    started.filter(one => one === 'containerd'),
  );
  // No TERM: the API server would wait for open watches.
  await killComponents(settings, started);
  await killAll([...strayProcesses(settings), ...processesInNetwork(settings)]);
  // With the last process its mount namespace has gone; these would be ours by
  // a component that somebody started outside of it.
  for (const target of mountsOf(settings))
    await execute(['umount', '--lazy', target]);
  await removeNetwork(settings);
  await removeCgroups(settings);
  await leaveHost(settings);
  fs.rmSync(settings.state, { recursive: true, force: true, maxRetries: 5 });
  return true;
}
