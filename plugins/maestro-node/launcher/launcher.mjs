/**
 * The launcher: starts the processes of tasks, waits for them, and outlives
 * the scheduler that asked for it. It is small on purpose: starting a process
 * copies the page tables of the parent, which takes 40 ms in a portal backend
 * and 1 to 2 ms here.
 *
 *   node launcher.mjs --data-dir DIR [--runtime-dir DIR] [--report]
 *
 * With --report one line is written to file descriptor 3:
 * `{"ready":true,"pid":1}`, `{"held":true}` when another launcher has the data directory, or
 * `{"failed":"why"}`.
 *
 * It ends on TERM (tasks are ended first), when it is told to retire (tasks
 * go on), when its lock or data directory is gone (tasks are ended: somebody
 * else may start them again), and after ten idle minutes alone. It ends its
 * tasks, and stays, when schedulers that renew the fence do so no more.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  realpathSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Attempts } from './attempts.mjs';
import { Fence, UNRENEWED } from './fence.mjs';
import { dataPaths, makeDataDirs, namesIn, writeJson } from './files.mjs';
import { holdsLock, takeLock } from './lock.mjs';
import { LogWatch } from './logWatch.mjs';
import { bootId, startTimeOf } from './processes.mjs';
import { LAYOUT, PROTOCOL } from './protocol.mjs';
import { runtimeDir, socketPath } from './runtimeDir.mjs';
import { Server } from './server.mjs';

const GUARD_MS = 1000;
const SWEEP_MS = 10_000;
const IDLE_EXIT_MS = 10 * 60_000;
/** Between TERM and KILL when the launcher itself is to end. */
const STOP_GRACE_MS = 5000;

const STOPPED = {
  failure: 'lost',
  message: 'The process runner was stopped while this attempt ran',
};
const FENCED = {
  failure: 'lost',
  message:
    'The process runner lost its lock or data directory and ended what it ran',
};

function log(message) {
  // The launcher's stderr is runner/launcher.log.
  process.stderr.write(`${new Date().toISOString()} ${message}\n`);
}

/** Tells who started us, once. */
function report(word) {
  if (!process.argv.includes('--report')) {
    return;
  }
  try {
    writeSync(3, `${JSON.stringify(word)}\n`);
    closeSync(3);
  } catch {
    // The one who asked is gone: nobody listens.
  }
}

async function main() {
  const { values } = parseArgs({
    options: {
      'data-dir': { type: 'string' },
      'runtime-dir': { type: 'string' },
      report: { type: 'boolean' },
    },
  });
  if (!values['data-dir']) {
    throw new Error('--data-dir is missing');
  }
  const dataDir = realpathSync(values['data-dir']);
  const paths = dataPaths(dataDir);
  makeDataDirs(paths);
  const boot = bootId();
  const self = {
    pid: process.pid,
    startTime: startTimeOf(process.pid),
    bootId: boot,
  };
  const lock = takeLock(paths.runner, self);
  if (!lock) {
    report({ held: true });
    return;
  }
  const runnerId = createHash('sha256')
    .update(dataDir)
    .digest('hex')
    .slice(0, 16);
  const socketDir = runtimeDir(values['runtime-dir']);
  const socket = socketPath(socketDir, `${runnerId}-${lock.generation}`);
  for (const name of namesIn(socketDir)) {
    if (name.startsWith(`${runnerId}-`)) {
      // Of a launcher before this one, which is dead: we have its lock.
      unlinkSync(join(socketDir, name));
    }
  }

  const server = new Server({ dataDir, log });
  const notify = event => server.notify(event);
  const fence = new Fence({
    runnerDir: paths.runner,
    runnerId,
    generation: lock.generation,
    boot,
  });
  const leave = why => {
    log(why);
    // Nothing runs any more, or who comes next says how long it may.
    fence.remove();
    server.close();
    process.exit(0);
  };
  const attempts = new Attempts({ paths, runnerId, boot, notify, log, fence });
  const watch = new LogWatch({ attempts, dataDir, notify, log });
  server.open({
    attempts,
    watch,
    fence,
    retire: () => leave('Retired: what runs goes on'),
  });

  let ending;
  /** Ends every attempt, then this process. */
  const endAll = (why, reason, graceMs) => {
    if (ending) {
      return;
    }
    log(why);
    attempts.close('The process runner is being stopped');
    [...attempts.live.values()].forEach(attempt =>
      attempts.end(attempt, reason, graceMs),
    );
    ending = setInterval(() => {
      if (attempts.live.size === 0) {
        attempts.endings.saveAgain();
        leave('All attempts ended');
      }
    }, 10);
  };
  const stop = signal =>
    endAll(`Got ${signal}: ending`, STOPPED, STOP_GRACE_MS);
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => log('Got SIGHUP: going on'));

  attempts.adoptAll();
  watch.wake();
  await server.listen(socket);
  const writeInfo = () =>
    writeJson(paths.info, {
      ...self,
      socket,
      protocol: PROTOCOL,
      layout: LAYOUT,
      generation: lock.generation,
      startedAt: Date.now(),
    });
  writeInfo();
  log(`Ready with ${attempts.live.size} running attempts, pid ${process.pid}`);
  report({ ready: true, pid: process.pid });

  const attemptsInode = statSync(paths.attempts).ino;
  let busyAt = Date.now();
  setInterval(() => {
    if (!holdsLock(lock) || !sameDirectory(paths.attempts, attemptsInode)) {
      endAll('Lost the lock or the data directory: ending', FENCED, 0);
    }
    if (fence.isOver && attempts.live.size > 0) {
      log(`Nobody renewed: ending ${attempts.live.size} attempts`);
      [...attempts.live.values()].forEach(attempt =>
        attempts.end(attempt, UNRENEWED, 0),
      );
    }
    if (attempts.live.size > 0 || server.connections > 0) {
      busyAt = Date.now();
    } else if (
      Date.now() - busyAt > IDLE_EXIT_MS &&
      attempts.endings.unsaved === 0
    ) {
      endAll('Nothing to do and nobody there: ending', STOPPED, 0);
    }
    if (!isThere(socket)) {
      // Someone cleaned the runtime directory: the door is made again.
      server.listen(socket).catch(error => log(`Socket: ${error.message}`));
    }
  }, GUARD_MS);
  let hadLive = true;
  setInterval(() => {
    if (hadLive) {
      attempts.endings.sweepLeftovers(id => attempts.live.has(id));
    }
    hadLive = attempts.live.size > 0;
  }, SWEEP_MS);
  process.on('exit', () => {
    try {
      unlinkSync(socket);
    } catch {
      // It is removed by whoever comes next.
    }
  });
}

function isThere(path) {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function sameDirectory(path, inode) {
  return statSync(path, { throwIfNoEntry: false })?.ino === inode;
}

main().catch(error => {
  log(`Failed: ${error.stack}`);
  report({ failed: error.message });
  process.exit(1);
});
