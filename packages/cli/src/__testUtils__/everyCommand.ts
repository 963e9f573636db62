import {
  attempt,
  connection,
  detail,
  pipeline,
  pool,
  run,
  RUN_ID,
  startFakeMaestro,
  status,
  variable,
  type FakeMaestro,
} from './fakeMaestro';
import { runMaestro, type RunOptions } from './runMaestro';
import {
  asset,
  event,
  HOUR,
  noon,
  preview,
  question,
  webhook,
} from './samples';

/** One good answer for each request that a command sends. */
function everyRoute(): FakeMaestro['routes'] {
  return {
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
    'GET /pools': { json: { items: [pool] } },
    'PUT /pools/gpu': { json: pool },
    'DELETE /pools/gpu': { status: 204 },
    'GET /connections': { json: { items: [connection] } },
    'GET /connections/db': { json: connection },
    'PUT /connections/db': { json: connection },
    'POST /connections': { status: 201, json: connection },
    'DELETE /connections/db': { status: 204 },
    'POST /connections/db/test': { json: { at: 1, ok: true, steps: [] } },
    'GET /status': { json: status },
    'GET /schedule/preview': { json: preview },
  };
}

/**
 * A fake Maestro for the tests of a file that answers every command: started
 * before them, with its own routes again before each.
 */
export function everyCommand() {
  const fake = {} as FakeMaestro;
  beforeAll(async () => {
    Object.assign(fake, await startFakeMaestro());
  });
  afterAll(() => fake.close());
  beforeEach(() => {
    fake.requests.length = 0;
    for (const route of Object.keys(fake.routes)) delete fake.routes[route];
    Object.assign(fake.routes, everyRoute());
  });
  return {
    fake,
    maestro: (args: string[], options?: RunOptions) =>
      runMaestro(fake, args, options),
    /** What the last request carried. */
    lastBody: () => fake.requests[fake.requests.length - 1].body,
  };
}
