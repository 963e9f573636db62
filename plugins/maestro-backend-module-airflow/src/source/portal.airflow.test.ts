/*
 * From a folder to the catalog, in one backend: real Airflow, real scheduler,
 * real catalog.
 */
import { randomBytes } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createBackendPlugin } from '@backstage/backend-plugin-api';
import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import catalogPlugin from '@backstage/plugin-catalog-backend';
import {
  type CatalogService,
  catalogServiceRef,
} from '@backstage/plugin-catalog-node';
import catalogModuleMaestro from '@maestro/plugin-catalog-backend-module-maestro';
// eslint-disable-next-line @backstage/no-mixed-plugin-imports -- a test of all together
import maestroPlugin from '@maestro/plugin-maestro-backend';
import {
  createMaestroClient,
  type MaestroClient,
} from '@maestro/plugin-maestro-common';
import maestroModuleAirflow from '../index';

// Importing Airflow takes seconds, on a busy machine many.
jest.setTimeout(300_000);

const USERS_DAG = resolve(
  __dirname,
  '../../../../test/airflow/dags/my_ml_workflow.py',
);

let temp: string;
let dags: string;
let catalog: CatalogService;
let client: MaestroClient;
let stop: () => Promise<void>;

async function eventually<T>(find: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + 120_000;
  for (;;) {
    const found = await find();
    if (found) return found;
    if (Date.now() > end) throw new Error('it did not appear in time');
    await new Promise(done => setTimeout(done, 200));
  }
}

beforeAll(async () => {
  temp = realpathSync(mkdtempSync(join(tmpdir(), 'maestro-airflow-portal-')));
  dags = join(temp, 'dags');
  mkdirSync(dags);
  copyFileSync(USERS_DAG, join(dags, 'my_ml_workflow.py'));
  const secret = randomBytes(32).toString('base64');
  const backend = await startTestBackend({
    features: [
      catalogPlugin,
      catalogModuleMaestro,
      maestroPlugin,
      maestroModuleAirflow,
      createBackendPlugin({
        pluginId: 'probe',
        register(reg) {
          reg.registerInit({
            deps: { catalog: catalogServiceRef },
            async init(deps) {
              catalog = deps.catalog;
            },
          });
        },
      }),
      mockServices.rootConfig.factory({
        data: {
          backend: {
            database: { client: 'better-sqlite3', connection: ':memory:' },
          },
          catalog: { processingInterval: { seconds: 1 } },
          maestro: {
            embedded: true,
            dataDir: join(temp, 'data'),
            encryption: { keys: [{ id: 'k1', secret }] },
            airflow: {
              pollInterval: { milliseconds: 500 },
              environments: {
                default: { python: process.env.MAESTRO_AIRFLOW_PYTHON },
              },
              sources: [
                {
                  name: 'ml',
                  folder: dags,
                  owner: 'group:default/nobody',
                  owners: { 'ml-team': 'group:default/ml-team' },
                },
              ],
            },
          },
        },
      }),
    ],
  });
  stop = () => backend.stop();
  client = createMaestroClient({
    baseUrl: `http://localhost:${backend.server.port()}/api/maestro`,
    fetch: (input, init) => {
      const request = new Request(input, init);
      request.headers.set('Authorization', mockCredentials.user.header());
      return fetch(request);
    },
  });
});
afterAll(async () => {
  await stop?.();
  rmSync(temp, { recursive: true, force: true, maxRetries: 5 });
});

const version = async () =>
  (await client.listPipelines()).items.find(
    ({ name }) => name === 'my_ml_workflow',
  )?.versionNumber;

it('shows the DAG of a folder in the catalog, owned by its team', async () => {
  const entity = await eventually(() =>
    catalog.getEntityByRef('pipeline:default/my_ml_workflow', {
      credentials: mockCredentials.service(),
    }),
  );
  expect(entity).toMatchObject({
    kind: 'Pipeline',
    metadata: {
      tags: ['custom', 'ml'],
      annotations: {
        'maestro.dev/pipeline-source': 'airflow:ml/my_ml_workflow.py',
      },
    },
    spec: { type: 'airflow', owner: 'group:default/ml-team' },
  });
  const pipeline = await client.getPipeline('my_ml_workflow');
  expect(pipeline).toMatchObject({
    ownerRef: 'group:default/ml-team',
    taskCount: 1,
    versionNumber: 1,
    location: 'airflow:ml/my_ml_workflow.py',
  });
  expect(pipeline.nextDueAt).toBeGreaterThan(Date.now());
});

it('tells an import error with file and line, beside the last good version', async () => {
  const file = join(dags, 'my_ml_workflow.py');
  writeFileSync(
    file,
    'from airflow import DAG\n\nimport nothing_of_that_name\n',
  );
  const [problem] = await eventually(async () => {
    const { items } = await client.listProblems();
    return items.length > 0 ? items : undefined;
  });
  expect(problem).toMatchObject({
    name: 'my_ml_workflow',
    entityRef: 'pipeline:default/my_ml_workflow',
    lastGoodVersion: 1,
    problems: [
      {
        file,
        line: 3,
        message: "ModuleNotFoundError: No module named 'nothing_of_that_name'",
      },
    ],
  });
  expect(await version()).toBe(1);
});

it('tells an error in what a file imports there, and keeps the DAG', async () => {
  mkdirSync(join(dags, 'lib'));
  writeFileSync(join(dags, 'lib/broken.py'), 'raise ValueError("deep")\n');
  writeFileSync(
    join(dags, 'my_ml_workflow.py'),
    'from airflow import DAG\nimport lib.broken\n',
  );
  const problem = await eventually(async () => {
    const { items } = await client.listProblems();
    return items.find(({ problems }) =>
      problems[0].message.includes('ValueError'),
    );
  });
  expect(problem).toMatchObject({
    name: 'my_ml_workflow',
    lastGoodVersion: 1,
    problems: [
      {
        file: join(dags, 'lib/broken.py'),
        line: 1,
        message: 'ValueError: deep',
      },
    ],
  });
});

it('has a new version when the file is mended and changed', async () => {
  writeFileSync(
    join(dags, 'my_ml_workflow.py'),
    `
from airflow.sdk import DAG
from airflow.providers.standard.operators.bash import BashOperator

with DAG("my_ml_workflow", schedule="@hourly"):
    BashOperator(task_id="one", bash_command="true")
`,
  );
  await eventually(async () => ((await version()) === 2 ? true : undefined));
  expect((await client.listProblems()).items).toEqual([]);
});
