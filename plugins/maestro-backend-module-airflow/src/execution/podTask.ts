import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AirflowPodDefinition,
  MAX_POD_SOURCE_BYTES,
} from '@maestro/plugin-maestro-common';
import {
  ExecutorError,
  type LaunchRequest,
  type SourceFile,
} from '@maestro/plugin-maestro-node';
import { pythonSources } from '../parse/airflowEnvironment';
import { AIRFLOW_SETTINGS } from './airflowSettings';

/** Folder of Maestro's own Python, beside the sources of the version. */
const FOLDER = '.maestro-airflow';

/** An image without the interpreter would only say "not found". */
const START = `command -v "$1" >/dev/null 2>&1 || {
  echo "The task could not be started: the image has no \\"$1\\". It needs a Python that has Airflow, which pythonInImage of the source in maestro.airflow names" >&2
  exit 127
}
exec "$@"`;

/** What a pod needs of it. */
const SCRIPTS = [
  'pod_task.py',
  'maestro_airflow/__init__.py',
  'maestro_airflow/airflow2.py',
  'maestro_airflow/attempt.py',
  'maestro_airflow/dag_callback.py',
  'maestro_airflow/deferral.py',
  'maestro_airflow/from_trigger.py',
  'maestro_airflow/refusals.py',
  'maestro_airflow/workload.py',
];

/**
 * What an executor of pods launches for a task of Airflow in Python: the
 * interpreter of the image with Maestro's script, which comes with the sources.
 * The image needs Airflow and nothing of Maestro.
 *
 * @throws ExecutorError (`config`) for more files than a pod gets
 */
export async function podTask(
  request: LaunchRequest,
  { python, dagsInImage, airflowVersion }: AirflowPodDefinition,
): Promise<LaunchRequest> {
  const { env, sources } = request;
  const scripts = await readScripts();
  const files =
    dagsInImage === undefined ? [...sources.files, ...scripts] : scripts;
  const bytes = files.reduce((sum, file) => sum + file.content.byteLength, 0);
  if (bytes > MAX_POD_SOURCE_BYTES) {
    throw new ExecutorError(
      'config',
      `The files of DAG "${env.MAESTRO_AIRFLOW_DAG_ID}" have, with what runs them, ${bytes} bytes, a pod gets at most ${MAX_POD_SOURCE_BYTES}: put data and libraries into the image, or the whole folder, which dagsInImage of a source in maestro.airflow.sources names (its own is "${env.MAESTRO_AIRFLOW_SOURCE}")`,
    );
  }
  return {
    ...request,
    command: [
      ...['/bin/sh', '-c', START, 'maestro'],
      ...[python, `${FOLDER}/pod_task.py`],
    ],
    env: {
      ...AIRFLOW_SETTINGS,
      ...env,
      ...(airflowVersion === undefined
        ? {}
        : { MAESTRO_AIRFLOW_VERSION: airflowVersion }),
      ...(dagsInImage === undefined
        ? {}
        : inImage(dagsInImage, env.MAESTRO_AIRFLOW_FILE, sources.files)),
    },
    sources: { versionHash: hashOf(sources.versionHash, files), files },
  };
}

/** Where the files are, and what the version has as the DAG file. */
function inImage(
  folder: string,
  file: string,
  files: readonly SourceFile[],
): Record<string, string> {
  const pinned = files.find(({ path }) => path === file);
  return {
    MAESTRO_AIRFLOW_DAGS: folder,
    ...(pinned
      ? {
          MAESTRO_AIRFLOW_FILE_SHA256: createHash('sha256')
            .update(pinned.content)
            .digest('hex'),
        }
      : {}),
  };
}

/** Another one than that of the version: an executor keeps files by it. */
function hashOf(versionHash: string, files: readonly SourceFile[]): string {
  const hash = createHash('sha256').update(versionHash);
  for (const { path, content } of files) {
    hash.update(`\0${path}\0${content.byteLength}\0`).update(content);
  }
  return hash.digest('hex');
}

function readScripts(): Promise<SourceFile[]> {
  const folder = pythonSources();
  return Promise.all(
    SCRIPTS.map(async path => ({
      path: `${FOLDER}/${path}`,
      content: await readFile(join(folder, path)),
    })),
  );
}
