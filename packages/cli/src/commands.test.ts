import { PassThrough } from 'node:stream';
import {
  attempt,
  connection,
  detail,
  errorAnswer,
  pipeline,
  run,
  RUN_ID,
  startFakeMaestro,
  task,
  status,
  variable,
  type FakeMaestro,
} from './__testUtils__/fakeMaestro';
import type {
  Asset,
  AssetEvent,
  Webhook,
} from '@maestro/plugin-maestro-common';
import { Context } from './Context';
import { runCommand } from './program';

const HOUR = 3_600_000;
let fake: FakeMaestro;

beforeAll(async () => {
  fake = await startFakeMaestro();
});
afterAll(() => fake.close());

const question = {
  runId: RUN_ID,
  runKey: 'manual-1',
  pipeline: 'train',
  taskId: 'ask',
  mapIndex: -1,
  since: 1_000,
  message: 'Deploy version 7?',
  approvers: ['group:default/ml-team'],
  input: { properties: { n: { type: 'integer' } } },
};

/** A run whose tasks of these names wait for a decision. */
function asking(...taskIds: string[]) {
  return {
    ...detail('running'),
    tasks: taskIds.map((taskId, taskNo) => ({
      ...task,
      taskNo,
      taskId,
      state: 'deferred' as const,
      wait: {
        kind: 'approval' as const,
        what: 'a decision',
        since: 1_000,
        looks: 0,
        approval: question,
      },
    })),
  };
}

const noon = new Date(2026, 2, 1, 12).getTime();
const preview = {
  from: noon,
  until: noon + 24 * HOUR,
  isCut: false,
  pipelines: [
    { name: 'never_ran', runs: 1, next: [noon + HOUR] },
    {
      name: 'train',
      runs: 24,
      next: [noon + HOUR],
      expectedMs: 2 * HOUR,
      waiting: { runs: 23, longestMs: 22 * HOUR, firstAt: noon + 2 * HOUR },
    },
  ],
  collisions: [
    {
      kind: 'same_instant',
      pipelines: ['never_ran', 'train'],
      times: 1,
      at: [noon + HOUR],
      wanted: 2,
    },
    {
      kind: 'pool',
      pool: 'gpu',
      pipelines: ['train'],
      times: 3,
      at: [noon + 2 * HOUR],
      wanted: 4,
      limit: 1,
    },
  ],
  peaks: [{ at: noon + 2 * HOUR, runs: 2, pipelines: ['train'] }],
  paused: ['asleep'],
};

const outcome = {
  pipeline: 'train',
  entityRef: 'pipeline:default/train',
  scheduleId: 'retrain',
  decidedAt: 2,
};
const event: AssetEvent = {
  id: 7,
  asset: 'drift',
  at: 1,
  source: 'alert',
  pipeline: 'check',
  taskId: 'look',
  runId: RUN_ID,
  outcomes: [
    { ...outcome, outcome: 'run', runId: 'other-run' },
    { ...outcome, pipeline: 'report', outcome: 'skipped', reason: 'paused' },
    { ...outcome, outcome: 'waiting', reason: 'waits for labels' },
  ],
};
const asset: Asset = {
  name: 'drift',
  producers: [
    {
      pipeline: 'check',
      entityRef: 'pipeline:default/check',
      taskId: 'look',
      alert: 'drift',
    },
  ],
  consumers: [
    {
      ...outcome,
      scheduleText: 'On asset drift',
      paused: false,
      missing: ['labels'],
      waitingSince: 1,
    },
  ],
  lastEvent: event,
};
const webhook: Webhook = {
  id: 'deploy',
  path: '/webhooks/train/deploy',
  hasSecret: true,
  rotatedAt: 1,
  rotatedBy: 'anna',
  params: { ref: 'request.body.ref' },
};

beforeEach(() => {
  fake.requests.length = 0;
  fake.routes = Object.assign(fake.routes, {
    'GET /pipelines': { json: { items: [pipeline] } },
    'GET /pipelines/train': {
      json: {
        ...pipeline,
        definition: {
          tasks: [],
          params: { properties: { n: { type: 'integer' } } },
        },
      },
    },
    'PUT /pipelines/train/pause': (_: unknown, body: { paused: boolean }) => ({
      json: { ...pipeline, ...body },
    }),
    'POST /pipelines/train/runs': { status: 201, json: run },
    'GET /assets': { json: { items: [asset] } },
    'GET /asset-events': { json: { items: [event] } },
    'POST /asset-events': { status: 201, json: event },
    'GET /pipelines/train/webhooks': { json: { items: [webhook] } },
    'POST /pipelines/train/webhooks/deploy/secret': {
      json: { id: 'deploy', path: webhook.path, secret: 'told-once' },
    },
    'POST /pipelines/train/webhooks/plain/secret': {
      json: { id: 'plain', path: webhook.path, secret: 'told-once' },
    },
    'GET /pipelines/train/why': {
      json: {
        chain: [
          { code: 'asset_cooldown', message: 'It cools down', names: [] },
          { code: 'x', message: 'It waits for drift', names: ['drift'] },
        ],
      },
    },
    'GET /pipelines/train/step-cache': {
      json: {
        items: [
          {
            key: 'f00dcafe'.repeat(8),
            taskId: 'fit',
            runId: RUN_ID,
            attemptId: 'a',
            durationMs: 200_000,
            createdAt: noon,
            expiresAt: noon + HOUR,
            usedAt: noon,
            hits: 3,
          },
        ],
      },
    },
    'DELETE /pipelines/train/step-cache': (query: URLSearchParams) => ({
      json: { removed: query.get('taskId') === 'fit' ? 1 : 2 },
    }),
    'GET /problems': { json: { items: [] } },
    'POST /refresh': { json: { pipelines: 1, changed: 0, problems: 0 } },
    'GET /runs': { json: { items: [run] } },
    [`GET /runs/${RUN_ID}`]: { json: detail('success') },
    [`GET /runs/${RUN_ID}/why`]: {
      json: { chain: [{ code: 'x', message: 'It is paused', names: [] }] },
    },
    [`POST /runs/${RUN_ID}/cancel`]: { json: run },
    [`POST /runs/${RUN_ID}/clear`]: (
      _: unknown,
      body: { dryRun?: boolean },
    ) => ({
      json: {
        dryRun: Boolean(body.dryRun),
        tasks: [{ taskId: 'fit', mapIndex: -1, state: 'success' }],
      },
    }),
    'GET /approvals': { json: { items: [question] } },
    [`POST /runs/${RUN_ID}/tasks/ask/approval`]: { json: run },
    [`GET /runs/${RUN_ID}/tasks/fit/attempts`]: { json: { items: [attempt] } },
    'GET /attempts/attempt-1/log/raw': {
      bytes: Buffer.from([0xff, 0x00, 0x0a]),
      headers: { 'maestro-log-end': 'true' },
    },
    'GET /variables': { json: { items: [variable] } },
    'GET /variables/threshold': { json: variable },
    'PUT /variables/threshold': { json: variable },
    'DELETE /variables/threshold': { status: 204 },
    'GET /connections': { json: { items: [connection] } },
    'GET /connections/db': { json: connection },
    'PUT /connections/db': { json: connection },
    'POST /connections': { status: 201, json: connection },
    'DELETE /connections/db': { status: 204 },
    'POST /connections/db/test': { json: { at: 1, ok: true, steps: [] } },
    'GET /status': { json: status },
    'GET /schedule/preview': { json: preview },
  });
});

async function maestro(
  args: string[],
  options: { env?: NodeJS.ProcessEnv; stdin?: string; tty?: boolean } = {},
) {
  const texts = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const stream = (name: 'stdout' | 'stderr') =>
    Object.assign(
      new PassThrough().on('data', data => texts[name].push(data)),
      { isTTY: options.tty },
    );
  const stdin = Object.assign(new PassThrough(), { isTTY: options.tty });
  stdin.end(options.stdin ?? '');
  const env = options.env ?? { MAESTRO_URL: fake.url, MAESTRO_TOKEN: 'secret' };
  const context = new Context(
    { env, cwd: '/', commandDir: '/' },
    { stdin, stdout: stream('stdout'), stderr: stream('stderr') },
  );
  const code = await runCommand(context, '1.2.3', args);
  await new Promise(setImmediate);
  const bytes = Buffer.concat(texts.stdout);
  return {
    code,
    bytes,
    stdout: bytes.toString(),
    stderr: Buffer.concat(texts.stderr).toString(),
  };
}

const lastBody = () => fake.requests[fake.requests.length - 1].body;

describe('the step cache', () => {
  it('is listed and emptied', async () => {
    const listed = await maestro(['pipelines', 'cache', 'train']);
    expect(listed.stdout).toMatch(/TASK +KEY +RUN +MADE +TOOK +REUSED/);
    expect(listed.stdout).toMatch(/fit +f00dcafef00d .* 3 /);
    const gone = await maestro([
      'pipelines',
      'clear-cache',
      'train',
      '--task',
      'fit',
      '--yes',
    ]);
    expect(gone.stdout).toBe('Forgot 1 result.\n');
  });

  it('is left out of a run that is to compute everything', async () => {
    await maestro(['trigger', 'train']);
    expect(lastBody()).not.toHaveProperty('noCache');
    await maestro(['trigger', 'train', '--no-cache']);
    expect(lastBody()).toMatchObject({ noCache: true });
  });
});

describe('with --output json', () => {
  it.each([
    ['pipelines list'],
    ['pipelines show train'],
    ['pipelines pause train'],
    ['pipelines unpause train'],
    ['pipelines refresh'],
    ['pipelines problems'],
    ['pipelines cache train'],
    ['pipelines clear-cache train --yes'],
    ['trigger train --param n=5'],
    ['trigger train --wait --interval 50'],
    ['trigger train --follow --interval 50'],
    ['runs list'],
    [`runs show ${RUN_ID}`],
    ['runs show abcde'],
    ['runs show 0199c0'],
    ['runs show train@latest'],
    [`runs cancel ${RUN_ID}`],
    [`runs clear ${RUN_ID} --dry-run`],
    [`runs clear ${RUN_ID} --yes`],
    ['approvals list'],
    [`approvals approve ${RUN_ID} --set n=5 --yes`],
    [`approvals reject ${RUN_ID} --yes`],
    [`why ${RUN_ID} fit`],
    [`logs ${RUN_ID}`],
    [`logs ${RUN_ID} fit`],
    [`logs ${RUN_ID} fit -f`],
    ['schedule preview'],
    ['schedule preview train --days 7'],
    ['variables list'],
    ['variables get threshold'],
    ['variables set threshold 0.80'],
    ['variables delete threshold'],
    ['assets list'],
    ['assets events'],
    ['assets emit drift'],
    ['webhooks list train'],
    ['webhooks rotate train plain'],
    ['pipelines why train'],
    ['connections list'],
    ['connections get db'],
    ['connections add db --conn-type postgres'],
    ['connections update db --conn-port 1'],
    ['connections delete db'],
    ['connections test db'],
    ['status'],
  ])('%s writes one JSON value and nothing else', async line => {
    if (line.startsWith('approvals')) {
      fake.routes[`GET /runs/${RUN_ID}`] = { json: asking('ask') };
    }
    const result = await maestro([...line.split(' '), '-o', 'json']);
    expect(result).toMatchObject({ code: 0 });
    expect(JSON.parse(result.stdout)).toBeInstanceOf(Object);
    expect(fake.requests.every(one => one.token === 'Bearer secret')).toBe(
      true,
    );
  });

  it('keeps booleans and numbers what they are, and texts too', async () => {
    const { stdout } = await maestro(['-o', 'json', 'pipelines', 'list']);
    expect(JSON.parse(stdout)).toEqual([pipeline]);
    const got = await maestro(['variables', 'get', 'threshold', '-o', 'json']);
    expect(JSON.parse(got.stdout).value).toBe('0.80');
  });

  it('writes nothing to stdout when it fails', async () => {
    const result = await maestro(['runs', 'show', 'nobody', '-o', 'json']);
    expect(result).toMatchObject({ code: 3, stdout: '' });
  });

  it('writes an empty list for nothing', async () => {
    fake.routes['GET /runs'] = { json: { items: [] } };
    expect((await maestro(['runs', 'list', '-o', 'json'])).stdout).toBe('[]\n');
  });
});

describe('exit codes', () => {
  it.each<[number, string, ReturnType<typeof errorAnswer>]>([
    [1, 'a conflict', errorAnswer(409, 'ConflictError', 'exists already')],
    [1, 'a server that fails', errorAnswer(500, 'Error', 'broken')],
    [2, 'a value it refuses', errorAnswer(400, 'InputError', 'wrong')],
    [3, 'nothing there', errorAnswer(404, 'NotFoundError', 'no such')],
    [4, 'a portal that starts', { status: 503, bytes: Buffer.from('<html>') }],
    [5, 'no token', errorAnswer(401, 'AuthenticationError', 'who')],
    [5, 'no permission', errorAnswer(403, 'NotAllowedError', 'no')],
  ])('%i for %s', async (code, _, answer) => {
    fake.routes['GET /status'] = answer;
    const result = await maestro(['status']);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(/^maestro: .+\n$/);
  });

  it.each([
    [['nonsense']],
    [['runs']],
    [['runs', 'list', '--state', 'odd']],
    [['runs', 'list', '--limit', '0']],
    [['trigger']],
    [['trigger', 'train', '--params', '[]']],
    [['trigger', 'train', '--param', 'n']],
    [['connections', 'add', 'x']],
    [['status', '-o', 'xml']],
    [['runs', 'clear', RUN_ID]],
    [['test', 'x', 'yesterday']],
  ])('2 for %j, which asks for nothing to be changed', async args => {
    expect(await maestro(args)).toMatchObject({ code: 2, stdout: '' });
    expect(fake.requests.map(one => one.route)).not.toContainEqual(
      expect.stringMatching(/^(POST|PUT|DELETE)/),
    );
  });

  it('4 where nobody listens, with what to do', async () => {
    const env = { MAESTRO_URL: 'http://127.0.0.1:1' };
    const result = await maestro(['status'], { env });
    expect(result.code).toBe(4);
    expect(result.stderr).toMatch(/127.0.0.1:1.*ECONNREFUSED.*npm start/);
    expect((await maestro(['status'], { env: {} })).code).toBe(4);
  });

  it('0 for help, which explains them', async () => {
    const result = await maestro(['--help']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(/0 {2}done[^]*5 {2}not allowed/);
  });

  it('status names every scheduler where there are several', async () => {
    const one = { role: 'all', version: '1.0.0', startedAt: 1, self: false };
    fake.routes['GET /status'] = {
      json: {
        ...status,
        now: 100_000,
        schedulers: [
          { ...one, name: 's-1', host: 'node-1', seenAt: 99_000, alive: true },
          { ...one, name: 's-2', host: 'node-2', seenAt: 10_000, alive: false },
        ],
      },
    };
    const { stdout } = await maestro(['status']);
    expect(stdout).toMatch(/s-1 +node-1 +all +active +just now +1\.0\.0/);
    expect(stdout).toMatch(/s-2 +node-2 +all +gone +1 m ago/);
  });

  it('1 for a run that fails while it is waited for', async () => {
    fake.routes[`GET /runs/${RUN_ID}`] = { json: detail('failed') };
    const result = await maestro(['trigger', 'train', '--wait']);
    expect(result.code).toBe(1);
    expect(result.stdout).toContain('failed after 2 m 05 s');
  });

  it('1 for what does not work', async () => {
    fake.routes['POST /connections/db/test'] = {
      json: { at: 1, ok: false, steps: [] },
    };
    fake.routes['GET /status'] = { json: { ...status, ok: false } };
    expect((await maestro(['connections', 'test', 'db'])).code).toBe(1);
    expect((await maestro(['status'])).code).toBe(1);
  });

  it('says once what is wrong where the message says it already', async () => {
    fake.routes['POST /pipelines/train/runs'] = errorAnswer(
      400,
      'InputError',
      'The params of "train" are wrong: params.n: It is "x" (expected type integer)',
      [{ path: 'params.n', message: 'It is "x"', expected: 'type integer' }],
    );
    expect((await maestro(['trigger', 'train'])).stderr).toBe(
      'maestro: The params of "train" are wrong: params.n: It is "x" (expected type integer)\n',
    );
  });

  it('tells problems place by place', async () => {
    fake.routes['POST /pipelines/train/runs'] = errorAnswer(
      400,
      'InputError',
      'The params are wrong',
      [{ path: 'params.n', message: 'It is "x"', expected: 'type integer' }],
    );
    expect((await maestro(['trigger', 'train'])).stderr).toBe(
      'maestro: The params are wrong\n  params.n: It is "x" (expected type integer)\n',
    );
  });
});

describe('assets and webhooks', () => {
  it('shows who produces, who awaits, and what it waits for', async () => {
    const { stdout } = await maestro(['assets', 'list']);
    expect(stdout).toMatch(
      /drift +check\/look \(alert drift\) +train +.* train for labels/,
    );
  });

  it('shows what became of an event', async () => {
    const { stdout } = await maestro(['assets', 'events', 'drift']);
    expect(stdout).toContain(`check/look in run ${RUN_ID}`);
    expect(stdout).toContain(
      'train: run other-run; report: skipped, paused; train: waits for labels',
    );
  });

  it('tells an event with what it carries, and says when it was told before', async () => {
    const emit = ['assets', 'emit', 'drift', '--extra', '{"D":0.4}'];
    const { stdout } = await maestro([...emit, '--key', 'k']);
    expect(stdout).toContain('Event 7 of drift told');
    expect(fake.requests[0].body).toEqual({
      asset: 'drift',
      extra: { D: 0.4 },
      eventKey: 'k',
    });
    fake.routes['POST /asset-events'] = { status: 200, json: event };
    expect((await maestro(emit)).stdout).toContain('was told before');
    const wrong = await maestro(['assets', 'emit', 'drift', '--extra', '{']);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
  });

  it('tells a new secret once, and replaces none without a yes', async () => {
    const rotate = ['webhooks', 'rotate', 'train', 'deploy'];
    const refused = await maestro(rotate);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('say --yes to replace the secret');
    expect(fake.requests.map(({ route }) => route)).toEqual([
      'GET /pipelines/train/webhooks',
    ]);
    const { stdout } = await maestro([...rotate, '--yes']);
    expect(stdout).toContain('Secret   told-once');
    expect(stdout).toMatch(/http.*\/api\/maestro\/webhooks\/train\/deploy/);
    const list = await maestro(['webhooks', 'list', 'train']);
    expect(list.stdout).toMatch(/deploy +http.*since/);
  });

  it('says why a pipeline waits, and what no forecast knows', async () => {
    const why = await maestro(['pipelines', 'why', 'train']);
    expect(why.stdout).toBe('It cools down\n└─ It waits for drift\n');
    fake.routes['GET /schedule/preview'] = {
      json: {
        ...preview,
        onAssets: [{ name: 'train', scheduleText: 'On asset drift' }],
      },
    };
    const { stdout } = await maestro(['schedule', 'preview']);
    expect(stdout).toMatch(
      /which no forecast knows\n.*\ntrain +On asset drift/,
    );
  });
});

describe('logs', () => {
  it('writes the bytes of one task as they are', async () => {
    const { bytes } = await maestro(['logs', RUN_ID, 'fit']);
    expect([...bytes]).toEqual([0xff, 0x00, 0x0a]);
  });

  it('names the task before each line of all tasks', async () => {
    const { bytes } = await maestro(['logs', RUN_ID]);
    expect(bytes.toString('latin1')).toBe('fit | \xff\x00\n');
  });

  it('follows each byte once, until the end, over a restart of the portal', async () => {
    const log = Buffer.from('one\ntwo\n');
    let looks = 0;
    fake.routes['GET /attempts/attempt-1/log/raw'] = query => {
      looks += 1;
      if (looks === 2) return { status: 503 };
      const from = Number(query.get('offset'));
      return {
        bytes: log.subarray(from, looks === 1 ? 5 : undefined),
        headers: { 'maestro-log-end': String(looks > 2) },
      };
    };
    const result = await maestro([
      'logs',
      RUN_ID,
      'fit',
      '-f',
      '--interval',
      '50',
    ]);
    expect(result).toMatchObject({ code: 0, stdout: log.toString() });
  });

  it('tells a task that does not exist from one without a log', async () => {
    const wrong = await maestro(['logs', RUN_ID, 'nope']);
    expect(wrong).toMatchObject({ code: 3, stdout: '' });
    expect(wrong.stderr).toContain('it has fit');
    const later = await maestro(['logs', RUN_ID, 'fit', '--attempt', '7']);
    expect(later.stderr).toContain('no attempt 7');
  });
});

describe('a run that is named by a part of its id', () => {
  it('must be the only one', async () => {
    const other = { ...run, runId: RUN_ID.replace(/^0199/, '0198') };
    fake.routes['GET /runs'] = { json: { items: [run, other] } };
    const result = await maestro(['runs', 'show', 'abcde']);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain(other.runId);
    expect((await maestro(['runs', 'show', '0198c'])).code).toBe(3);
    expect(fake.requests.pop()!.route).toContain(other.runId);
  });

  it('is looked for on all pages', async () => {
    fake.routes['GET /runs'] = query => ({
      json: query.get('cursor')
        ? { items: [run] }
        : { items: [], nextCursor: 'next' },
    });
    expect((await maestro(['runs', 'show', 'abcde'])).code).toBe(0);
  });

  it('tells a pipeline without runs from one that does not exist', async () => {
    fake.routes['GET /runs'] = { json: { items: [] } };
    const none = await maestro(['runs', 'show', 'train@latest']);
    expect(none).toMatchObject({ code: 3 });
    expect(none.stderr).toContain('has no run yet');
    const wrong = await maestro(['runs', 'show', 'nope@latest']);
    expect(wrong.stderr).toContain('Nothing at GET /pipelines/nope');
  });
});

describe('what surprises', () => {
  const problems = [
    {
      path: 'spec.tasks[0].timeout',
      message: 'is "5m"',
      expected: 'a duration such as PT5M',
      file: '/p/train/catalog-info.yaml',
      line: 12,
      column: 16,
    },
  ];

  it('is said of a run of the last good version, on stderr', async () => {
    fake.routes['GET /pipelines/train'] = {
      json: { ...pipeline, problems, definition: { tasks: [] } },
    };
    const warning =
      'maestro: the file of train is not valid now; this run is of version 1, the last good one:\n' +
      '  /p/train/catalog-info.yaml:12:16: spec.tasks[0].timeout: is "5m" (expected a duration such as PT5M)\n';
    fake.routes['POST /pipelines/train/runs'] = {
      status: 201,
      json: { ...run, created: true },
    };
    for (const args of [[], ['-o', 'json']]) {
      const { code, stderr } = await maestro(['trigger', 'train', ...args]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: warning });
    }
  });

  it('is no reason not to start a run for who may not read the pipeline', async () => {
    fake.routes['GET /pipelines/train'] = errorAnswer(
      403,
      'NotAllowedError',
      'no',
    );
    expect((await maestro(['trigger', 'train'])).code).toBe(0);
    expect((await maestro(['trigger', 'train', '--param', 'n=5'])).code).toBe(
      5,
    );
  });

  it('is a failed task in a run that succeeded, and a missed deadline of a task', async () => {
    const { tasks, ...rest } = detail('success');
    fake.routes[`GET /runs/${RUN_ID}`] = {
      json: {
        ...rest,
        slaState: 'at_risk',
        tasks: [
          { ...tasks[0], state: 'failed' },
          { ...tasks[0], taskId: 'tidy', slaState: 'missed' },
        ],
      },
    };
    const { stdout } = await maestro(['runs', 'show', RUN_ID]);
    expect(stdout).toMatch(/State +success, 1 task failed: fit\n/);
    expect(stdout).toMatch(/SLA +at risk\n/);
    expect(stdout).toMatch(/^tidy .+ missed/m);
  });

  it('is said in one English sentence, in times and ids that people use', async () => {
    const since = Date.now() - 16_000;
    const at = new Date(Date.now() + 3_600_500).toISOString();
    fake.routes[`GET /runs/${RUN_ID}/why`] = {
      json: {
        chain: [
          {
            code: 'x',
            message: 'Task "slow" is running.',
            since,
            names: [],
            action: { label: 'Open its log', kind: 'open_log', target: 'slow' },
          },
          {
            code: 'y',
            message: `The next starts at ${at}.`,
            until: Date.parse(at),
            names: [],
          },
          { code: 'z', message: `2 in use by "p/${RUN_ID}/a".`, names: [] },
        ],
      },
    };
    const { stdout } = await maestro(['why', RUN_ID]);
    expect(stdout).toMatch(
      /^Task "slow" is running, for 1\d s\. → Open its log$/m,
    );
    expect(stdout).toMatch(/The next starts at [\d-]+ [\d:]+ \(in 1 h\)\.$/m);
    expect(stdout).toMatch(/2 in use by "p\/000abcde\/a"\.$/m);
  });

  it('is a run that was over before somebody cancelled it', async () => {
    fake.routes[`POST /runs/${RUN_ID}/cancel`] = { json: detail('success') };
    const { stdout } = await maestro(['runs', 'cancel', RUN_ID]);
    expect(stdout).toMatch(/ of train is over: success\.$/m);
  });
});

describe('what is sent', () => {
  it('is a param of the type that the schema wants', async () => {
    await maestro(['trigger', 'train', '--param', 'n=5', '--run-key', 'k']);
    expect(lastBody()).toEqual({ params: { n: 5 }, runKey: 'k' });
  });

  it('leaves of a connection what is not given as it is, secrets too', async () => {
    await maestro(['connections', 'update', 'db', '--conn-host', 'new']);
    expect(lastBody()).toEqual({
      connId: 'db',
      connType: 'postgres',
      host: 'new',
      port: 5432,
    });
  });

  it("understands Airflow's own line", async () => {
    await maestro(
      'connections add aws_default --conn-type aws --conn-login admin --conn-password minioadmin --conn-extra {"endpoint_url":"http://minio:9000"}'.split(
        ' ',
      ),
    );
    expect(lastBody()).toEqual({
      connId: 'aws_default',
      connType: 'aws',
      login: 'admin',
      password: 'minioadmin',
      extra: { endpoint_url: 'http://minio:9000' },
    });
  });

  it('is a secret from stdin, without its line end', async () => {
    await maestro(['variables', 'set', 'threshold', '--secret'], {
      stdin: 'a b\n',
    });
    expect(lastBody()).toEqual({ value: 'a b', secret: true });
  });

  it('clears a group, and ends the clean-up of a cancelled run when told to', async () => {
    await maestro(
      'runs clear RUN --group model --group features --dry-run'
        .replace('RUN', RUN_ID)
        .split(' '),
    );
    expect(fake.requests.at(-1)!.body).toMatchObject({
      groupIds: ['model', 'features'],
      dryRun: true,
    });
    await maestro(['runs', 'cancel', RUN_ID]);
    expect(fake.requests.at(-1)!.route).toBe(`POST /runs/${RUN_ID}/cancel`);
    await maestro(['runs', 'cancel', RUN_ID, '--force']);
    expect(fake.requests.at(-1)!.query).toBe('force=true');
  });

  it('is a clear only after a clear yes', async () => {
    const no = await maestro(['runs', 'clear', RUN_ID], {
      tty: true,
      stdin: 'n\n',
    });
    expect(no.code).toBe(1);
    expect(no.stderr).toContain('This task runs again');
    expect(lastBody()).toMatchObject({ dryRun: true });
    await maestro(
      ['runs', 'clear', RUN_ID, '--task', 'fit', '--no-downstream'],
      { tty: true, stdin: 'y\n' },
    );
    expect(lastBody()).toEqual({
      taskIds: ['fit'],
      downstream: false,
      upstream: false,
      onlyFailed: false,
    });
  });
});

describe('a decision', () => {
  const route = `GET /runs/${RUN_ID}`;
  beforeEach(() => {
    fake.routes[route] = { json: asking('ask') };
  });

  it('is shown with who may decide, and until when', async () => {
    const { stdout } = await maestro(['approvals', 'list']);
    expect(stdout).toContain('Deploy version 7?');
    expect(stdout).toContain('group:default/ml-team');
  });

  it('is a yes with what was filled in, of the type that was asked for', async () => {
    const result = await maestro(
      ['approvals', 'approve', RUN_ID, '--set', 'n=5'],
      { tty: true, stdin: 'y\n' },
    );
    expect(result.stderr).toContain(
      '"Deploy version 7?" (task ask of train). Approve with {"n":5}?',
    );
    expect(result).toMatchObject({ code: 0 });
    expect(lastBody()).toEqual({ decision: 'approve', input: { n: 5 } });
  });

  it('is a no only after a clear yes', async () => {
    const no = await maestro(['approvals', 'reject', RUN_ID], {
      tty: true,
      stdin: 'n\n',
    });
    expect(no).toMatchObject({ code: 1 });
    expect(no.stderr).toContain('Nothing was rejected.');
    expect(lastBody()).toBeUndefined();
    const unasked = await maestro(['approvals', 'reject', RUN_ID]);
    expect(unasked).toMatchObject({ code: 2 });
    expect(unasked.stderr).toContain('say --yes to reject');
  });

  it('names the task where several wait', async () => {
    fake.routes[route] = { json: asking('ask', 'again') };
    const which = await maestro(['approvals', 'approve', RUN_ID, '--yes']);
    expect(which).toMatchObject({ code: 2 });
    expect(which.stderr).toContain('ask, again; say which with --task');
    const one = await maestro([
      ...['approvals', 'approve', RUN_ID, '--yes', '--task', 'ask'],
    ]);
    expect(one).toMatchObject({ code: 0 });
  });

  it('is not made where nothing waits, and says what became of it', async () => {
    fake.routes[route] = { json: detail('success') };
    const none = await maestro(['approvals', 'approve', RUN_ID, '--yes']);
    expect(none).toMatchObject({ code: 1 });
    expect(none.stderr).toContain('"maestro approvals list"');
    const over = await maestro([
      ...['approvals', 'approve', RUN_ID, '--yes', '--task', 'fit'],
    ]);
    expect(over.stderr).toContain('waits for no decision: it is success');
  });
});

describe('schedule preview', () => {
  it('shows runs, waits, collisions, peaks and who is left out', async () => {
    const { stdout, code } = await maestro(['schedule', 'preview']);
    expect(code).toBe(0);
    const lines = stdout.split('\n').map(line => line.replace(/ +/g, ' '));
    expect(lines).toEqual([
      'PIPELINE RUNS NEXT TAKES WAITS',
      'never_ran 1 2026-03-01 13:00:00 (in 1 h) not known',
      'train 24 2026-03-01 13:00:00 (in 1 h) 2 h 00 m 23 runs, up to 22 h 00 m',
      '',
      'Collisions',
      'FIRST TIMES WHAT PIPELINES',
      '2026-03-01 14:00:00 3 4 tasks in pool gpu of 1 slots train',
      '',
      'Due at the same time, which is no harm by itself',
      'FIRST TIMES WHAT PIPELINES',
      '2026-03-01 13:00:00 1 2 are due together never_ran, train',
      '',
      'Peaks',
      'AT RUNS AT ONCE PIPELINES',
      '2026-03-01 14:00:00 2 train',
      '',
      'Paused, so not in it: asleep',
      '',
    ]);
  });

  it('asks for the days and the pipeline that were named', async () => {
    let asked: string | undefined;
    fake.routes['GET /schedule/preview'] = query => {
      asked = String(query);
      return { json: preview };
    };
    await maestro(['schedule', 'preview', 'train', '--days', '7']);
    expect(asked).toBe('days=7&pipeline=train');
    const { code, stderr } = await maestro([
      'schedule',
      'preview',
      '--days',
      '1000',
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('from 1 to 400');
  });

  it('says how far it looks when there is too much, and that nothing runs', async () => {
    fake.routes['GET /schedule/preview'] = {
      json: {
        ...preview,
        isCut: true,
        pipelines: [],
        collisions: [],
        peaks: [],
        paused: [],
      },
    };
    const { stdout } = await maestro(['schedule', 'preview']);
    expect(stdout).toBe(
      'Nothing runs by schedule.\n\nThere are so many runs that this looks only as far as 2026-03-02 12:00:00.\n',
    );
  });
});

it('does not show a secret variable, and says so', async () => {
  fake.routes['GET /variables/threshold'] = {
    json: { ...variable, value: undefined, secret: true },
  };
  const result = await maestro(['variables', 'get', 'threshold']);
  expect(result).toMatchObject({ code: 5, stdout: '' });
  expect(result.stderr).toContain('secret');
});

it('colours on a terminal, unless NO_COLOR says no', async () => {
  const env = { MAESTRO_URL: fake.url };
  const coloured = await maestro(['runs', 'list'], { env, tty: true });
  expect(coloured.stdout).toContain('\x1b[34mrunning');
  const plain = await maestro(['runs', 'list'], {
    env: { ...env, NO_COLOR: '1' },
    tty: true,
  });
  expect(plain.stdout).not.toContain('\x1b');
});

describe('a mapped task', () => {
  const instance = (mapIndex: number) => ({
    ...task,
    mapIndex,
    state: mapIndex === 1 ? 'failed' : 'success',
    latestAttemptId: `attempt-${mapIndex}`,
  });
  let asked: string[];

  beforeEach(() => {
    asked = [];
    fake.routes[`GET /runs/${RUN_ID}`] = {
      json: {
        ...detail('failed'),
        tasks: [
          {
            ...task,
            state: 'failed',
            latestAttemptId: undefined,
            mapped: { success: 2, failed: 1 },
          },
        ],
      },
    };
    // Two pages.
    fake.routes[`GET /runs/${RUN_ID}/tasks/fit/mapped`] = (
      query: URLSearchParams,
    ) => {
      asked.push(String(query));
      const isFirst = query.get('after') === '-1';
      return {
        json: {
          items: isFirst ? [0, 1].map(instance) : [instance(2)],
          counts: { success: 2, failed: 1 },
          ...(isFirst ? { next: 1 } : {}),
        },
      };
    };
    fake.routes[`GET /runs/${RUN_ID}/tasks/fit/attempts`] = (
      query: URLSearchParams,
    ) => ({
      json: {
        items: [{ ...attempt, attemptId: `attempt-${query.get('mapIndex')}` }],
      },
    });
    for (const index of [0, 1, 2]) {
      fake.routes[`GET /attempts/attempt-${index}/log/raw`] = {
        bytes: Buffer.from(`of item ${index}\n`),
        headers: { 'maestro-log-end': 'true' },
      };
    }
  });

  it('is shown with how far it is', async () => {
    const { stdout } = await maestro(['runs', 'show', RUN_ID]);
    expect(stdout).toContain('3/3: 2 success, 1 failed');
  });

  it('has the log of one instance, byte by byte', async () => {
    const result = await maestro(['logs', RUN_ID, 'fit', '--index', '2']);
    expect(result).toMatchObject({ code: 0, stdout: 'of item 2\n' });
    expect(asked).toHaveLength(2);
  });

  it('has the logs of all, each line behind its instance', async () => {
    const { stdout } = await maestro(['logs', RUN_ID, 'fit']);
    expect(stdout).toBe(
      'fit[0] | of item 0\nfit[1] | of item 1\nfit[2] | of item 2\n',
    );
  });

  it('says that there is no such instance, and that an index needs a task', async () => {
    const gone = await maestro(['logs', RUN_ID, 'fit', '--index', '7']);
    expect(gone.code).toBe(3);
    expect(gone.stderr).toContain('has no such instance');
    const alone = await maestro(['logs', RUN_ID, '--index', '7']);
    expect(alone.code).toBe(2);
    expect(alone.stderr).toContain('say which');
  });

  it('is cleared by index', async () => {
    await maestro([
      'runs',
      'clear',
      RUN_ID,
      '--task',
      'fit',
      '--index',
      '0-1,2',
      '-y',
    ]);
    const { body } = fake.requests.find(({ route }) =>
      route.endsWith('/clear'),
    )!;
    expect(body).toMatchObject({ taskIds: ['fit'], mapIndices: [0, 1, 2] });
  });
});
