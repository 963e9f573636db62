/*
 * Entities of the catalog that have DAG files, in one backend: a folder of this
 * machine, and one of a repository on a Git host.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { mockCredentials } from '@backstage/backend-test-utils';
import {
  eventually,
  portalFolder,
  startPortal,
  type TestPortal,
} from '../source/__testUtils__/startPortal';

// Importing Airflow takes seconds, on a busy machine many.
jest.setTimeout(300_000);

const dag = (id: string, tasks: string[] = ['a']) => `
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator

with DAG("${id}", schedule="@daily"):
${tasks.map(task => `    EmptyOperator(task_id="${task}")`).join('\n')}
`;

const component = (name: string, dags: string, owner = 'ml-team') => `
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: ${name}
  annotations: { maestro.dev/airflow-dags: ${dags} }
spec: { type: dags, lifecycle: production, owner: ${owner} }
`;

/** A Gitea with one repository, as it is in a folder now. */
function startGitea(folder: string): Promise<Server & { isAway?: boolean }> {
  const archive = () =>
    execFileSync('tar', ['-cz', '--mtime=@0', '-C', folder, 'repo'], {
      maxBuffer: 16 * 1024 * 1024,
    });
  const server: Server & { isAway?: boolean } = createServer(
    (request, response) => {
      const url = request.url ?? '';
      if (server.isAway) response.writeHead(503).end();
      else if (url === '/api/v1/repos/ml/flights/archive/main.tar.gz') {
        response.writeHead(200).end(archive());
      } else if (url === '/api/v1/repos/ml/flights/git/commits/main') {
        const listing = execFileSync('tar', [
          '-c',
          '--mtime=@0',
          '-C',
          folder,
          'repo',
        ]);
        const sha = createHash('sha1').update(listing).digest('hex');
        response.writeHead(200).end(JSON.stringify({ sha }));
      } else response.writeHead(404).end();
    },
  );
  return new Promise(done => server.listen(0, '127.0.0.1', () => done(server)));
}

let temp: string;
let portal: TestPortal;
let gitea: Awaited<ReturnType<typeof startGitea>>;

const write = (path: string, text: string) =>
  writeFileSync(join(temp, path), text);
const pipeline = async (name: string) =>
  (await portal.client.listPipelines()).items.find(one => one.name === name);
const problem = async (text: string) =>
  (await portal.client.listProblems()).items.find(({ problems }) =>
    problems.some(({ message }) => message.includes(text)),
  );

beforeAll(async () => {
  temp = portalFolder();
  mkdirSync(join(temp, 'local/dags'), { recursive: true });
  mkdirSync(join(temp, 'repo/dags'), { recursive: true });
  gitea = await startGitea(temp);
  const host = `127.0.0.1:${(gitea.address() as AddressInfo).port}`;
  const address = `http://${host}/ml/flights/src/branch/main/dags`;
  write('local/dags/near.py', dag('near'));
  write('repo/dags/far.py', dag('far'));
  write('repo/dags/__init__.py', '');
  write(
    'local/all.yaml',
    [
      component('near', './dags'),
      component('far', address),
      component('others', address, 'risk'),
    ].join('---'),
  );
  portal = await startPortal({
    temp,
    airflow: {
      catalog: {
        lookInterval: { milliseconds: 500 },
        allow: [
          {
            owners: ['ml-team'],
            locations: [`${temp}/local/*`, `http://${host}/ml/*`],
          },
        ],
      },
    },
    catalog: {
      locations: [{ type: 'file', target: join(temp, 'local/all.yaml') }],
    },
    more: {
      integrations: { gitea: [{ host, baseUrl: `http://${host}` }] },
    },
  });
});
afterAll(async () => {
  await portal?.stop();
  await new Promise(done => gitea?.close(done));
});

it('reads the DAGs of an entity, of this machine and of a repository', async () => {
  expect(await eventually(() => pipeline('near'))).toMatchObject({
    ownerRef: 'group:default/ml-team',
  });
  expect(await eventually(() => pipeline('far'))).toMatchObject({
    ownerRef: 'group:default/ml-team',
  });
  expect(await portal.client.getPipeline('far')).toMatchObject({
    location: 'airflow:catalog:component:default:far/far.py',
  });
  // The catalog has them because the scheduler has.
  await eventually(() =>
    portal.catalog.getEntityByRef('pipeline:default/far', {
      credentials: mockCredentials.service(),
    }),
  );
});

it('runs nothing of an entity that no rule names, and says so', async () => {
  expect(
    await eventually(() => problem('component:default/others')),
  ).toMatchObject({
    problems: [
      {
        message: expect.stringMatching(
          /^No rule of maestro\.airflow\.catalog\.allow fits component:default\/others of group:default\/risk/,
        ),
      },
    ],
  });
});

it('follows the commits of a repository, and tells where a file is wrong', async () => {
  write('repo/dags/far.py', dag('far', ['a', 'b']));
  await eventually(async () =>
    (await pipeline('far'))?.taskCount === 2 ? true : undefined,
  );
  write(
    'repo/dags/far.py',
    'from airflow.sdk import DAG\nimport nothing_of_that_name\n',
  );
  expect(await eventually(() => problem('nothing_of_that_name'))).toMatchObject(
    {
      name: 'far',
      problems: [
        {
          file: expect.stringMatching(
            /ml\/flights\/src\/branch\/main\/dags\/far\.py$/,
          ),
          line: 2,
        },
      ],
    },
  );
  expect((await pipeline('far'))?.taskCount).toBe(2);
  write('repo/dags/far.py', dag('far', ['a']));
  await eventually(async () =>
    (await pipeline('far'))?.taskCount === 1 ? true : undefined,
  );
});

it('says that a host is away, and what is known goes on', async () => {
  gitea.isAway = true;
  expect(
    await eventually(() => problem('Nothing of it is read')),
  ).toMatchObject({
    problems: [
      {
        message: expect.stringMatching(
          /cannot be read: .*; it is tried again$/,
        ),
      },
    ],
  });
  expect(await pipeline('far')).toBeDefined();
  gitea.isAway = false;
  await eventually(async () =>
    (await problem('Nothing of it is read')) ? undefined : true,
  );
});
