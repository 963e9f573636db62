/* What the process that renders templates says when the task API is in trouble. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  virtualEnvironment,
  writeFile as write,
} from '../parse/__testUtils__/virtualEnvironment';
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
    nameOf: async () => 'always',
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
  answer = async () => [404, {}];
  // What comes then is the answer of the task API.
  await rendered('x').catch(error => {
    if (error.name !== 'ExecutorError') throw error;
  });
});

afterAll(async () => {
  await renderer.stop();
  server.closeAllConnections();
  server.close();
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
});

function render(
  text: string,
  port = (server.address() as AddressInfo).port,
  by = renderer,
) {
  return by.render({
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

/** As often as it comes back later, since Airflow is imported. */
async function rendered(text: string, by = renderer): Promise<string> {
  const end = Date.now() + 120_000;
  for (;;) {
    try {
      return (await render(text, undefined, by))[0];
    } catch (error) {
      const isLate = Date.now() > end;
      if ((error as Error).name !== 'LaunchLater' || isLate) throw error;
      await sleep(500);
    }
  }
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

describe('in an environment that changes', () => {
  const MACRO = '{{ macros.team.called() }}';
  let packages: string;
  let name = 'one';
  let changing: RenderProcess;
  const plugin = (text: string) =>
    write(
      join(dir, 'plugins/team.py'),
      `
from airflow.plugins_manager import AirflowPlugin
import team_lib

def called():
    return ${text}

class Team(AirflowPlugin):
    name = "team"
    macros = [called]
`,
    );

  beforeAll(() => {
    answer = butVariables(async () => [404, {}]);
    const own = virtualEnvironment(join(dir, 'venv'), {
      from: airflowPython(),
    });
    packages = own.packages;
    write(join(packages, 'team_lib/__init__.py'), 'NAME = "lib1"\n');
    plugin('team_lib.NAME');
    changing = new RenderProcess({
      python: own.python,
      home: join(dir, 'changing'),
      nameOf: async () => name,
      env: {
        AIRFLOW_HOME: join(dir, 'changing'),
        AIRFLOW__CORE__PLUGINS_FOLDER: join(dir, 'plugins'),
        PYTHONPATH: pythonSources(),
        PATH: process.env.PATH!,
      },
    });
  });
  afterAll(() => changing?.stop());

  /** Looks every two seconds, so that it is never idle, until it says this. */
  async function becomes(text: string) {
    const end = Date.now() + 120_000;
    while ((await rendered(MACRO, changing)) !== text) {
      expect(Date.now()).toBeLessThan(end);
      await sleep(2_000);
    }
  }

  it('renders with what is installed now, and not when it was started', async () => {
    expect(await rendered(MACRO, changing)).toBe('lib1');
    // What only the plugin has imported, while it is busy all the time.
    write(join(packages, 'team_lib/__init__.py'), 'NAME = "lib2"\n');
    await becomes('lib2');
    plugin('"plugin of " + team_lib.NAME');
    await becomes('plugin of lib2');
  });

  it('renders with another process at once when packages or settings are others', async () => {
    plugin('"first"');
    await becomes('first');
    plugin('"second"');
    // As the name of the fork server after an installation.
    name = 'two';
    expect(await rendered(MACRO, changing)).toBe('second');
  });
});
