/*
 * npm run airflow: makes the Python that reads and runs Airflow's DAG files, in
 * .tools/airflow, and the `maestro` command, for `maestro airflow …` without a
 * portal. npm start does the same when a folder of DAG files is configured.
 *
 * npm run airflow -- --ml: the one that has MLflow and Feast too, in
 * .tools/airflow-ml, for the DAGs of pipelines/dags.
 */
import { parseArgs } from 'node:util';
import { installationPaths } from './paths.mjs';
import { createProgress } from './progress.mjs';
import { ensureAirflow, ensureAirflowMl } from './embedded/python.mjs';
import { startGuard } from './processes/guard.mjs';
import { bringCli } from './toolchain/bring.mjs';

const { values } = parseArgs({ options: { ml: { type: 'boolean' } } });
const { root, toolsDir } = installationPaths(process.env);
const progress = createProgress();
const guard = startGuard();
try {
  await bringCli({ paths: { root, toolsDir }, progress, guard });
  const ensure = values.ml ? ensureAirflowMl : ensureAirflow;
  const result = await progress.step(
    'Checking the environment of Airflow',
    () => ensure({ root, toolsDir, log: text => progress.say(`    ${text}`) }),
  );
  progress.say(result.ok ? result.python : result.reason);
  process.exitCode = result.ok ? 0 : 1;
} catch (error) {
  // What goes wrong here is about this machine: a sentence, not a stack trace.
  progress.say(error.message);
  process.exitCode = 1;
} finally {
  guard.release();
}
