/*
 * npm test: brings what the suites need, runs them and says in its last line
 * how many tests passed and failed. Plain Node >= 20 without dependencies.
 */
import fs from 'node:fs';
import path from 'node:path';
import { installationPaths } from './paths.mjs';
import { startGuard } from './processes/guard.mjs';
import { createProgress, formatDuration } from './progress.mjs';
import { selectSuites, SUITES } from './suites.mjs';
import { HELP, parseTestArguments } from './testing/arguments.mjs';
import { total } from './testing/counts.mjs';
import { assertDiskSpace } from './testing/diskSpace.mjs';
import { LONG_REPORT, writeLongReport } from './testing/longReport.mjs';
import { bringNeeds } from './testing/needs.mjs';
import { runSuite } from './testing/runSuite.mjs';
import { runInParallel } from './testing/schedule.mjs';
import { canRunBootstrap } from './toolchain/node.mjs';
import { withNode } from './toolchain/workspace.mjs';

const WIDTH = 2;

function list(progress) {
  for (const { id, tier, title } of SUITES)
    progress.say(`${id.padEnd(20)} ${tier.padEnd(5)} ${title}`);
}

/** The environment suites see; what they test must not depend on ours. */
function suiteEnvironment({
  node,
  postgres,
  python,
  browser,
  kubeconfig,
  root,
}) {
  const env = withNode(process.env, node ?? process.execPath);
  for (const name of Object.keys(env))
    if (/^(MAESTRO|npm)_/.test(name)) delete env[name];
  return {
    ...env,
    // Output goes to files.
    NO_COLOR: '1',
    FORCE_COLOR: '0',
    // Otherwise Backstage would look for Docker.
    BACKSTAGE_TEST_DISABLE_DOCKER: '1',
    MAESTRO_TEST_ROOT: root,
    // Where built programs are kept, and where pods of another cluster find
    // this machine, is no matter of what is tested.
    ...Object.fromEntries(
      [
        'MAESTRO_CLUSTER_CACHE',
        'MAESTRO_CLUSTER_STATE',
        'MAESTRO_TEST_CLUSTER_ADDRESS',
      ]
        .filter(name => process.env[name])
        .map(name => [name, process.env[name]]),
    ),
    ...(kubeconfig && { MAESTRO_TEST_KUBECONFIG: kubeconfig }),
    ...(postgres && {
      MAESTRO_TEST_POSTGRES_URL: postgres.url,
      BACKSTAGE_TEST_DATABASE_POSTGRES16_CONNECTION_STRING: postgres.url,
    }),
    ...(python && { MAESTRO_TEST_PYTHON: python }),
    ...(browser && { MAESTRO_TEST_CHROMIUM: browser }),
  };
}

function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${
    skipped ? `, ${skipped} skipped` : ''
  }`;
}

async function main() {
  const wanted = parseTestArguments(process.argv.slice(2), process.env);
  const progress = createProgress();
  if (wanted.help) {
    progress.say(HELP);
    return 0;
  }
  if (wanted.list) {
    list(progress);
    return 0;
  }
  if (!canRunBootstrap(process.version))
    throw new Error(`npm test needs Node 20 or newer, not ${process.version}.`);
  const suites = selectSuites(wanted);
  for (const id of wanted.skip)
    progress.say(`!!! LEFT OUT BY MAESTRO_SKIP_SUITES: ${id}`);

  const { root, toolsDir } = installationPaths(process.env);
  await assertDiskSpace({ root, needs: suites.flatMap(suite => suite.needs) });
  const guard = startGuard();
  const brought = await bringNeeds(suites, { root, toolsDir, progress, guard });
  const end = async () => {
    await brought.postgres?.stop();
    guard.release();
  };
  // The guard ends what runs.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => process.exit(130));

  const context = {
    ...brought,
    root,
    guard,
    outDir: path.join(toolsDir, 'test'),
    environment: suiteEnvironment,
  };
  const results = [];
  await runInParallel(suites, WIDTH, async suite => {
    progress.say(`▸ ${suite.id}: ${suite.title}`);
    const result = await progress.track(suite.id, () =>
      runSuite(suite, context),
    );
    results.push({ suite, ...result });
    if (result.failed) {
      progress.say(`───── output of ${suite.id} ─────`);
      if (result.logFile)
        progress.say(fs.readFileSync(result.logFile, 'utf8').trimEnd());
      if (result.problem) progress.say(`${suite.id}: ${result.problem}`);
      progress.say(`───── end of ${suite.id} ─────`);
    }
    progress.say(
      `${result.failed ? '✗' : '✓'} ${suite.id}: ${summary(
        result,
      )} (${formatDuration(result.seconds * 1000)})`,
    );
  });
  await end();

  progress.say('');
  for (const suite of suites) {
    const result = results.find(one => one.suite === suite);
    progress.say(
      `${result.failed ? '✗' : '✓'} ${suite.id.padEnd(20)} ${summary(result)}${
        result.problem || result.note
          ? ` (${result.problem ?? result.note})`
          : ''
      }`,
    );
  }
  for (const id of wanted.skip) progress.say(`! ${id.padEnd(20)} left out`);
  for (const { suite, failures = [] } of results)
    if (failures.length) {
      progress.say(`───── failed in ${suite.id} ─────`);
      for (const line of failures) progress.say(line);
    }
  if (wanted.tier === 'long') {
    writeLongReport(
      suites.map(suite => results.find(one => one.suite === suite)),
      { root },
    );
    progress.say(`report: ${LONG_REPORT}, to be committed`);
  }
  const all = total(results);
  if (all.skipped) progress.say(`${all.skipped} skipped`);
  progress.say(`after ${formatDuration(progress.elapsed())}`);
  const good = all.failed === 0 && all.passed > 0;
  progress.say(`${all.passed} passed, ${all.failed} failed`);
  return good ? 0 : 1;
}

main().then(
  code => process.exit(code),
  error => {
    process.stderr.write(`${error.stack}\n`);
    process.stdout.write('0 passed, 1 failed\n');
    process.exit(1);
  },
);
