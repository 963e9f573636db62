import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { tailOf } from '../processes/command.mjs';
import { stopProcess } from '../processes/stop.mjs';
import { withNode } from '../toolchain/workspace.mjs';

const READY_TIMEOUT_MS = 180_000;
const LOG_KEPT_BYTES = 20 * 1024 * 1024;

const pause = milliseconds =>
  new Promise(resolve => {
    setTimeout(resolve, milliseconds);
  });

/** A log that has grown large is kept once as `.1` and started anew. */
function rotate(logFile) {
  const size = fs.statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_KEPT_BYTES) fs.renameSync(logFile, `${logFile}.1`);
}

async function answers(url) {
  try {
    const response = await fetch(`${url}/.backstage/health/v1/readiness`, {
      signal: AbortSignal.timeout(5_000),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    // Not listening yet: asked again until the deadline.
    return false;
  }
}

/** Arguments of the backend's process, for a given list of configuration files. */
export function backendArguments(root, configFiles) {
  return [
    '--require',
    path.join(root, 'node_modules/@backstage/cli/config/nodeTransform.cjs'),
    path.join(root, 'packages/backend/src/index.ts'),
    ...configFiles.flatMap(file => ['--config', file]),
  ];
}

/**
 * Starts the portal's backend. It leads a process group of its own, so that
 * Ctrl-C in a terminal reaches only us and we end things in order.
 *
 * @returns `pid`, `logFile`, `exited` (promise of `{code, signal}`),
 * `ready()` and `stop()`
 */
export function startBackend({
  root,
  dataDir,
  node,
  configFiles,
  url,
  guard,
  env,
}) {
  const logFile = path.join(dataDir, 'console/backend.log');
  rotate(logFile);
  const output = fs.openSync(logFile, 'a', 0o600);
  const child = spawn(node, backendArguments(root, configFiles), {
    cwd: path.join(root, 'packages/backend'),
    // Neither development (errors with stack traces) nor production (which
    // warns that nobody else can reach 127.0.0.1).
    env: withNode(
      {
        ...env,
        NODE_ENV: undefined,
        // Compiled once, not at each start: 2 of 13 CPU-seconds.
        NODE_COMPILE_CACHE: path.join(root, '.tools/compile-cache'),
      },
      node,
    ),
    detached: true,
    stdio: ['ignore', output, output],
  });
  fs.closeSync(output);
  if (child.pid) guard.watch(child.pid);
  let ended;
  const exited = new Promise(resolve => {
    child.once('error', error => resolve({ error }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  }).then(how => {
    ended = how;
    if (child.pid) guard.forget(child.pid);
    return how;
  });

  return {
    pid: child.pid,
    logFile,
    exited,
    async ready() {
      const deadline = Date.now() + READY_TIMEOUT_MS;
      while (!(await answers(url))) {
        if (ended || Date.now() > deadline)
          throw new Error(
            `The portal's backend ${
              ended
                ? `ended at start (${
                    ended.error?.message ?? ended.signal ?? ended.code
                  })`
                : 'was not ready after 3 minutes'
            }. The end of ${logFile}:\n${tailOf(logFile)}`,
          );
        await pause(200);
      }
    },
    stop: () => (child.pid ? stopProcess(child.pid) : undefined),
  };
}
