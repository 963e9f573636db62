/* What the process that renders templates says when the task API is in trouble. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pythonSources } from '../parse/airflowEnvironment';
import { airflowPython } from './__testUtils__/runDag';
import { RenderProcess } from './RenderProcess';

jest.setTimeout(240_000);

const CONTEXT = {
  dag_run: {
    dag_id: 'dag',
    run_id: 'manual__1',
    run_type: 'manual',
    logical_date: '2025-01-01T00:00:00Z',
    run_after: '2025-01-01T00:00:00Z',
    data_interval_start: null,
    data_interval_end: null,
    partition_key: null,
    start_date: '2025-01-01T00:00:00Z',
    end_date: null,
    state: 'running',
    consumed_asset_events: [],
  },
  max_tries: 0,
  should_retry: false,
  task_reschedule_count: 0,
};

let dir: string;
let renderer: RenderProcess;
let server: Server;
/** How the task API answers. */
let answer: (path: string) => Promise<[status: number, body: object]>;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'maestro-render-'));
  renderer = new RenderProcess({
    python: airflowPython(),
    home: dir,
    env: {
      AIRFLOW_HOME: dir,
      PYTHONPATH: pythonSources(),
      PATH: process.env.PATH!,
    },
  });
  server = createServer(async (request, response) => {
    request.resume();
    const [status, body] = await answer(request.url!);
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(status === 204 ? undefined : JSON.stringify(body));
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  // Until Airflow is imported everything comes back later.
  answer = async () => [404, {}];
  for (let i = 0; i < 120; i++) {
    const error = await render('x').catch(caught => caught);
    if (error.name !== 'LaunchLater') return;
    await sleep(500);
  }
  throw new Error('Airflow is not imported');
});

afterAll(async () => {
  await renderer.stop();
  server.closeAllConnections();
  server.close();
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
});

function render(text: string, port = (server.address() as AddressInfo).port) {
  return renderer.render({
    env: {
      MAESTRO_TASK_API_URL: `http://127.0.0.1:${port}`,
      MAESTRO_TASK_TOKEN: 'token',
      MAESTRO_ATTEMPT_ID: '019a0000-0000-7000-8000-000000000000',
      MAESTRO_TASK_ID: 'a',
      MAESTRO_AIRFLOW_DAG_ID: 'dag',
      MAESTRO_RUN_KEY: 'manual__1',
      MAESTRO_TRY_NUMBER: '1',
      MAESTRO_MAP_INDEX: '-1',
    },
    texts: [text],
    fields: {},
  });
}

/** A task API that works but for what is asked of variables. */
const butVariables =
  (said: () => Promise<[number, object]>): typeof answer =>
  async path => {
    if (path.endsWith('/run')) return [200, CONTEXT];
    return path.includes('/variables/') ? said() : [204, {}];
  };

const VARIABLE = '{{ var.value.x }}';

it('takes as long as the task API takes', async () => {
  answer = butVariables(async () => {
    await sleep(3_000);
    return [200, { key: 'x', value: 'found' }];
  });
  await expect(render(VARIABLE)).resolves.toEqual(['found']);
});

it('fails what the task API refuses', async () => {
  answer = butVariables(async () => [404, { detail: { reason: 'not_found' } }]);
  await expect(render(VARIABLE)).rejects.toMatchObject({
    name: 'ExecutorError',
    failure: 'exit_code',
    message: expect.stringMatching(/x.*not found/i),
  });
});

it.each([
  ['of a variable', butVariables(async () => [503, {}])],
  ['of the run', async () => [500, {}]],
] as Array<[string, typeof answer]>)(
  'comes back later when the task API has an error when it is asked %s',
  async (_what, how) => {
    answer = how;
    await expect(render(VARIABLE)).rejects.toMatchObject({
      name: 'LaunchLater',
      message: expect.stringContaining('the task API does not answer'),
    });
  },
);

it('comes back later when the task API is away', async () => {
  await expect(render(VARIABLE, 1)).rejects.toMatchObject({
    name: 'LaunchLater',
    message: expect.stringContaining('ConnectError'),
  });
});
