import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  isSameProcess,
  startOf,
} from '../../packages/bootstrap/src/processes/identity.mjs';
import { inNetwork } from './commands.mjs';
import { toolsEnvironment } from './requirements.mjs';

/*
 * The processes of a cluster outlive the command that started them. Each is
 * remembered in <state>/processes/<component>.json with the time it was
 * started, because process ids are used again, and with its command line, for
 * `restart`.
 */

const file = (settings, component) =>
  path.join(settings.state, 'processes', `${component}.json`);

const logFile = (settings, component) =>
  path.join(settings.state, 'logs', `${component}.log`);

/** @returns `{pid, start, args}` of a component, or undefined */
export function recordOf(settings, component) {
  try {
    return JSON.parse(fs.readFileSync(file(settings, component), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The components that were started, in the order of their names. */
export function componentsOf(settings) {
  const folder = path.join(settings.state, 'processes');
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder)
    .sort()
    .map(name => path.basename(name, '.json'));
}

/** The process of a component that runs, or undefined. */
export function runningPid(settings, component) {
  const record = recordOf(settings, component);
  return record && isSameProcess(record.pid, record.start)
    ? record.pid
    : undefined;
}

/** The end of a component's log, for an error. */
export function logTail(settings, component, lines = 8) {
  const name = logFile(settings, component);
  if (!fs.existsSync(name)) return '(no log)';
  const text = fs.readFileSync(name, 'utf8').trimEnd().split('\n');
  return text.slice(-lines).join('\n');
}

/**
 * Starts a component in the cluster's namespaces, in a session of its own.
 *
 * @param args - program and arguments
 */
export function startComponent(settings, component, args) {
  const output = fs.openSync(logFile(settings, component), 'a');
  const holder =
    component === 'namespaces' ? undefined : runningPid(settings, 'namespaces');
  const command = holder
    ? ['nsenter', `--target=${holder}`, '--net', '--mount', ...args]
    : inNetwork(settings, args);
  // nsenter becomes the program (exec), so the process id is its own.
  const child = spawn(command[0], command.slice(1), {
    detached: true,
    cwd: settings.state,
    stdio: ['ignore', output, output],
    env: toolsEnvironment(),
  });
  fs.closeSync(output);
  child.once('error', () => undefined); // No process id says the same below.
  if (!child.pid) throw new Error(`${component}: ${args[0]} did not start`);
  child.unref();
  const record = { pid: child.pid, start: startOf(child.pid), args };
  fs.writeFileSync(file(settings, component), JSON.stringify(record));
  return child.pid;
}

/**
 * Waits until `check` passes.
 *
 * @param check - throws as long as it does not
 * @throws when the component has ended or the time is over, with the end of its
 * log
 */
export async function waitForComponent(
  settings,
  component,
  what,
  check,
  timeoutMs = 180_000,
) {
  const began = Date.now();
  for (;;) {
    let problem;
    try {
      await check();
      return;
    } catch (error) {
      problem = error.message;
    }
    const hasEnded = runningPid(settings, component) === undefined;
    if (hasEnded || Date.now() - began > timeoutMs)
      throw new Error(
        `${
          hasEnded
            ? `${component} has ended`
            : `not within ${timeoutMs / 1000} s`
        }: ${what} (${problem}). The end of its log:\n${logTail(
          settings,
          component,
        )}`,
      );
    await pause(100);
  }
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Ends components: TERM, and KILL for who has not gone after `graceMs`. */
export async function stopComponents(settings, components, graceMs = 5_000) {
  const alive = () =>
    components.map(one => runningPid(settings, one)).filter(Boolean);
  for (const pid of alive()) signal(pid, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (alive().length && Date.now() < deadline) await pause(50);
  await killComponents(settings, components);
}

/** Ends components at once. */
export async function killComponents(settings, components) {
  const pids = components.map(one => runningPid(settings, one)).filter(Boolean);
  for (const pid of pids) signal(pid, 'SIGKILL');
  const deadline = Date.now() + 60_000;
  while (pids.some(pid => startOf(pid)) && Date.now() < deadline)
    await pause(20);
}

const OURS = new Set([
  'minicluster',
  'containerd',
  'containerd-shim-runc-v2',
  'tail',
]);

/**
 * Processes of a cluster that no record names: shims, which outlive containerd,
 * and components somebody started by hand. Known by their program and by the
 * state directory in their command line.
 */
export function strayProcesses(settings) {
  return fs
    .readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => {
      let args;
      try {
        args = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      } catch {
        return false; // It ended between the listing and the look.
      }
      return (
        OURS.has(path.basename(args[0])) &&
        args.some(one => one.includes(`${settings.state}/`)) &&
        startOf(pid) !== undefined
      );
    });
}

/** Kills processes and waits until they are gone. */
export async function killAll(pids) {
  for (const pid of pids) signal(pid, 'SIGKILL');
  const deadline = Date.now() + 60_000;
  while (pids.some(pid => startOf(pid)) && Date.now() < deadline)
    await pause(20);
}
