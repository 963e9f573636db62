import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { runCommand } from '../processes/command.mjs';
import { oneByOne } from './oneByOne.mjs';

/*
 * What test/cluster builds: Kubernetes, images, MinIO. Half an hour of a
 * processor where none of it is cached, so it is built at the lowest priority
 * beside the suites that do not need it.
 */

/** Ends a build that does not get on; cold it takes 6 to 25 minutes. */
const LIMIT_MS = 50 * 60_000;

const command = root => path.join(root, 'test/cluster/cluster.mjs');

/**
 * A cluster that takes the place of our own.
 *
 * @throws when the file it names is not there
 */
export function givenKubeconfig(env = process.env) {
  const file = env.MAESTRO_TEST_KUBECONFIG;
  if (!file) return undefined;
  const absolute = path.resolve(file);
  if (!fs.existsSync(absolute))
    throw new Error(`MAESTRO_TEST_KUBECONFIG names ${absolute}: no such file`);
  return absolute;
}

/**
 * Reads what `cluster.mjs requirements` says.
 *
 * @returns `{packages, others}`: names for apt, and what only people can bring
 */
export function parseRequirements(text) {
  const lines = text.split('\n').filter(Boolean);
  const of = word =>
    lines
      .filter(line => line.startsWith(`${word} `))
      .map(line => line.slice(word.length + 1));
  return { packages: of('package'), others: of('other') };
}

function requirements({ root, node }) {
  return parseRequirements(
    execFileSync(node, [command(root), 'requirements'], { encoding: 'utf8' }),
  );
}

/**
 * Installs what the cluster needs from the operating system.
 *
 * @throws naming what is missing and cannot be installed
 */
async function prepare(context, aptInstall) {
  const { packages, others } = requirements(context);
  if (others.length)
    throw new Error(
      `the test cluster cannot start without ${others.join(
        ', ',
      )}; another cluster takes its place with MAESTRO_TEST_KUBECONFIG=<file>, or leave it out with MAESTRO_SKIP_SUITES`,
    );
  if (packages.length) await aptInstall(context, packages);
}

function build(context, title, what) {
  const { root, toolsDir, node, guard, progress } = context;
  const logFile = path.join(toolsDir, `logs/build-${what[0]}.log`);
  return progress.step(`${title}, beside the suites`, async () => {
    const limit = AbortSignal.timeout(LIMIT_MS);
    try {
      await runCommand(node, [command(root), 'build', ...what], {
        logFile,
        guard,
        signal: limit,
      });
    } catch (error) {
      if (!limit.aborted) throw error;
      throw new Error(
        `it was not built within ${LIMIT_MS / 60_000} minutes; see ${logFile}`,
      );
    }
  });
}

/**
 * @param aptInstall - `(context, names) => Promise`
 * @returns need → `(context) => Promise`, which brings what is asked for at
 * once and answers with `pending`: what goes on being built
 */
export function clusterNeeds(aptInstall) {
  // Each of them takes all processors.
  const later = oneByOne();
  return {
    cluster: async context => {
      const kubeconfig = givenKubeconfig();
      if (kubeconfig) return { kubeconfig };
      await prepare(context, aptInstall);
      return {
        pending: later(() =>
          build(context, 'Building the test cluster', ['kubernetes', 'images']),
        ),
      };
    },
    minio: async context => ({
      pending: later(() => build(context, 'Building MinIO', ['minio'])),
    }),
    'ml-image': async context => {
      if (givenKubeconfig()) return {};
      await prepare(context, aptInstall);
      return {
        pending: later(() =>
          build(context, 'Building the task image of the pipelines', ['ml']),
        ),
      };
    },
    'airflow-image': async context => {
      if (givenKubeconfig()) return {};
      await prepare(context, aptInstall);
      return {
        pending: later(() =>
          build(context, 'Building an image with Airflow', ['airflow']),
        ),
      };
    },
  };
}
