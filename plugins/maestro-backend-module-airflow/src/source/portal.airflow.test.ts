/*
 * From a folder to the catalog, in one backend: real Airflow, real scheduler,
 * real catalog.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { mockCredentials } from '@backstage/backend-test-utils';
import type { CatalogService } from '@backstage/plugin-catalog-node';
import type { MaestroClient } from '@maestro/plugin-maestro-common';
import {
  eventually,
  portalFolder,
  startPortal,
} from './__testUtils__/startPortal';

// Importing Airflow takes seconds, on a busy machine many.
jest.setTimeout(300_000);

const USERS_DAG = resolve(
  __dirname,
  '../../../../test/airflow/dags/my_ml_workflow.py',
);

let dags: string;
let catalog: CatalogService;
let client: MaestroClient;
let stop: () => Promise<void>;

beforeAll(async () => {
  const temp = portalFolder();
  dags = join(temp, 'dags');
  mkdirSync(dags);
  copyFileSync(USERS_DAG, join(dags, 'my_ml_workflow.py'));
  ({ catalog, client, stop } = await startPortal({
    temp,
    airflow: {
      sources: [
        {
          name: 'ml',
          folder: dags,
          owner: 'group:default/nobody',
          owners: { 'ml-team': 'group:default/ml-team' },
        },
      ],
    },
  }));
});
afterAll(() => stop?.());

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
        traceback: expect.stringMatching(
          /^Traceback[\s\S]*broken\.py", line 1[\s\S]*ValueError: deep/,
        ),
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
  // Stored behind the version.
  const isMended = await eventually(async () =>
    (await client.listProblems()).items.length === 0 ? true : undefined,
  );
  expect(isMended).toBe(true);
});
