import { spawn } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';

/** The launcher writes little; what is older than this much is dropped. */
const MAX_LOG_BYTES = 1024 * 1024;

const READY_WITHIN_MS = 15_000;

/**
 * Small, since it waits nearly always. With its compiler: without it the
 * launcher has 55 MB instead of 65 MB, but of a chain through the portal on a
 * busy machine the time between two tasks is twice as long.
 */
const NODE_FLAGS = [
  '--max-old-space-size=128',
  '--max-semi-space-size=1',
  '--v8-pool-size=0',
];

/** What became of a launcher that was started. */
export type LauncherStart =
  | 'held'
  /** Absent of one that does not tell it yet. */
  | { pid?: number };

/**
 * Starts a launcher for a data directory and waits until it answers, or
 * found that another one is there (`held`). Throws with its words when it
 * cannot run.
 *
 * It becomes an orphan in a session of its own (`sh` starts it and ends at
 * once): no signal for this process or its terminal reaches it, and nobody
 * has to wait for it.
 */
export async function startLauncher(options: {
  dataDir: string;
  launcherPath: string;
  runtimeDir?: string;
}): Promise<LauncherStart> {
  const { dataDir, launcherPath, runtimeDir } = options;
  const runnerDir = join(dataDir, 'runner');
  mkdirSync(runnerDir, { recursive: true, mode: 0o700 });
  const logPath = join(runnerDir, 'launcher.log');
  if (
    (statSync(logPath, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES
  ) {
    truncateSync(logPath);
  }
  const log = openSync(logPath, 'a', 0o600);
  try {
    const child = spawn(
      '/bin/sh',
      [
        '-c',
        '"$@" &',
        'maestro-launcher',
        process.execPath,
        ...NODE_FLAGS,
        launcherPath,
        '--data-dir',
        dataDir,
        '--report',
        ...(runtimeDir ? ['--runtime-dir', runtimeDir] : []),
      ],
      {
        cwd: '/',
        detached: true,
        // Nothing of this process' environment: it may hold secrets.
        env: {
          PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
          UV_THREADPOOL_SIZE: '2',
        },
        stdio: ['ignore', log, log, 'pipe'],
      },
    );
    const word = await new Promise<string>((resolve, reject) => {
      let text = '';
      const timer = setTimeout(
        () => reject(new Error(`no word from it within ${READY_WITHIN_MS} ms`)),
        READY_WITHIN_MS,
      );
      const done = (act: () => void) => {
        clearTimeout(timer);
        act();
      };
      child.once('error', error => done(() => reject(error)));
      const pipe = child.stdio[3] as NodeJS.ReadableStream;
      pipe.on('data', chunk => {
        text += chunk;
        if (text.includes('\n')) {
          done(() => resolve(text));
        }
      });
      pipe.on('end', () =>
        done(() => reject(new Error('it ended without a word'))),
      );
    });
    const answer = JSON.parse(word) as {
      ready?: true;
      pid?: number;
      held?: true;
      failed?: string;
    };
    if (answer.failed !== undefined) {
      throw new Error(answer.failed);
    }
    return answer.ready ? { pid: answer.pid } : 'held';
  } catch (error) {
    throw new Error(
      `The process launcher for ${dataDir} could not be started: ${
        (error as Error).message
      }. Its own log, ${logPath}, ends with: ${lastLines(logPath)}`,
      { cause: error },
    );
  } finally {
    closeSync(log);
  }
}

function lastLines(path: string): string {
  const text = readFileSync(path, 'utf8').trim();
  return text.split('\n').slice(-3).join(' | ') || '(nothing)';
}
