/*
 * npm run airflow: makes the Python that reads and runs Airflow's DAG files, in
 * .tools/airflow, for `maestro airflow …` without a portal. npm start does the
 * same when a folder of DAG files is configured.
 */
import { installationPaths } from './paths.mjs';
import { createProgress } from './progress.mjs';
import { ensureAirflow } from './embedded/python.mjs';

const { root, toolsDir } = installationPaths(process.env);
const progress = createProgress();
const result = await progress.step('Checking the environment of Airflow', () =>
  ensureAirflow({ root, toolsDir, log: text => progress.say(`    ${text}`) }),
);
progress.say(result.ok ? result.python : result.reason);
process.exitCode = result.ok ? 0 : 1;
