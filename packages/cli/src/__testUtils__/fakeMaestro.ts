import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  ApiErrorBody,
  Attempt,
  Connection,
  EngineStatus,
  PipelineSummary,
  Pool,
  RunDetail,
  RunSummary,
  Variable,
} from '@maestro/plugin-maestro-common';

/** One answer; `bytes` instead of `json` for logs. */
export interface Answer {
  status?: number;
  json?: unknown;
  bytes?: Buffer;
  headers?: Record<string, string>;
}

/** A small HTTP server that answers as the API does. */
export interface FakeMaestro {
  url: string;
  /** `METHOD /path` → answer, or a function of query and body. */
  routes: Record<
    string,
    Answer | ((query: URLSearchParams, body: any) => Answer)
  >;
  requests: Array<{
    route: string;
    token?: string;
    body: any;
    /** Without its question mark. */
    query: string;
  }>;
  close(): Promise<void>;
}

/** Starts it on a free port. */
export async function startFakeMaestro(): Promise<FakeMaestro> {
  const fake: Omit<FakeMaestro, 'url' | 'close'> = { routes: {}, requests: [] };
  const server: Server = createServer(async (req, res) => {
    const parts: Buffer[] = [];
    for await (const part of req) parts.push(part);
    const text = Buffer.concat(parts).toString();
    const body = text ? JSON.parse(text) : undefined;
    const url = new URL(req.url!, 'http://fake');
    const route = `${req.method} ${url.pathname.replace('/api/maestro', '')}`;
    const token = req.headers.authorization;
    fake.requests.push({ route, token, body, query: url.search.slice(1) });
    const found = fake.routes[route];
    const answer: Answer =
      (typeof found === 'function' ? found(url.searchParams, body) : found) ??
      errorAnswer(404, 'NotFoundError', `Nothing at ${route}`);
    res.writeHead(answer.status ?? 200, {
      'content-type': answer.bytes
        ? 'application/octet-stream'
        : 'application/json',
      ...answer.headers,
    });
    res.end(
      answer.bytes ??
        (answer.json === undefined ? '' : JSON.stringify(answer.json)),
    );
  });
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  return {
    ...fake,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>(done => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** An error as the API tells it. */
export function errorAnswer(
  status: number,
  name: string,
  message: string,
  problems?: ApiErrorBody['problems'],
): Answer {
  const json: ApiErrorBody = { error: { name, message }, problems };
  return { status, json };
}

export const RUN_ID = '0199c0de-0000-7000-8000-0000000abcde';

export const run: RunSummary = {
  runId: RUN_ID,
  pipeline: 'train',
  runKey: 'manual-1',
  trigger: 'manual',
  state: 'running',
  runAfter: 1_000,
  createdAt: 1_000,
  startedAt: 2_000,
  versionNumber: 1,
  slaState: 'none',
  alertCount: 0,
  clearCount: 0,
  revision: 3,
};

export const task: RunDetail['tasks'][number] = {
  taskNo: 0,
  taskId: 'fit',
  mapIndex: -1,
  state: 'success',
  tryNumber: 1,
  maxTries: 1,
  attempts: 1,
  latestAttemptId: 'attempt-1',
};

/** A run in a state, with one task that is over. */
export function detail(state: RunSummary['state']): RunDetail {
  return {
    ...run,
    state,
    endedAt: 127_000,
    params: {},
    definition: { tasks: [] } as unknown as RunDetail['definition'],
    tasks: [task],
    alerts: [],
    reports: [],
  };
}

export const attempt: Attempt = {
  attemptId: 'attempt-1',
  seq: 1,
  tryNumber: 1,
  countsAsRetry: true,
  state: 'ended',
  executor: 'local',
  claimedAt: 1,
  logState: 'sealed',
  logBytes: 3,
};

export const pipeline: PipelineSummary = {
  name: 'train',
  entityRef: 'pipeline:default/train',
  ownerRef: 'group:default/ml-team',
  type: 'training',
  tags: [],
  paused: true,
  removed: false,
  taskCount: 1,
  activeRuns: 0,
  slaState: 'none',
  lastRuns: [],
};

export const variable: Variable = {
  key: 'threshold',
  value: '0.80',
  secret: false,
  revision: 1,
  updatedAt: 1,
  updatedBy: 'seed',
  usedBy: [],
};

export const pool: Pool = {
  name: 'gpu',
  slots: 2,
  used: 2,
  waiting: 1,
  updatedAt: 1,
  usedBy: ['train'],
};

export const connection: Connection = {
  connId: 'db',
  connType: 'postgres',
  host: 'old',
  port: 5432,
  hasPassword: true,
  extraKeys: ['sslmode'],
  revision: 1,
  updatedAt: 1,
  updatedBy: 'seed',
  usedBy: [],
};

export const status: EngineStatus = {
  now: 1,
  ok: true,
  executors: [{ name: 'local', ok: true, maxParallel: 2, live: 0 }],
  runs: { queued: 0, running: 0 },
  tasks: { scheduled: 0, queued: 0, running: 0 },
};
