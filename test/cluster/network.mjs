import fs from 'node:fs';
import path from 'node:path';
import { execute, inNetwork } from './commands.mjs';

/*
 * The network namespace of a cluster. In it: loopback, a bridge for the pods
 * whose address is the node, their gateway and where they reach what runs
 * beside them. No way leads out: pods and tests reach each other and nothing
 * else, and no bridge, route, port or iptables rule of the host is touched.
 */

const namespaceFile = settings => `/run/netns/${settings.netns}`;

export const hasNetwork = settings => fs.existsSync(namespaceFile(settings));

export async function makeNetwork(settings) {
  await execute(['ip', 'netns', 'add', settings.netns]);
  const ip = (...args) => execute(['ip', '-n', settings.netns, ...args]);
  await ip('link', 'set', 'lo', 'up');
  await ip('link', 'add', settings.bridge, 'type', 'bridge');
  await ip('addr', 'add', settings.addressWithPrefix, 'dev', settings.bridge);
  await ip('link', 'set', settings.bridge, 'up');
  // Refused at once instead of lost: the address of a service without pods.
  await ip('route', 'add', 'unreachable', settings.serviceCidr);
  await execute(
    inNetwork(settings, ['sysctl', '-qw', 'net.ipv4.ip_forward=1']),
  );
}

const ownAncestors = () => {
  const pids = new Set();
  for (let pid = process.pid; pid > 1; ) {
    pids.add(pid);
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    pid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  }
  return pids;
};

/**
 * Everybody in the cluster's network but pods, this process and who called it:
 * components, tests, shells. Without the network they are of no use.
 */
export function processesInNetwork(settings) {
  if (!hasNetwork(settings)) return [];
  const { dev, ino } = fs.statSync(namespaceFile(settings));
  const spared = ownAncestors();
  return fs
    .readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && !spared.has(Number(name)))
    .filter(pid => {
      try {
        const theirs = fs.statSync(`/proc/${pid}/ns/net`);
        return theirs.dev === dev && theirs.ino === ino;
      } catch {
        return false; // It ended between the listing and the look.
      }
    })
    .map(Number);
}

export async function removeNetwork(settings) {
  if (hasNetwork(settings))
    await execute(['ip', 'netns', 'del', settings.netns]);
}

/** Writes the configuration of the pods' network (CNI). */
export function writePodNetwork(settings) {
  const folder = path.join(settings.state, 'cni');
  fs.mkdirSync(folder, { recursive: true });
  const list = {
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge: settings.bridge,
        isGateway: false,
        ipMasq: false,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          dataDir: path.join(settings.state, 'cni-addresses'),
          ranges: [[{ subnet: settings.podCidr, gateway: settings.address }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  };
  fs.writeFileSync(
    path.join(folder, '10-pods.conflist'),
    JSON.stringify(list, undefined, 2),
  );
}
