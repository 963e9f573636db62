import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AirflowPods } from './compile/inPod';
import { DagFolder, type DagFolderReading } from './parse/DagFolder';
import { ParseProcess, type ParseLimits } from './parse/ParseProcess';

/** Options of {@link readDagFolder}. @public */
export interface ReadDagFolderOptions {
  /** Absolute. */
  folder: string;
  /** Interpreter that has Airflow. */
  python: string;
  limits?: Partial<ParseLimits>;
  /** Set for Airflow besides, such as `AIRFLOW__CORE__PLUGINS_FOLDER`. */
  env?: Record<string, string>;
  /**
   * Why tasks of a KubernetesPodOperator are left to Python, as a part of a
   * sentence.
   * @defaultValue they become pods of the executor `kubernetes`
   */
  podsInPython?: string;
  /**
   * Why tasks of a BashOperator are left to Python, likewise.
   * @defaultValue their command is started without it
   */
  bashInPython?: string;
  /**
   * As which pods tasks in Python run.
   * @defaultValue they are processes of this machine
   */
  pods?: AirflowPods;
}

/** Owner where nobody has said whose a folder is. */
const NOBODY = 'group:default/airflow';

/**
 * Reads a folder of DAG files once, without a portal: what
 * `maestro airflow dags list` does.
 *
 * @throws ParseProcessError
 * @public
 */
export async function readDagFolder({
  folder,
  python,
  limits,
  env,
  podsInPython,
  bashInPython,
  pods,
}: ReadDagFolderOptions): Promise<DagFolderReading> {
  const home = await mkdtemp(join(tmpdir(), 'maestro-airflow-'));
  const process = new ParseProcess({ python, home, limits, env });
  try {
    return await new DagFolder({
      folder,
      process,
      compile: {
        source: 'dags-folder',
        environment: 'default',
        ownerOf: () => NOBODY,
        podsInPython,
        bashInPython,
        pods,
      },
    }).read();
  } finally {
    await process.stop();
    await rm(home, { recursive: true, force: true });
  }
}
