import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AirflowSource } from '../../source/AirflowSource';
import { localDagFiles } from '../../source/DagFiles';
import { DagFolder } from '../DagFolder';
import { ParseProcess, type ParseProcessOptions } from '../ParseProcess';

type Limits = ParseProcessOptions['limits'];

/**
 * A file with one DAG that has one empty task.
 *
 * @param before - lines before the DAG; `after` behind it
 */
export const dag = (id: string, before = '', after = '') => `
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator
${before}
with DAG("${id}"):
    EmptyOperator(task_id="a")
${after}
`;

/**
 * What tests have that read folders of DAG files with the real Airflow of
 * `MAESTRO_AIRFLOW_PYTHON`: a folder for each test, and one process for all.
 * Registers the hooks of jest that make and remove them.
 */
export function dagFolders(limits?: Limits) {
  const python = process.env.MAESTRO_AIRFLOW_PYTHON!;
  const started: ParseProcess[] = [];
  let temp: string;
  let folder: string;
  let shared: ParseProcess;
  let folders = 0;

  const tests = {
    /** The interpreter that has Airflow. */
    python,
    /** Of the file of tests. */
    get temp() {
      return temp;
    },
    /** Of the test that runs; empty at its beginning. */
    get folder() {
      return folder;
    },
    get process() {
      return shared;
    },
    /** Another process, which is ended after the last test. */
    start(options: Partial<ParseProcessOptions>) {
      const one = new ParseProcess({
        python,
        home: join(temp, `home-${started.length}`),
        ...options,
      });
      started.push(one);
      return one;
    },
    write(files: Record<string, string | Buffer>) {
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
      }
    },
    reader: (process_ = shared) =>
      new DagFolder({
        folder,
        process: process_,
        compile: {
          source: 's',
          environment: 'default',
          ownerOf: () => 'group:default/x',
        },
      }),
    source: () =>
      new AirflowSource({
        name: 's',
        place: 'airflow:s/',
        files: localDagFiles(folder),
        environment: 'default',
        owner: 'group:default/x',
        owners: new Map(),
        process: shared,
        intervalMs: 1_000,
      }),
  };

  beforeAll(() => {
    if (!python) {
      throw new Error(
        'MAESTRO_AIRFLOW_PYTHON must name a Python that has Airflow: npm test -- --only airflow',
      );
    }
    temp = realpathSync(mkdtempSync(join(tmpdir(), 'maestro-airflow-test-')));
    shared = tests.start({ limits });
  });
  afterAll(async () => {
    await Promise.all(started.map(one => one.stop()));
    rmSync(temp, { recursive: true, force: true });
  });
  beforeEach(() => {
    folders += 1;
    folder = join(temp, `dags-${folders}`);
    mkdirSync(folder);
  });
  return tests;
}
