import fs from 'node:fs';
import path from 'node:path';
import { execute } from '../commands.mjs';
import { PAUSE_IMAGE } from '../configurations.mjs';
import { withLock } from '../lock.mjs';
import { checkRequirements, findProgram } from '../requirements.mjs';
import { cacheFolder, hashOf, SOURCE } from '../settings.mjs';
import {
  AIRFLOW_HOME,
  airflowInputs,
  buildAirflow,
  buildDags,
  dagsInputs,
} from './airflow.mjs';
import { packImage, packLayer } from './archive.mjs';
import { removeOlder } from './kept.mjs';
import { buildEnvironment, environmentInputs } from './ml.mjs';
import { buildPython, pythonInputs } from './python.mjs';

/*
 * The images a cluster gets, built without a registry and kept by the hash of
 * what they are made from. A pod finds them by the names of the real ones.
 */

const HERE = path.join(SOURCE, 'images');

/**
 * A layer is built once for all images that stand on it. `onBase`: with the
 * unpacked layer {@link BASE} beside it.
 */
const LAYERS = {
  pause: {
    hash: () => hashOf(HERE, ['pause.c'], process.arch),
    fill: async folder => {
      await execute([
        'gcc',
        '-Os',
        '-static',
        '-s',
        '-o',
        path.join(folder, 'pause'),
        path.join(HERE, 'pause.c'),
      ]);
    },
  },
  busybox: {
    hash: () => hashOf('/', [findProgram('busybox').slice(1)], 'v1'),
    fill: async folder => {
      for (const name of ['bin', 'etc', 'root', 'tmp'])
        fs.mkdirSync(path.join(folder, name));
      fs.chmodSync(path.join(folder, 'tmp'), 0o1777);
      fs.copyFileSync(findProgram('busybox'), path.join(folder, 'bin/busybox'));
      const applets = await execute(['busybox', '--list']);
      for (const applet of applets.trim().split('\n'))
        if (applet !== 'busybox')
          fs.symlinkSync('busybox', path.join(folder, 'bin', applet));
      fs.writeFileSync(
        path.join(folder, 'etc/passwd'),
        'root:x:0:0:root:/root:/bin/sh\n',
      );
    },
  },
  python: {
    hash: () => hashOf(HERE, ['python.mjs'], pythonInputs()),
    fill: buildPython,
  },
  ml: {
    hash: () =>
      hashOf(
        HERE,
        ['ml.mjs', 'packages.mjs', 'python.mjs'],
        `${pythonInputs()} ${environmentInputs()}`,
      ),
    fill: buildEnvironment,
    onBase: true,
    keepTimes: true,
  },
  airflow: {
    hash: () =>
      hashOf(
        HERE,
        ['airflow.mjs', 'packages.mjs', 'python.mjs'],
        `${pythonInputs()} ${airflowInputs()}`,
      ),
    fill: buildAirflow,
    onBase: true,
    keepTimes: true,
  },
  'airflow-dags': {
    hash: () => hashOf(HERE, ['airflow.mjs'], dagsInputs()),
    fill: buildDags,
  },
};

/** Image → its names, layers and configuration. */
export const IMAGES = {
  pause: {
    names: [PAUSE_IMAGE],
    layers: ['pause'],
    config: { Entrypoint: ['/pause'] },
  },
  busybox: {
    names: ['docker.io/library/busybox:1.35'],
    layers: ['busybox'],
    config: { Cmd: ['sh'] },
  },
  python: {
    names: [
      'docker.io/library/python:3.11-slim',
      'docker.io/library/python:3.11',
    ],
    layers: ['python'],
    config: { Cmd: ['python3'] },
  },
  // What pipelines/Dockerfile makes.
  ml: {
    names: ['docker.io/maestro/ml:1'],
    layers: ['python', 'ml'],
    config: {
      Cmd: ['python3'],
      User: '10001',
      WorkingDir: '/tmp',
      Env: ['HOME=/tmp', 'PYTHONUNBUFFERED=1'],
    },
  },
  airflow: {
    names: ['docker.io/maestro/airflow:3'],
    layers: ['python', 'airflow', 'airflow-dags'],
    config: {
      Cmd: ['python3'],
      User: '50000',
      WorkingDir: AIRFLOW_HOME,
      Env: [`AIRFLOW_HOME=${AIRFLOW_HOME}`],
    },
  },
};

/** The layer that another one is built upon. */
const BASE = 'python';

/** What every cluster gets. */
const BASIC = ['pause', 'busybox', 'python'];

const folder = () => path.join(cacheFolder(), 'images');

/** Says when something was last used. */
const touch = file => fs.utimesSync(file, new Date(), new Date());

/** A layer, built if it is not kept. */
async function ensureLayer(name, say) {
  const { hash, fill, onBase, keepTimes } = LAYERS[name];
  const own = path.join(folder(), `${name}-${hash()}`);
  const layer = {
    root: path.join(own, 'root'),
    file: path.join(own, 'layer.tar'),
  };
  if (fs.existsSync(layer.file)) {
    touch(own);
    return layer;
  }
  say(`building the layer ${name} (${own}); it is kept for the next time`);
  fs.rmSync(own, { recursive: true, force: true });
  fs.mkdirSync(layer.root, { recursive: true });
  const base = onBase ? await ensureLayer(BASE, say) : undefined;
  await fill(layer.root, { base: base?.root, say });
  await packLayer(layer.root, `${layer.file}.unfinished`, { keepTimes });
  fs.renameSync(`${layer.file}.unfinished`, layer.file);
  // Unpacked it is needed only where another layer is built upon it.
  if (name !== BASE) fs.rmSync(layer.root, { recursive: true });
  removeOlder(folder(), { name, inside: 'layer.tar', current: own });
  return layer;
}

async function ensureImage(name, say) {
  const image = IMAGES[name];
  if (!image)
    throw new Error(
      `There is no image ${name}. There are: ${Object.keys(IMAGES).join(
        ', ',
      )}.`,
    );
  const hash = hashOf(
    HERE,
    ['archive.mjs'],
    JSON.stringify([image, image.layers.map(layer => LAYERS[layer].hash())]),
  );
  const output = path.join(folder(), `${name}-${hash}.tar`);
  if (fs.existsSync(output)) {
    touch(output);
    return output;
  }
  const layers = [];
  for (const layer of image.layers) layers.push(await ensureLayer(layer, say));
  await packImage(`${output}.unfinished`, {
    ...image,
    layers: layers.map(one => one.file),
  });
  fs.renameSync(`${output}.unfinished`, output);
  removeOlder(folder(), { name, ending: '.tar', current: output });
  return output;
}

/**
 * The archives of images, built where they are missing.
 *
 * @param extra - names besides the basic ones, e.g. `ml`
 * @returns files, in the order in which they are to be imported
 */
export async function ensureImages(extra = [], { say = () => undefined } = {}) {
  checkRequirements();
  return withLock(path.join(cacheFolder(), 'images.lock'), async () => {
    const files = [];
    for (const name of [...BASIC, ...extra.filter(one => !BASIC.includes(one))])
      files.push(await ensureImage(name, say));
    return files;
  });
}
