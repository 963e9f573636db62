/*
 * npm run airflow: makes the Python that reads and runs Airflow's DAG files, in
 * .tools/airflow, for `maestro airflow …` without a portal. npm start does the
 * same when a folder of DAG files is configured.
 *
 * npm run airflow -- --ml: the one that has MLflow and Feast too, in
 * .tools/airflow-ml, for the DAGs of pipelines/dags.
 */
import { parseArgs } from 'node:util';
import { installationPaths } from './paths.mjs';
import { createProgress } from './progress.mjs';
import { ensureAirflow, ensureAirflowMl } from './embedded/python.mjs';

const { values } = parseArgs({ options: { ml: { type: 'boolean' } } });
const { root, toolsDir } = installationPaths(process.env);
const progress = createProgress();
const ensure = values.ml ? ensureAirflowMl : ensureAirflow;
const result = await progress.step('Checking the environment of Airflow', () =>
  ensure({ root, toolsDir, log: text => progress.say(`    ${text}`) }),
);
progress.say(result.ok ? result.python : result.reason);
process.exitCode = result.ok ? 0 : 1;
