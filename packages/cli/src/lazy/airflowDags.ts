import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  readDagFolder,
  type DagFolderReading,
} from '@maestro/plugin-maestro-backend-module-airflow';
import type { DagFolderOptions } from '../commands/airflow';
import type { Context } from '../Context';
import { checkoutRoot } from '../installation';
import { CommandError, EXIT } from '../outcome';
import { airflowTable } from '../output/airflowTable';

/** The name under which a folder without configuration is told. */
const BUNDLE = 'dags-folder';

/** `maestro airflow dags list FOLDER`. */
export async function listDags(
  context: Context,
  options: DagFolderOptions,
): Promise<void> {
  const { folder, pipelines, problems } = await readFolder(context, options);
  const rows = pipelines.map(({ definition, owners, pausedUponCreation }) => ({
    dag_id: definition.name,
    fileloc: join(folder, definition.airflow!.file),
    owners,
    is_paused: pausedUponCreation ? 'True' : 'False',
    bundle_name: BUNDLE,
    bundle_version: null,
  }));
  await showRows(context, rows);
  tellNotes(context, pipelines);
  if (problems.length > 0) {
    context.note(
      `maestro: ${
        problems.length === 1
          ? 'there is 1 problem'
          : `there are ${problems.length} problems`
      }: ${['maestro airflow dags list-import-errors', options.folder ?? []]
        .flat()
        .join(' ')}`,
    );
  }
}

/** `maestro airflow dags list-import-errors FOLDER`. */
export async function listImportErrors(
  context: Context,
  options: DagFolderOptions,
): Promise<void> {
  const { folder, problems } = await readFolder(context, options);
  const rows = problems.map(({ file, line, dagId, message, traceback }) => ({
    bundle_name: BUNDLE,
    filepath: file,
    ...(context.json
      ? { line: line ?? null, dag_id: dagId ?? null, error: message, traceback }
      : {
          error: `${line === undefined ? '' : `line ${line}: `}${
            dagId === undefined ? '' : `DAG ${dagId}: `
          }${message}`,
        }),
  }));
  await showRows(context, rows);
  if (rows.length > 0) {
    if (!context.json) context.note(`Files are below ${folder}.`);
    context.exitCode = EXIT.failed;
  }
}

async function readFolder(
  context: Context,
  { folder, python, env }: DagFolderOptions,
): Promise<DagFolderReading & { folder: string }> {
  const path = dagFolder(context, folder);
  const reading = await readDagFolder({
    folder: path,
    python: airflowPython(context, python),
    env,
  });
  return { ...reading, folder: path };
}

/**
 * The folder that is meant, as an absolute path.
 *
 * @throws CommandError when it is none
 */
export function dagFolder(context: Context, folder = 'dags'): string {
  const path = resolve(context.around.cwd, folder);
  if (!existsSync(path)) {
    throw new CommandError(
      EXIT.notFound,
      `There is no folder ${path}: say with --folder which one has the DAG files`,
    );
  }
  if (!statSync(path).isDirectory()) {
    throw new CommandError(
      EXIT.usage,
      `${path} is a file: give the folder with it`,
    );
  }
  return path;
}

/**
 * The interpreter that has Airflow.
 *
 * @throws CommandError when there is none
 */
export function airflowPython(
  { around }: Context,
  named = around.env.MAESTRO_AIRFLOW_PYTHON,
): string {
  if (named) {
    const path = resolve(around.cwd, named);
    if (existsSync(path)) return path;
    throw new CommandError(EXIT.usage, `There is no Python at ${path}`);
  }
  const root = checkoutRoot(around.commandDir);
  const made = root && join(root, '.tools/airflow/bin/python');
  if (made && existsSync(made)) return made;
  throw new CommandError(
    EXIT.usage,
    'No Python with Airflow is known: name one with --python or MAESTRO_AIRFLOW_PYTHON, or have one made by "npm run airflow" in the checkout',
  );
}

async function showRows(
  context: Context,
  rows: readonly Record<string, unknown>[],
): Promise<void> {
  await context.write(
    context.json
      ? JSON.stringify(rows)
      : airflowTable(rows, context.style.width),
  );
}

function tellNotes(
  context: Context,
  pipelines: DagFolderReading['pipelines'],
): void {
  if (context.json) return;
  const told = new Set<string>();
  for (const { definition } of pipelines) {
    const { file, notes = [] } = definition.airflow!;
    for (const { line, message, ...note } of notes) {
      const place = [note.file ?? file, line].filter(Boolean).join(':');
      told.add(`note: ${place}: ${message}`);
    }
  }
  for (const line of told) context.note(line);
}
