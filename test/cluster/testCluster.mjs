import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startOf } from '../../packages/bootstrap/src/processes/identity.mjs';
import { ensureBinary } from './binary.mjs';
import { execute, inNetwork } from './commands.mjs';
import { down } from './down.mjs';
import { downWhenWeDie } from './guard.mjs';
import { kubectlCommand } from './kubectl.mjs';
import { runningPid } from './processes.mjs';
import { restart } from './restart.mjs';
import { clusterSettings } from './settings.mjs';
import { up } from './up.mjs';

/*
 * A cluster for a test file: one of its own, or the one that
 * MAESTRO_TEST_KUBECONFIG names.
 */

/** The file of a cluster that takes the place of our own, or undefined. */
export const givenKubeconfig = () =>
  process.env.MAESTRO_TEST_KUBECONFIG || undefined;

function kubectlOf(commandLine) {
  const kubectl = (args, options) =>
    execute(commandLine(args), { timeoutMs: 120_000, ...options });
  return {
    /** Runs kubectl. @returns what it said @throws with its error */
    kubectl,
    /** kubectl with `-o json`, parsed. */
    json: async (...args) =>
      JSON.parse(await kubectl([...args, '--output=json'])),
    /** Creates or changes objects. */
    apply: (...objects) =>
      kubectl(['apply', '--filename=-'], {
        input: JSON.stringify({
          apiVersion: 'v1',
          kind: 'List',
          items: objects,
        }),
      }),
  };
}

/**
 * @param options.name - unique on this machine, up to 20 characters
 * @param options.images - besides the basic ones, see images/images.mjs
 * @returns `kubectl`, `json`, `apply`, `kubeconfig`, and of a cluster of our
 * own: `settings`, `execute(args)` in its network, `kill(component)` (-9),
 * `restart(component)`; `stop()` takes it down and must be called
 */
export async function startTestCluster({ name, images = [] }) {
  const given = givenKubeconfig();
  if (given)
    return {
      kubeconfig: given,
      ...kubectlOf(args => ['kubectl', '--kubeconfig', given, ...args]),
      stop: async () => undefined,
    };
  const settings = clusterSettings({ name });
  const binary = await ensureBinary();
  // Of a test that was killed together with its guard.
  await down(settings);
  const guard = downWhenWeDie(settings);
  try {
    await up(settings, { images });
  } catch (error) {
    guard.end();
    throw error;
  }
  return {
    settings,
    kubeconfig: settings.kubeconfig,
    ...kubectlOf(args => kubectlCommand(settings, binary, args)),
    execute: (args, options) => execute(inNetwork(settings, args), options),
    kill: async component => {
      const pid = runningPid(settings, component);
      if (!pid) throw new Error(`${component} does not run`);
      process.kill(pid, 'SIGKILL');
      while (startOf(pid)) await pause(20);
    },
    restart: component => restart(settings, component),
    stop: async () => {
      keepLogs(settings);
      await down(settings);
      guard.end();
    },
  };
}

/** The logs of the components go with the state: kept beside a suite's report. */
function keepLogs(settings) {
  const report = process.env.MAESTRO_TEST_REPORT;
  if (!report) return;
  fs.cpSync(
    path.join(settings.state, 'logs'),
    path.join(path.dirname(report), 'logs', settings.name),
    { recursive: true },
  );
}
