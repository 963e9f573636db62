import type { Command } from 'commander';
import { collectPair } from '../argumentValues';
import type { Context } from '../Context';

/** What the commands on a folder of DAG files have in common. */
export interface DagFolderOptions {
  /** Path of a Python interpreter that has Airflow. */
  python?: string;
  /** Set for Airflow besides, such as `AIRFLOW__CORE__PLUGINS_FOLDER`. */
  env?: Record<string, string>;
}

/** Airflow's half is loaded when it is wanted. */
const loadDags = () => import('../lazy/airflowDags');

const PYTHON_HELP = `
FOLDER is a folder of DAG files; no portal and nothing of Airflow's services is needed.
Python is that of --python or $MAESTRO_AIRFLOW_PYTHON (an interpreter that has
Airflow), else the one that Maestro has made in .tools/airflow of the checkout.`;

/** `maestro airflow …`: what people know as `airflow …`. */
export function registerAirflow(
  program: Command,
  context: Context,
  load = loadDags,
): void {
  const airflow = program
    .command('airflow')
    .description("folders of Airflow's DAG files, with Airflow's commands");

  const dags = airflow.command('dags').description('the DAGs of a folder');

  dags
    .command('list')
    .argument('<folder>', 'with DAG files')
    .description('every DAG of a folder')
    .option('--python <file>', 'interpreter that has Airflow')
    .option(
      '--env <name=value>',
      'an environment variable such as AIRFLOW__CORE__PLUGINS_FOLDER (repeatable)',
      collectPair,
    )
    .addHelpText('after', PYTHON_HELP)
    .action(async (folder: string, options: DagFolderOptions) => {
      const { listDags } = await load();
      await listDags(context, { folder, ...options });
    });

  dags
    .command('list-import-errors')
    .argument('<folder>', 'with DAG files')
    .description(
      'what of a folder cannot be read or run, with file and line; exit code 1 when there is something',
    )
    .option('--python <file>', 'interpreter that has Airflow')
    .option(
      '--env <name=value>',
      'an environment variable such as AIRFLOW__CORE__PLUGINS_FOLDER (repeatable)',
      collectPair,
    )
    .addHelpText('after', PYTHON_HELP)
    .action(async (folder: string, options: DagFolderOptions) => {
      const { listImportErrors } = await load();
      await listImportErrors(context, { folder, ...options });
    });
}
