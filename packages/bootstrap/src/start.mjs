/*
 * npm start: one command from a fresh clone to a portal in the browser.
 * Plain Node >= 20 without dependencies, because it is what brings them.
 */
import { installationPaths } from './paths.mjs';
import { createProgress, formatDuration } from './progress.mjs';
import { startGuard } from './processes/guard.mjs';
import { canRunBootstrap } from './toolchain/node.mjs';
import { makeDataDirectory } from './portal/dataDirectory.mjs';
import { takeInstanceLock } from './portal/instanceLock.mjs';
import {
  DEFAULT_PORT,
  describePortOwner,
  isPortFree,
  wantedPort,
} from './portal/port.mjs';
import { stopRunner } from './portal/runner.mjs';
import { startPortal } from './portal/startPortal.mjs';

const HELP = `npm start: starts Maestro on this machine, http://127.0.0.1:${DEFAULT_PORT}

  MAESTRO_PORT=7008            another port for the portal
  MAESTRO_DATA_DIR=folder      another data directory (default: .maestro)
  MAESTRO_PYTHON=/path/python  the Python to make the environment from
  MAESTRO_NO_SERVICES=1        without MLflow and Feast
  MAESTRO_CONFIG=file.yaml     a last layer of configuration: a cluster, say
`;

async function checkPort(env) {
  const port = wantedPort(env);
  if (await isPortFree(port)) return port;
  const owner = describePortOwner(port);
  throw new Error(
    `Port ${port} of 127.0.0.1 is taken${
      owner ? ` by ${owner}` : ''
    }. Stop that, or choose another port: MAESTRO_PORT=${port + 1} npm start`,
  );
}

async function main() {
  if (process.argv.includes('--help') || process.argv.includes('-h')) {
    process.stdout.write(HELP);
    return 0;
  }
  if (!canRunBootstrap(process.version))
    throw new Error(
      `Maestro needs Node 20 or newer to start; this is ${process.version}.`,
    );
  if (process.platform === 'win32')
    throw new Error('Maestro starts on Linux and macOS; on Windows use WSL 2.');
  const paths = installationPaths(process.env);
  makeDataDirectory(paths.dataDir);
  const lock = takeInstanceLock(paths.dataDir);
  if (lock.holder)
    throw new Error(
      `Maestro already runs in ${paths.dataDir} (process ${lock.holder.pid}${
        lock.holder.url ? `, ${lock.holder.url}` : ', still starting'
      }). Stop it with Ctrl-C there, or choose another folder: MAESTRO_DATA_DIR=folder MAESTRO_PORT=7008 npm start`,
    );

  const progress = createProgress();
  const guard = startGuard();
  let portal;
  let ending;
  const end = async () => {
    progress.say('\nStopping …');
    const at = progress.elapsed();
    await portal?.stop();
    guard.release();
    lock.release();
    progress.say(`Stopped (${formatDuration(progress.elapsed() - at)}).`);
  };
  // What runs while we are still bringing things is ended by the guard.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      if (!portal) {
        progress.say('\nStopped before the portal was up.');
        stopRunner(paths.dataDir).finally(() => {
          lock.release();
          process.exit(130);
        });
        return;
      }
      ending ??= end().then(
        () => process.exit(0),
        error => {
          progress.say(`Stopping failed: ${error.stack}`);
          process.exit(1);
        },
      );
    });

  try {
    const port = await checkPort(process.env);
    portal = await startPortal({ paths, port, progress, guard, lock });
    const gaveUp = await portal.gaveUp;
    if (!ending) {
      progress.say(gaveUp);
      await end();
    } else await ending;
    return 1;
  } catch (error) {
    lock.release();
    // The guard ends whatever was begun, as this process goes.
    throw error;
  }
}

main().then(
  code => process.exit(code),
  error => {
    // What goes wrong here is about this machine: a sentence, not a stack trace.
    process.stderr.write(
      `\n${process.env.MAESTRO_DEBUG ? error.stack : error.message}\n`,
    );
    process.exit(1);
  },
);
