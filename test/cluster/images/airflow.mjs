import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../../packages/bootstrap/src/paths.mjs';
import { hashSources } from '../../../packages/bootstrap/src/toolchain/stamps.mjs';
import { installPackages } from './packages.mjs';

/*
 * What a team makes an image of for its DAGs: the packages of the environment
 * that reads them, and, as the image of Airflow has it, a home that belongs to
 * another user than that of a pod, with a folder of DAG files in it. Nothing of
 * Maestro.
 */

const PYTHON = path.join(ROOT, 'plugins/maestro-backend-module-airflow/python');
const INPUTS = ['requirements.txt', 'constraints.txt'];
const DAGS = path.join(ROOT, 'test/kubernetes/airflow/imageDags');

/** AIRFLOW_HOME of the image. */
export const AIRFLOW_HOME = '/opt/airflow';

/** Changes whenever the layer of packages has to be made again. */
export const airflowInputs = () =>
  `${process.arch} ${hashSources(PYTHON, INPUTS)}`;

/** Changes whenever the layer of DAG files has to be made again. */
export const dagsInputs = () => hashSources(DAGS, fs.readdirSync(DAGS).sort());

/** Fills a folder with Airflow. */
export const buildAirflow = (folder, { base, say }) =>
  installPackages(folder, { from: PYTHON, base, say });

/** Fills a folder with DAG files. */
export async function buildDags(folder) {
  const dags = path.join(folder, AIRFLOW_HOME, 'dags');
  fs.mkdirSync(dags, { recursive: true });
  fs.cpSync(DAGS, dags, { recursive: true });
}
