import fs from 'node:fs';
import path from 'node:path';
import { execute } from '../../cluster/commands.mjs';
import { runningPid } from '../../cluster/processes.mjs';
import { nodeReady } from './onPods.mjs';

/**
 * Runs `act` with a kubelet of other settings, and with the old ones after it.
 *
 * @param change - what differs of its configuration
 * @param between - called while no kubelet runs
 */
export async function withKubelet(kube, change, act, between = () => {}) {
  const file = path.join(kube.settings.state, 'kubelet.json');
  const before = fs.readFileSync(file, 'utf8');
  const again = async text => {
    await kube.kill('kubelet');
    await between(text !== before);
    fs.writeFileSync(file, text);
    await kube.restart('kubelet');
    await nodeReady(kube);
  };
  await again(JSON.stringify({ ...JSON.parse(before), ...change }));
  try {
    return await act();
  } finally {
    await again(before);
  }
}

const DISK_MIB = 256;

/**
 * Runs `act` on a node whose disk has 256 MiB, of which half must be free: a
 * small file system on the folder of the kubelet, seen by the cluster alone.
 *
 * @param act - gets `fill()` and `free()`, which write and remove a file
 */
export async function withSmallDisk(kube, act) {
  const { settings } = kube;
  const folder = path.join(settings.state, 'kubelet');
  const inside = (...args) =>
    execute([
      'nsenter',
      `--target=${runningPid(settings, 'namespaces')}`,
      '--mount',
      ...args,
    ]);
  const file = path.join(folder, 'filler');
  await withKubelet(
    kube,
    {
      evictionHard: {
        'memory.available': '100Mi',
        'nodefs.available': '50%',
      },
      evictionPressureTransitionPeriod: '1s',
    },
    () =>
      act({
        fill: () =>
          inside(
            ...['dd', 'if=/dev/zero', `of=${file}`, 'bs=1M'],
            `count=${DISK_MIB * 0.7}`.replace(/\..*/, ''),
          ),
        free: () => inside('rm', '-f', file),
      }),
    async small =>
      small
        ? inside(
            ...['mount', '-t', 'tmpfs', '-o', `size=${DISK_MIB}M`],
            ...['small-disk', folder],
          )
        : inside('umount', '--lazy', folder),
  );
}
