import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { execute } from '../commands.mjs';

/*
 * An image out of folders, without a registry or a builder: an archive as
 * `docker save` writes it, which `ctr images import` takes.
 */

/** The names that images have for Node's names of processors. */
export const IMAGE_ARCHITECTURE = { x64: 'amd64', arm64: 'arm64' };

const DEFAULT_PATH =
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

async function sha256(file) {
  const hash = createHash('sha256');
  await pipeline(fs.createReadStream(file), hash);
  return hash.digest('hex');
}

/**
 * Packs a folder as a layer.
 *
 * @param options.keepTimes - bytecode that is valid by the time of its source
 * needs the real ones; else they are set to 0, so that equal contents are equal
 * layers
 */
export async function packLayer(folder, output, { keepTimes = false } = {}) {
  await execute([
    'tar',
    '--sort=name',
    ...(keepTimes ? [] : ['--mtime=@0']),
    '--numeric-owner',
    '--owner=0',
    '--group=0',
    '--one-file-system',
    '--exclude=./dev/*',
    '--exclude=./proc/*',
    '-C',
    folder,
    '-cf',
    output,
    '.',
  ]);
}

/**
 * Writes the archive of an image.
 *
 * @param options.names - as containerd knows them, e.g.
 * `docker.io/library/busybox:1.35`
 * @param options.layers - files that packLayer made, the lowest first
 * @param options.config - `Cmd`, `Entrypoint`, `Env`, `WorkingDir`, `User`
 */
export async function packImage(output, { names, layers, config = {} }) {
  const digests = [];
  for (const layer of layers) digests.push(await sha256(layer));
  const created = '1970-01-01T00:00:00Z';
  const image = JSON.stringify({
    architecture: IMAGE_ARCHITECTURE[process.arch],
    os: 'linux',
    created,
    config: { ...config, Env: [DEFAULT_PATH, ...(config.Env ?? [])] },
    rootfs: {
      type: 'layers',
      diff_ids: digests.map(digest => `sha256:${digest}`),
    },
    history: digests.map(() => ({ created })),
  });
  const imageFile = `${createHash('sha256').update(image).digest('hex')}.json`;
  const folder = `${output}.d`;
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, imageFile), image);
  layers.forEach((layer, i) =>
    fs.copyFileSync(
      layer,
      path.join(folder, `${digests[i]}.tar`),
      fs.constants.COPYFILE_FICLONE,
    ),
  );
  const manifest = [
    {
      Config: imageFile,
      RepoTags: names,
      Layers: digests.map(digest => `${digest}.tar`),
    },
  ];
  fs.writeFileSync(
    path.join(folder, 'manifest.json'),
    JSON.stringify(manifest),
  );
  await execute(['tar', '--sort=name', '-C', folder, '-cf', output, '.']);
  fs.rmSync(folder, { recursive: true });
}
