import fs from 'node:fs';
import path from 'node:path';
import { embeddedSeeds } from '../embedded/seeds.mjs';
import { bringAirflow } from '../embedded/airflow.mjs';
import { startServices } from '../embedded/services.mjs';
import { runSetup } from '../embedded/setup.mjs';
import { formatDuration } from '../progress.mjs';
import { bring } from '../toolchain/bring.mjs';
import { superviseBackend } from './superviseBackend.mjs';
import { catalogFiles, pipelineFolders } from './catalogFiles.mjs';
import { ensureSecrets, writeCliFile, writePrivate } from './dataDirectory.mjs';
import { embeddedConfig, renderConfig } from './embeddedConfig.mjs';
import { stopRunner } from './runner.mjs';

/** Everything that is wished for but not needed, as a sentence each. */
function createNotes(progress) {
  const notes = [];
  return {
    add(sentence) {
      notes.push(sentence);
      progress.say(`  ! ${sentence}`);
    },
    all: () => notes,
  };
}

async function prepareData({ paths, python, progress, notes, log }) {
  if (!python.ok) return;
  try {
    await progress.step('Preparing data for the pipelines', () =>
      runSetup({
        root: paths.root,
        dataDir: paths.dataDir,
        python: python.python,
        log,
      }),
    );
  } catch (error) {
    notes.add(
      `The data for the pipelines could not be prepared, so they will fail until the next start succeeds: ${error.message}`,
    );
  }
}

/**
 * Starts MLflow and Feast, which need 10 to 25 seconds, while the portal starts:
 * their addresses are known at once.
 *
 * @returns `services` (addresses), `ready` (never rejects) and `stop()`
 */
async function beginServices({ paths, python, env, notes, log, launchWhen }) {
  const none = {
    services: [],
    ready: Promise.resolve(),
    stop: async () => undefined,
  };
  if (env.MAESTRO_NO_SERVICES === '1') {
    notes.add('MLflow and Feast are left out (MAESTRO_NO_SERVICES=1).');
    return none;
  }
  if (!python.ok) return none;
  let ready;
  let stopping = false;
  const { services, stop } = await new Promise(resolve => {
    ready = startServices({
      root: paths.root,
      dataDir: paths.dataDir,
      python: python.python,
      log,
      onLaunched: (begun, end) => resolve({ services: begun, stop: end }),
      launchWhen,
    }).catch(error => {
      // Ended while they were coming up, because somebody wanted that.
      if (stopping) return;
      const sentence = `MLflow and Feast could not be started: ${error.message}`;
      notes.add(sentence);
      if (launchWhen) log(sentence);
      resolve(none);
    });
  });
  return {
    services,
    ready,
    async stop() {
      stopping = true;
      await stop();
    },
  };
}

function configFiles({ root, generated, env }) {
  const local = path.join(root, 'app-config.local.yaml');
  return [
    path.join(root, 'app-config.yaml'),
    generated,
    ...(fs.existsSync(local) ? [local] : []),
    ...(env.MAESTRO_CONFIG ? [path.resolve(env.MAESTRO_CONFIG)] : []),
  ];
}

/**
 * Brings everything and starts it.
 *
 * @returns `gaveUp` (promise of a sentence, when the backend cannot be kept up)
 * and `stop()`
 */
export async function startPortal({ paths, port, progress, guard, lock }) {
  const { root, dataDir } = paths;
  const env = process.env;
  const url = `http://127.0.0.1:${port}`;
  const notes = createNotes(progress);
  const log = text => progress.say(`    ${text}`);
  progress.say(`Maestro, data in ${dataDir}`);

  const isFirstStart = fs.readdirSync(path.join(dataDir, 'db')).length === 0;
  const { node, python } = await bring({ paths, progress, guard, notes, log });
  await prepareData({ paths, python, progress, notes, log });
  const generated = path.join(dataDir, 'app-config.embedded.yaml');
  const airflow = await bringAirflow({
    paths,
    progress,
    notes,
    log,
    configFiles: configFiles({ root, generated, env }).filter(
      file => file !== generated,
    ),
  });

  // The first runs begin by themselves and must not fail for want of MLflow.
  // Later the portal comes first: both at once need twice the time, and what
  // is due meanwhile waits for MLflow by MLflow's own retries.
  let portalIsUp;
  const services = await beginServices({
    paths,
    python,
    env,
    notes,
    log,
    launchWhen: isFirstStart
      ? undefined
      : new Promise(resolve => {
          portalIsUp = resolve;
        }),
  });
  if (isFirstStart) await services.ready;
  const secrets = ensureSecrets(dataDir);
  writePrivate(
    generated,
    renderConfig(
      embeddedConfig({
        port,
        dataDir,
        secrets,
        python: python.ok ? python.python : undefined,
        airflow,
        services: services.services,
        seeds: await embeddedSeeds({ dataDir, services: services.services }),
        catalogFiles: catalogFiles({ root }),
        pipelineFolders: pipelineFolders({ root, dataDir }),
      }),
    ),
  );
  writeCliFile(dataDir, { url, token: secrets.cli });

  const backend = superviseBackend({
    progress,
    options: {
      root,
      dataDir,
      node,
      configFiles: configFiles({ root, generated, env }),
      url,
      guard,
      env,
    },
  });
  await progress.step('Starting the portal', () => backend.ready());
  portalIsUp?.();
  lock.note({ url });

  progress.say(
    [
      '',
      `Maestro is ready after ${formatDuration(progress.elapsed())}: ${url}`,
      ...services.services.map(
        ({ name, url: at }) =>
          `  ${name}: ${at}${isFirstStart ? '' : ' (in a moment)'}`,
      ),
      `  log: ${backend.logFile}`,
      ...notes.all().map(sentence => `  ! ${sentence}`),
      'Ctrl-C ends everything that was started.',
    ].join('\n'),
  );
  return {
    gaveUp: backend.gaveUp,
    async stop() {
      // The backend first: it is what would start tasks and call services.
      await backend.stop();
      await Promise.all([stopRunner(dataDir), services.stop()]);
    },
  };
}
