import type { Command } from 'commander';
import { collectPair, instant, keyOfPartition } from '../argumentValues';
import type { Context } from '../Context';
import { testOptions, type TestOptions } from './test';

/** What the commands on a folder of DAG files have in common. */
export interface DagFolderOptions {
  /** With DAG files; default `dags` in the current folder. */
  folder?: string;
  /** Path of a Python interpreter that has Airflow. */
  python?: string;
  /** Set for Airflow besides, such as `AIRFLOW__CORE__PLUGINS_FOLDER`. */
  env?: Record<string, string>;
}

/** What `dags test` and `tasks test` were asked for. */
export interface DagTestOptions extends TestOptions, DagFolderOptions {
  /** Whether a next try waits as long as its task says. Default true. */
  retryDelay?: boolean;
  /** Of the partition that the run is about. */
  partitionKey?: string;
  /** Default true. */
  lower?: boolean;
  kubeconfig?: string;
  /** Of the kubeconfig. */
  context?: string;
  /** Of pods. */
  namespace?: string;
}

/** The engine's half, too. */
const loadTest = () => import('../lazy/airflowTest');

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
  loadRuns = loadTest,
): void {
  const airflow = program
    .command('airflow')
    .description("folders of Airflow's DAG files, with Airflow's commands");

  const dags = airflow.command('dags').description('the DAGs of a folder');

  folderOptions(dags.command('list'))
    .description('every DAG of a folder')
    .action(async (folder: string | undefined, options: DagFolderOptions) => {
      const { listDags } = await load();
      await listDags(context, listed(folder, options));
    });

  folderOptions(dags.command('list-import-errors'))
    .description(
      'what of a folder cannot be read or run, with file and line; exit code 1 when there is something',
    )
    .action(async (folder: string | undefined, options: DagFolderOptions) => {
      const { listImportErrors } = await load();
      await listImportErrors(context, listed(folder, options));
    });

  dagTestOptions(
    dags
      .command('test')
      .argument('<dag_id>')
      .argument('[date]', 'the logical date; default now', instant)
      .description('runs a DAG once on this machine, without a portal'),
  ).action(async (dagId, logicalDate = Date.now(), options: DagTestOptions) => {
    const { testDag } = await loadRuns();
    await testDag(context, { dagId, logicalDate, ...options });
  });

  dagTestOptions(
    airflow
      .command('tasks')
      .description('single tasks of a DAG')
      .command('test')
      .argument('<dag_id>')
      .argument('<task_id>')
      .argument('[date]', 'the logical date; default now', instant)
      .description('runs one task once, whatever it depends on'),
  ).action(
    async (
      dagId,
      taskId,
      logicalDate = Date.now(),
      options: DagTestOptions,
    ) => {
      const { testTask } = await loadRuns();
      await testTask(context, { dagId, taskId, logicalDate, ...options });
    },
  );
}

/** The folder stands as an argument, or as with `dags test`. */
function folderOptions(command: Command): Command {
  return pythonOptions(
    command
      .argument('[folder]', 'with DAG files; default dags here')
      .option('--folder <folder>', 'the same'),
  ).addHelpText('after', PYTHON_HELP);
}

function listed(folder: string | undefined, options: DagFolderOptions) {
  return { ...options, folder: folder ?? options.folder };
}

function pythonOptions(command: Command): Command {
  return command
    .option('--python <file>', 'interpreter that has Airflow')
    .option(
      '--env <name=value>',
      'an environment variable such as AIRFLOW__CORE__PLUGINS_FOLDER (repeatable)',
      collectPair,
    );
}

function dagTestOptions(command: Command): Command {
  const withFolder = command.option(
    '--folder <folder>',
    'with DAG files; default dags here',
  );
  return testOptions(pythonOptions(withFolder))
    .option(
      '--kubeconfig <file>',
      'of the cluster for its pods; default those of KUBECONFIG, else ~/.kube/config',
    )
    .option('--context <name>', 'of the kubeconfig; default its current one')
    .option(
      '--namespace <name>',
      'for its pods; default that of its operators, else of the context',
    )
    .option(
      '--partition-key <key>',
      'the partition that the run is about, of a DAG that is partitioned',
      keyOfPartition,
    )
    .option(
      '--no-retry-delay',
      'the next try comes at once; by default it waits as long as its task says, as in Airflow',
    )
    .option(
      '--no-lower',
      'operators start their pods and commands themselves, in Python, as in Airflow',
    )
    .addHelpText('after', PYTHON_HELP.replace(/^\nFOLDER.*\n/, '\n'));
}
