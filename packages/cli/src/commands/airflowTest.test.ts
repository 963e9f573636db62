import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  readDagFolder,
  type DagFolderReading,
} from '@maestro/plugin-maestro-backend-module-airflow';
import { Command } from 'commander';
import { everyCommand } from '../__testUtils__/everyCommand';
import { connection, variable } from '../__testUtils__/fakeMaestro';
import type { Context } from '../Context';
import { testDag, testTask } from '../lazy/airflowTest';
import { runOnScreen } from '../lazy/runOnScreen';
import { errorText, explain } from '../outcome';
import { registerAirflow } from './airflow';

// The run itself is the suite `airflow`; here is what is asked of it.
jest.mock('@maestro/plugin-maestro-backend-module-airflow', () => ({
  readDagFolder: jest.fn(),
}));
jest.mock('../lazy/runOnScreen', () => ({ runOnScreen: jest.fn() }));
const read = jest.mocked(readDagFolder);
const ran = jest.mocked(runOnScreen);

const { fake, maestro: runArgs } = everyCommand();
let folder: string;

const task = (id: string, change: object) => ({
  id,
  retries: 2,
  connections: [],
  variables: [],
  ...change,
});
const dag = {
  dagId: 'd',
  files: ['d.py'],
  definition: {
    name: 'd',
    tasks: [
      task('a', { no: 0, upstream: [], downstream: [1] }),
      task('b', { no: 1, upstream: [0], downstream: [] }),
    ],
    airflow: { dagId: 'd', source: 's', file: 'd.py', environment: 'default' },
  },
} as unknown as DagFolderReading['pipelines'][number];

beforeEach(() => {
  jest.clearAllMocks();
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'maestro-dags-')));
  writeFileSync(join(folder, 'python'), '');
  writeFileSync(join(folder, 'd.py'), 'x = 1\n');
  read.mockResolvedValue({
    pipelines: [dag],
    problems: [{ file: 'bad.py', dagId: 'bad', message: 'its timetable' }],
    hashes: new Map([['d.py', '1']]),
    parsed: 1,
  });
});
afterEach(() => rmSync(folder, { recursive: true }));

async function run(context: Context, args: string[]): Promise<number> {
  const program = new Command('maestro').exitOverride();
  registerAirflow(program, context, undefined, async () => ({
    testDag,
    testTask,
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

const airflow = (...args: string[]) =>
  runArgs(['airflow', ...args, '--offline', '--folder', folder], {
    run,
    env: { NO_COLOR: '1', MAESTRO_AIRFLOW_PYTHON: join(folder, 'python') },
  });

it('runs a DAG of the folder, for its date', async () => {
  expect(await airflow('dags', 'test', 'd', '2025-01-01')).toMatchObject({
    code: 0,
  });
  expect(read).toHaveBeenCalledWith({
    folder,
    python: join(folder, 'python'),
    env: undefined,
  });
  expect(ran).toHaveBeenCalledTimes(1);
  const [, asked] = ran.mock.calls[0];
  expect(asked).toMatchObject({ logicalDate: Date.UTC(2025, 0, 1) });
  expect(asked.definition.tasks.map(({ id }) => id)).toEqual(['a', 'b']);
  expect(asked.files).toEqual([
    { path: 'd.py', content: Buffer.from('x = 1\n') },
  ]);
});

it('runs it for a partition', async () => {
  await airflow('dags', 'test', 'd', '--partition-key', 'us');
  await airflow('tasks', 'test', 'd', 'a', '--partition-key', 'eu');
  await airflow('dags', 'test', 'd');
  expect(ran.mock.calls.map(([, asked]) => asked.partitionKey)).toEqual([
    'us',
    'eu',
    undefined,
  ]);
});

it('runs it for now without a date, as Airflow does', async () => {
  const before = Date.now();
  await airflow('dags', 'test', 'd');
  await airflow('tasks', 'test', 'd', 'a');
  for (const [, { logicalDate }] of ran.mock.calls) {
    expect(logicalDate).toBeGreaterThanOrEqual(before);
    expect(logicalDate).toBeLessThanOrEqual(Date.now());
  }
  expect(ran).toHaveBeenCalledTimes(2);
});

describe('connections and variables, for which a task may ask while it runs', () => {
  const withSeeds = async (args: string[], env: NodeJS.ProcessEnv = {}) => {
    writeFileSync(
      join(folder, 'app-config.embedded.yaml'),
      JSON.stringify({
        maestro: {
          seeds: {
            connections: [
              { connId: 'db', connType: 'postgres', host: 'seed' },
              { connId: 'seeded', connType: 'http', host: 'seed' },
            ],
            variables: [
              { key: 'threshold', value: '0.1' },
              { key: 'seeded', value: 'yes' },
            ],
          },
        },
      }),
    );
    const result = await runArgs(
      ['airflow', 'dags', 'test', 'd', '2025-01-01', '--folder', folder].concat(
        args,
      ),
      {
        run,
        env: {
          NO_COLOR: '1',
          MAESTRO_AIRFLOW_PYTHON: join(folder, 'python'),
          MAESTRO_DATA_DIR: folder,
          MAESTRO_URL: fake.url,
          ...env,
        },
      },
    );
    expect(result).toMatchObject({ code: 0 });
    const [, { inputs }] = ran.mock.calls[0];
    return {
      ...result,
      variables: inputs.variables,
      connections: Object.fromEntries(
        inputs.connections.map(({ connId, host }) => [connId, host]),
      ),
    };
  };

  it('are all of the flags, else of the portal, else of the seeds', async () => {
    fake.routes['GET /connections'] = {
      json: {
        items: [
          connection,
          { ...connection, connId: 'open', hasPassword: false, extraKeys: [] },
          { ...connection, connId: 'both', host: 'portal' },
        ],
      },
    };
    fake.routes['GET /variables'] = {
      json: {
        items: [
          variable,
          { ...variable, key: 'both', value: 'portal' },
          { ...variable, key: 'hidden', value: undefined, secret: true },
        ],
      },
    };
    const { connections, variables, stderr } = await withSeeds([
      ...['--connection', 'both={"conn_type":"http","host":"flag"}'],
      ...['--connection', 'mine={"conn_type":"http","host":"flag"}'],
      ...['--variable', 'both=flag', '--variable', 'mine=flag'],
    ]);
    expect(connections).toEqual({
      both: 'flag',
      mine: 'flag',
      db: 'old',
      open: 'old',
      seeded: 'seed',
    });
    expect(variables).toEqual({
      both: 'flag',
      mine: 'flag',
      threshold: '0.80',
      seeded: 'yes',
    });
    expect(stderr).toBe(
      'maestro: a portal tells no secrets, so these are missing: password, extra.sslmode of connection "db", variable "hidden"; --connection ID=JSON and --variable KEY=VALUE give them to tasks that want them\n',
    );
    // Two lists, however many there are.
    expect(fake.requests.map(({ route }) => route)).toEqual([
      'GET /status',
      'GET /connections',
      'GET /variables',
    ]);
  });

  it.each([
    ['no portal is asked', ['--offline'], {}, ''],
    ['none answers', [], { MAESTRO_URL: 'http://127.0.0.1:1' }, 'no portal'],
  ])('are those of the seeds where %s', async (_what, args, env, said) => {
    const { connections, variables, stderr } = await withSeeds(args, env);
    expect(connections).toEqual({ db: 'seed', seeded: 'seed' });
    expect(variables).toEqual({ threshold: '0.1', seeded: 'yes' });
    expect(stderr).toContain(said);
    expect(fake.requests).toEqual([]);
  });
});

it('runs one task alone and once', async () => {
  await airflow('tasks', 'test', 'd', 'b', '2025-01-01');
  expect(ran.mock.calls[0][1].definition.tasks).toEqual([
    expect.objectContaining({ id: 'b', no: 0, upstream: [], retries: 0 }),
  ]);
});

it('runs one task of a mapped group once, and one that is mapped itself for each', async () => {
  const map = { maxItems: 10 };
  const mapOver = [{ length: 2 }];
  read.mockResolvedValue({
    pipelines: [
      {
        ...dag,
        definition: {
          ...dag.definition,
          groups: [{ id: 'g', map: { ...map, from: [] } }],
          tasks: [
            task('g.a', { no: 0, group: 0, map, airflow: { operator: 'x' } }),
            task('b', { no: 1, map, airflow: { operator: 'x', mapOver } }),
          ],
        },
      },
    ] as unknown as DagFolderReading['pipelines'],
    problems: [],
    hashes: new Map([['d.py', '1']]),
    parsed: 1,
  });
  const tested = async (id: string) => {
    await airflow('tasks', 'test', 'd', id, '2025-01-01');
    return ran.mock.lastCall![1].definition.tasks;
  };
  expect((await tested('g.a')).map(each => each.map)).toEqual([undefined]);
  expect((await tested('b')).map(each => each.map)).toEqual([map]);
});

it.each<[string, number, string, string[]]>([
  ['a DAG that is not there', 3, 'No DAG "x" in ', ['dags', 'test', 'x']],
  ['a DAG with a problem', 1, 'bad.py: its timetable', ['dags', 'test', 'bad']],
  [
    'a task that is not there',
    3,
    'DAG "d" has no task "x"; there are: a, b',
    ['tasks', 'test', 'd', 'x'],
  ],
])('refuses %s with a sentence', async (_what, code, message, args) => {
  const result = await airflow(...args, '2025-01-01');
  expect(result).toMatchObject({ code, stdout: '' });
  expect(result.stderr).toContain(message);
  expect(ran).not.toHaveBeenCalled();
});

it('names the folder that is not there, and how another one is said', async () => {
  const result = await runArgs(
    ['airflow', 'dags', 'test', 'd', '--folder', join(folder, 'none')],
    { run, env: { MAESTRO_AIRFLOW_PYTHON: join(folder, 'python') } },
  );
  expect(result).toMatchObject({ code: 3 });
  expect(result.stderr).toMatch(/There is no folder .*none: say with --folder/);
});

describe('pods of a DAG', () => {
  const pod = (id: string, namespace?: string) =>
    task(id, {
      no: 0,
      upstream: [],
      downstream: [],
      executor: 'kubernetes',
      airflow: { operator: 'KubernetesPodOperator', namespace },
    });
  const test = (
    tasks: object[],
    args: string[],
    { others = [] }: { others?: object[] } = {},
  ) => {
    const { definition } = dag;
    read.mockResolvedValue({
      pipelines: [
        { ...dag, definition: { ...definition, tasks } },
        {
          ...dag,
          dagId: 'e',
          definition: { ...definition, name: 'e', tasks: others },
        },
      ] as DagFolderReading['pipelines'],
      problems: [],
      hashes: new Map([['d.py', '1']]),
      parsed: 1,
    });
    return runArgs(
      [
        'airflow',
        'dags',
        'test',
        'd',
        '2025-01-01',
        '--offline',
        '--folder',
      ].concat(folder, args),
      {
        run,
        env: {
          NO_COLOR: '1',
          HOME: folder,
          MAESTRO_AIRFLOW_PYTHON: join(folder, 'python'),
        },
      },
    );
  };
  const kubeconfig = (server: string) => {
    const file = join(folder, 'config');
    writeFileSync(
      file,
      JSON.stringify({
        clusters: [{ name: 'c', cluster: { server } }],
        users: [{ name: 'u', user: {} }],
        contexts: [
          {
            name: 'x',
            context: { cluster: 'c', user: 'u', namespace: 'mine' },
          },
        ],
        'current-context': 'x',
      }),
    );
    return file;
  };

  it('need a cluster: without one nothing is run', async () => {
    const { code, stderr } = await test([pod('a'), pod('b')], []);
    expect(code).toBe(2);
    expect(stderr).toContain(
      `Tasks a, b of d are pods of Kubernetes, and no cluster is known. There is no kubeconfig ${folder}/.kube/config: name one with --kubeconfig, or set KUBECONFIG. Without a cluster, have one on this machine: minikube start`,
    );
    expect(ran).not.toHaveBeenCalled();
  });

  it('need one that answers', async () => {
    const file = kubeconfig('http://127.0.0.1:1');
    const { code, stderr } = await test([pod('a')], ['--kubeconfig', file]);
    expect(code).toBe(4);
    expect(stderr).toMatch(
      /Task a of d is a pod of Kubernetes, and the cluster at http:\/\/127\.0\.0\.1:1 \(context x\) cannot be used: .*Start it/,
    );
    expect(ran).not.toHaveBeenCalled();
  });

  it.each([
    ['asked for where the DAG starts others', 'TriggerDagRunOperator', true],
    ['not asked for where it does not', 'BashOperator', false],
  ])('of another DAG are %s', async (_, operator, isAsked) => {
    const { code, stderr } = await test(
      [task('a', { no: 0, airflow: { operator } })],
      [],
      { others: [pod('p')] },
    );
    expect(code).toBe(0);
    expect(ran).toHaveBeenCalledTimes(1);
    expect(stderr.includes('Task p of e is a pod of Kubernetes')).toBe(isAsked);
    expect(stderr.includes('if this run starts')).toBe(isAsked);
  });

  it('leave all to Python with --no-lower', async () => {
    await test([task('a', { no: 0 })], ['--no-lower']);
    expect(read).toHaveBeenCalledWith(
      expect.objectContaining({
        podsInPython: '--no-lower was given',
        bashInPython: '--no-lower was given',
      }),
    );
  });
});

it('waits before the next try as its task says, unless it is told not to', async () => {
  const delays = (args: string[]) =>
    airflow('dags', 'test', 'd', '2025-01-01', ...args).then(() =>
      ran.mock.lastCall![1].definition.tasks.map(each => each.retryDelayMs),
    );
  dag.definition.tasks.forEach(each => (each.retryDelayMs = 300_000));
  expect(await delays([])).toEqual([300_000, 300_000]);
  expect(await delays(['--no-retry-delay'])).toEqual([0, 0]);
});
