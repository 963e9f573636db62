import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createAirflowExecutor,
  readDagFolder,
  type DagPipeline,
} from '@maestro/plugin-maestro-backend-module-airflow';
import { createLocalExecutor } from '@maestro/plugin-maestro-backend-module-local';
import type { PipelineDefinition } from '@maestro/plugin-maestro-common';
import { paramValues } from '../argumentValues';
import type { DagTestOptions } from '../commands/airflow';
import type { Context } from '../Context';
import { findDataDir } from '../installation';
import { CommandError, EXIT } from '../outcome';
import { airflowLogLine } from '../output/airflowLog';
import { airflowPython, dagFolder } from './airflowDags';
import { podsOf, type TestPods } from './airflowPods';
import { runOnScreen } from './runOnScreen';
import { clientIfAny, collectInputs, readSeeds } from './testInputs';

/** `maestro airflow dags test DAG_ID DATE`. Sets the exit code. */
export async function testDag(
  context: Context,
  options: DagTestOptions & { dagId: string; logicalDate: number },
): Promise<void> {
  const dag = await findDag(context, options);
  const { definition } = dag;
  await run(
    context,
    options.retryDelay === false ? withoutRetryDelay(definition) : definition,
    dag,
    options,
  );
}

function withoutRetryDelay(definition: PipelineDefinition): PipelineDefinition {
  return {
    ...definition,
    tasks: definition.tasks.map(task => ({ ...task, retryDelayMs: 0 })),
  };
}

/** `maestro airflow tasks test DAG_ID TASK_ID DATE`. Sets the exit code. */
export async function testTask(
  context: Context,
  options: DagTestOptions & {
    dagId: string;
    taskId: string;
    logicalDate: number;
  },
): Promise<void> {
  const dag = await findDag(context, options);
  const tasks = dag.definition.tasks.filter(one => !one.callback);
  const task = tasks.find(({ id }) => id === options.taskId);
  if (!task) {
    throw new CommandError(
      EXIT.notFound,
      `DAG "${options.dagId}" has no task "${
        options.taskId
      }"; there are: ${tasks.map(({ id }) => id).join(', ')}`,
    );
  }
  const { setup: _, teardown: __, group: ___, ...plain } = task;
  const alone: PipelineDefinition = {
    ...dag.definition,
    groups: undefined,
    tasks: [
      // As the DAG's only one, and once: who tests it sees the first failure.
      {
        ...plain,
        no: 0,
        upstream: [],
        downstream: [],
        triggerRule: 'all_success',
        retries: 0,
        // Of its group, which is not there: it would be none of its instances.
        map: task.airflow?.mapOver && task.map,
      },
    ],
  };
  await run(context, alone, dag, options);
}

interface FoundDag extends DagPipeline {
  /** Of the folder, which its tasks may start or look at. */
  others: DagPipeline[];
  folder: string;
  python: string;
}

async function findDag(
  context: Context,
  options: DagTestOptions & { dagId: string },
): Promise<FoundDag> {
  const folder = dagFolder(context, options.folder);
  const python = airflowPython(context, options.python);
  const inPython = options.lower === false ? '--no-lower was given' : undefined;
  const { pipelines, problems } = await readDagFolder({
    folder,
    python,
    env: options.env,
    podsInPython: inPython,
    bashInPython: inPython,
  });
  const found = pipelines.find(({ dagId }) => dagId === options.dagId);
  if (found) {
    return {
      ...found,
      others: pipelines.filter(dag => dag !== found),
      folder,
      python,
    };
  }
  const own = problems.filter(({ dagId }) => dagId === options.dagId);
  if (own.length > 0) {
    throw new CommandError(
      EXIT.failed,
      own
        .map(({ file, message }) => `${join(folder, file)}: ${message}`)
        .join('\n'),
    );
  }
  const elsewhere =
    problems.length > 0
      ? `; ${
          problems.length === 1 ? 'a problem' : `${problems.length} problems`
        } of the folder may be why: maestro airflow dags list-import-errors ${folder}`
      : '';
  throw new CommandError(
    EXIT.notFound,
    `No DAG "${options.dagId}" in ${folder}${elsewhere}`,
  );
}

async function run(
  context: Context,
  definition: PipelineDefinition,
  dag: FoundDag,
  options: DagTestOptions & { logicalDate: number },
): Promise<void> {
  const inputs = await collectInputs(definition, {
    flags: options,
    client: options.offline ? undefined : clientIfAny(context),
    seeds: readSeeds(findDataDir(context.around)),
    // Airflow's tasks ask for what they want while they run.
    all: true,
    note: text => context.note(text),
  });
  const pods = await podsOf(
    context,
    { definition, others: dag.others.map(other => other.definition) },
    options,
  );
  try {
    await runAll(context, definition, dag, { ...options, inputs, pods });
  } finally {
    await pods?.remove();
  }
}

async function runAll(
  context: Context,
  definition: PipelineDefinition,
  dag: FoundDag,
  options: DagTestOptions & {
    logicalDate: number;
    inputs: Awaited<ReturnType<typeof collectInputs>>;
    pods: TestPods | undefined;
  },
): Promise<void> {
  await runOnScreen(context, {
    definition,
    files: contentsOf(dag),
    others: dag.others.map(other => ({
      definition: other.definition,
      files: contentsOf({ folder: dag.folder, files: other.files }),
    })),
    inputs: options.inputs,
    params: paramValues(options, definition.params),
    logicalDate: options.logicalDate,
    partitionKey: options.partitionKey,
    verbose: options.verbose,
    showLine: context.json ? undefined : airflowLogLine,
    createExecutor: dataDir => [
      createAirflowExecutor({
        processes: createLocalExecutor({
          dataDir: join(dataDir, 'airflow'),
          maxParallel: options.maxParallel,
        }),
        environments: {
          [definition.airflow!.environment]: {
            python: dag.python,
            env: options.env,
          },
        },
        homeDir: join(dataDir, 'airflow-home'),
      }),
      ...(options.pods ? [options.pods.executor] : []),
    ],
  });
}

function contentsOf(dag: Pick<FoundDag, 'folder' | 'files'>) {
  return dag.files.map(path => ({
    path,
    content: readFileSync(join(dag.folder, path)),
  }));
}
