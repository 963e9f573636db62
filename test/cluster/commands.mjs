import { execFile, spawn } from 'node:child_process';
import { toolsEnvironment } from './requirements.mjs';

/*
 * Programs of the operating system, run to their end or started for good, in
 * the namespaces of a cluster or outside.
 */

const MAX_OUTPUT = 64 * 1024 * 1024;

/**
 * The command line that runs `args` in the cluster's network namespace. By
 * nsenter, not `ip netns exec`: that mounts /sys anew and hides the cgroups.
 */
export function inNetwork(settings, args) {
  return ['nsenter', `--net=/run/netns/${settings.netns}`, ...args];
}

/**
 * Runs a program to its end.
 *
 * @param options.input - its standard input
 * @returns what it wrote to standard output
 * @throws when it ends with anything but 0, with what it wrote to standard error
 */
export function execute(
  [program, ...args],
  { input, env, cwd, timeoutMs = 0 } = {},
) {
  return new Promise((resolve, reject) => {
    const child = execFile(
      program,
      args,
      {
        env: toolsEnvironment(env ?? process.env),
        cwd,
        timeout: timeoutMs,
        maxBuffer: MAX_OUTPUT,
      },
      (error, stdout, stderr) => {
        if (!error) resolve(stdout);
        else
          reject(
            Object.assign(
              new Error(
                `${[program, ...args].join(' ').slice(0, 300)}: ${
                  stderr.trim() || error.message
                }`,
              ),
              { exitCode: error.code, stdout, stderr },
            ),
          );
      },
    );
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
  });
}

/**
 * Runs a program in the foreground: terminal, signals and exit code are ours.
 *
 * @returns its exit code; 128 when a signal ended it
 */
export function runForeground([program, ...args], { env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: 'inherit',
      env: toolsEnvironment(env ?? process.env),
    });
    // A terminal sends Ctrl-C to the child too; we only wait for its end.
    const ignore = () => undefined;
    const pass = () => child.kill('SIGTERM');
    process.on('SIGINT', ignore);
    process.on('SIGTERM', pass);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.off('SIGINT', ignore);
      process.off('SIGTERM', pass);
      resolve(signal ? 128 : code);
    });
  });
}
