import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  readDagFolder,
  type DagFolderReading,
} from '@maestro/plugin-maestro-backend-module-airflow';
import { Command } from 'commander';
import { everyCommand } from '../__testUtils__/everyCommand';
import type { Context } from '../Context';
import { dagFolder, listDags, listImportErrors } from '../lazy/airflowDags';
import { errorText, explain } from '../outcome';
import { registerAirflow } from './airflow';

// Python and Airflow are the suite `airflow`; here is what the command makes
// of what they say.
jest.mock('@maestro/plugin-maestro-backend-module-airflow', () => ({
  readDagFolder: jest.fn(),
}));
const read = jest.mocked(readDagFolder);

const { maestro: runArgs } = everyCommand();
let folder: string;
let python: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'maestro-dags-')));
  python = join(folder, 'python');
  writeFileSync(python, '');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function run(context: Context, args: string[]): Promise<number> {
  const program = new Command('maestro')
    .option('-o, --output <format>')
    .exitOverride()
    .hook('preAction', () => {
      context.json = program.opts().output === 'json';
    });
  registerAirflow(program, context, async () => ({
    listDags,
    listImportErrors,
    airflowPython: () => '',
    dagFolder,
  }));
  try {
    await program.parseAsync(args, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    const failure = explain(error);
    context.note(errorText(failure));
    return failure.exitCode;
  }
}

const airflow = (args: string[], env: NodeJS.ProcessEnv = {}) =>
  runArgs(['airflow', 'dags', ...args], {
    run,
    env: { NO_COLOR: '1', MAESTRO_AIRFLOW_PYTHON: python, ...env },
  });

const reading = (change: Partial<DagFolderReading> = {}) =>
  ({
    pipelines: [],
    problems: [],
    hashes: new Map(),
    parsed: 0,
    ...change,
  } as DagFolderReading);
const dag = {
  dagId: 'my_ml_workflow',
  owners: ['ml-team'],
  pausedUponCreation: false,
  files: ['x.py'],
  definition: {
    name: 'my_ml_workflow',
    airflow: {
      dagId: 'my_ml_workflow',
      source: 's',
      file: 'x.py',
      environment: 'default',
      notes: [{ line: 4, message: 'is old' }],
    },
  },
} as DagFolderReading['pipelines'][number];
const problem = {
  file: 'y.py',
  line: 3,
  message: 'SyntaxError: invalid syntax',
  traceback: 'Traceback …',
};

describe('airflow dags list', () => {
  it('lists as Airflow does, and notes beside it', async () => {
    read.mockResolvedValue(reading({ pipelines: [dag] }));
    const { code, stdout, stderr } = await airflow(['list', folder]);
    expect(code).toBe(0);
    expect(stdout.split('\n')[0]).toMatch(
      /^dag_id +\| fileloc +\| owners +\| is_paused \| bundle_name +\| bundle_version$/,
    );
    expect(stdout).toContain(`${folder}/x.py | ml-team | False `);
    expect(stderr).toBe('note: x.py:4: is old\n');
    expect(read).toHaveBeenLastCalledWith({ folder, python, env: undefined });
  });

  it('is one line of JSON for programs, and nothing else', async () => {
    read.mockResolvedValue(reading({ pipelines: [dag] }));
    const { stdout, stderr } = await airflow(['list', folder, '-o', 'json']);
    expect(stdout).toBe(
      `[{"dag_id":"my_ml_workflow","fileloc":"${folder}/x.py","owners":["ml-team"],"is_paused":"False","bundle_name":"dags-folder","bundle_version":null}]\n`,
    );
    expect(stderr).toBe('');
  });

  it('takes the folder as `dags test` does, too, and looks in dags without', async () => {
    read.mockResolvedValue(reading({ pipelines: [dag] }));
    expect(await airflow(['list', '--folder', folder])).toMatchObject({
      code: 0,
    });
    expect(read).toHaveBeenLastCalledWith({ folder, python, env: undefined });
    const none = await airflow(['list-import-errors']);
    expect(none).toMatchObject({ code: 3 });
    expect(none.stderr).toMatch(
      /There is no folder .*\/dags: say with --folder/,
    );
  });

  it('says that there are problems, and how to see them', async () => {
    read.mockResolvedValue(reading({ problems: [problem] }));
    const { code, stdout, stderr } = await airflow(['list', folder]);
    expect([code, stdout]).toEqual([0, 'No data found\n']);
    expect(stderr).toBe(
      `maestro: there is 1 problem: maestro airflow dags list-import-errors ${folder}\n`,
    );
  });
});

describe('airflow dags list-import-errors', () => {
  it('names file, line and DAG, with exit code 1', async () => {
    read.mockResolvedValue(
      reading({
        problems: [problem, { file: 'z.py', dagId: 'd', message: 'is mapped' }],
      }),
    );
    const { code, stdout } = await airflow(['list-import-errors', folder]);
    expect(code).toBe(1);
    expect(stdout.split('\n').slice(2)).toEqual([
      'dags-folder | y.py     | line 3: SyntaxError: invalid syntax',
      'dags-folder | z.py     | DAG d: is mapped',
      '',
      '',
    ]);
    const json = await airflow(['list-import-errors', folder, '-o', 'json']);
    expect(JSON.parse(json.stdout)[0]).toEqual({
      bundle_name: 'dags-folder',
      filepath: 'y.py',
      line: 3,
      dag_id: null,
      error: 'SyntaxError: invalid syntax',
      traceback: 'Traceback …',
    });
  });

  it('says that there are none', async () => {
    read.mockResolvedValue(reading({ pipelines: [dag] }));
    expect(await airflow(['list-import-errors', folder])).toMatchObject({
      code: 0,
      stdout: 'No data found\n',
    });
  });
});

it.each<[string, number, RegExp, () => [string[], NodeJS.ProcessEnv?]]>([
  ['no folder', 3, /There is no folder/, () => [['list', `${folder}/none`]]],
  ['a file', 2, /is a file: give the folder/, () => [['list', python]]],
  [
    'no Python',
    2,
    /name one with --python or MAESTRO_AIRFLOW_PYTHON/,
    () => [['list', folder], { MAESTRO_AIRFLOW_PYTHON: '' }],
  ],
  [
    'a Python that is not there',
    2,
    /There is no Python at \/nowhere/,
    () => [['list', folder, '--python', '/nowhere']],
  ],
])('refuses %s with a sentence', async (_what, code, message, args) => {
  const result = await airflow(...args());
  expect(result).toMatchObject({ code, stdout: '' });
  expect(result.stderr).toMatch(message);
});
