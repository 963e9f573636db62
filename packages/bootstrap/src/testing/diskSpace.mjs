import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/*
 * A disk that runs full in the middle of a run fails suites one after another,
 * each with words of its own. So it is looked at before the first of them.
 */

const GB = 1e9;

/**
 * What suites write into a folder, in GB, measured with df and du and rounded
 * up. `needs`: only for suites that need one of these; without it for all.
 * `unless`: not where this is there already, below the folder.
 */
export const WRITTEN = [
  // Packages and fetched tools.
  { folder: 'tree', gb: 5, unless: 'node_modules' },
  // Transformed sources, the built pages, logs and reports of the suites.
  { folder: 'tree', gb: 2 },
  // Databases, data directories and environments of the suites that run at once.
  { folder: 'temporary', gb: 2 },
  // Kubernetes and MinIO, and what Go keeps of building them.
  { folder: 'cache', gb: 8, needs: ['cluster', 'minio'], unless: 'kubernetes' },
  // An image of the pipelines while it is built: layer, archive, its parts.
  { folder: 'cache', gb: 4, needs: ['ml-image'] },
  // The same of Airflow.
  { folder: 'cache', gb: 3, needs: ['airflow-image'] },
  // Two clusters at once, of which one has that image unpacked.
  { folder: 'state', gb: 3, needs: ['cluster'] },
];

const TITLES = {
  tree: 'work tree',
  temporary: 'temporary folder',
  cache: 'cache of the test cluster',
  state: 'state of test clusters',
};

/** The folders that a run writes into, by their names in {@link WRITTEN}. */
export async function writtenFolders(root, env = process.env) {
  const { cacheFolder, clusterSettings } = await import(
    pathToFileURL(path.join(root, 'test/cluster/settings.mjs')).href
  );
  return {
    tree: root,
    temporary: os.tmpdir(),
    cache: cacheFolder(env),
    state: path.dirname(clusterSettings({ name: 'any', env }).state),
  };
}

/** The folder itself, or what it will be made in. */
function existing(folder) {
  return fs.existsSync(folder) ? folder : existing(path.dirname(folder));
}

/** Which disk a folder is on, and how many bytes we may still write there. */
export function diskOf(folder) {
  const there = existing(folder);
  const { bavail, bsize } = fs.statfsSync(there);
  return { disk: fs.statSync(there).dev, free: bavail * bsize };
}

/**
 * Disks with less space than suites write.
 *
 * @param needs - of the suites, see needs.mjs
 * @param folders - as from {@link writtenFolders}
 * @returns for each `folders` (their names), bytes `free` and `wanted`
 */
export function fullDisks(needs, folders, lookAt = diskOf) {
  const disks = new Map();
  for (const { folder, gb, needs: only, unless } of WRITTEN) {
    if (only && !only.some(need => needs.includes(need))) continue;
    if (unless && fs.existsSync(path.join(folders[folder], unless))) continue;
    const { disk, free } = lookAt(folders[folder]);
    const found = disks.get(disk) ?? { folders: [], free, wanted: 0 };
    if (!found.folders.includes(folder)) found.folders.push(folder);
    found.wanted += gb * GB;
    disks.set(disk, found);
  }
  return [...disks.values()].filter(({ free, wanted }) => free < wanted);
}

const entries = (folder, pattern) =>
  (fs.existsSync(folder) ? fs.readdirSync(folder) : [])
    .filter(name => pattern.test(name))
    .map(name => path.join(folder, name));

/** What runs have left or keep for the next one, with its bytes, largest first. */
export function ownFolders({ tree, temporary, cache, state }) {
  return [
    path.join(tree, 'node_modules/.cache'),
    path.join(tree, '.tools/test'),
    ...entries(temporary, /^(maestro-|jest_)/),
    ...entries(cache, /^[a-z]+$/),
    ...entries(state, /^[a-z]/),
  ]
    .filter(folder => fs.existsSync(folder))
    .map(folder => ({ folder, bytes: bytesIn(folder) }))
    .sort((a, b) => b.bytes - a.bytes);
}

function bytesIn(folder) {
  try {
    const text = execFileSync('du', ['-skx', folder], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return Number.parseInt(text, 10) * 1024;
  } catch {
    // Somebody removes it just now.
    return 0;
  }
}

const inGb = bytes => `${(bytes / GB).toFixed(1)} GB`;

/** How many folders the message names. */
const NAMED = 10;

/**
 * @param options.root - of the checkout
 * @param options.needs - of the suites that are to run
 * @param options.folders - instead of those of this machine
 * @throws when a disk has too little space for what they write: how much there
 * is, how much is wanted, and what of ours may be removed
 */
export async function assertDiskSpace({ root, needs, folders, lookAt }) {
  const written = folders ?? (await writtenFolders(root));
  const full = fullDisks(needs, written, lookAt);
  if (!full.length) return;
  const lines = full.map(({ folders: names, free, wanted }) => {
    const where = names.map(name => `${written[name]} (${TITLES[name]})`);
    return `${inGb(free)} are free and ${inGb(
      wanted,
    )} are wanted on the disk of ${where.join(', ')}.`;
  });
  const own = ownFolders(written).slice(0, NAMED);
  throw new Error(
    [
      'There is too little space on disk for these suites.',
      ...lines,
      own.length
        ? 'The largest folders of ours, which may be removed while nothing of Maestro runs:'
        : 'Nothing there is ours.',
      ...own.map(({ folder, bytes }) => `  ${inGb(bytes)}  ${folder}`),
    ].join('\n'),
  );
}
