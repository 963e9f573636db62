import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LoggerService } from '@backstage/backend-plugin-api';
import type { Config } from '@backstage/config';
import { InputError } from '@backstage/errors';
import { EXECUTION_PREFIX, type AirflowApi } from '../airflowapi/AirflowApi';
import { NAME, parseAlert } from './alertRequest';
import { hashAttemptToken } from './attemptToken';
import { boundedBody, jsonBody } from './requestBody';
import { TaskApiError } from './TaskApiError';
import type { TaskReports } from './TaskReports';

/*
 * The task API: what a running task may say about its run. A listener of its
 * own, so that it can be reachable from pods without the portal being so.
 *
 *   GET  /v1/health                 → 200, without a token
 *   POST /v1/alerts                 {kind, severity, message, values} → 201
 *   PUT  /v1/reports/{name}?title=  body with its Content-Type, ≤ 10 MiB → 201
 *   PUT  /v1/outputs/{key}          JSON, ≤ 10 MiB → 201
 *        /execution/…               what the task SDK of Airflow calls
 *
 * Authorization: Bearer, a token that is valid for one attempt while it runs.
 * Errors: {"error": {"message": "…"}}. Clients are tasks, so hostile until
 * shown otherwise: sizes, counts, times and parallel requests are bounded, and
 * nothing of a body is read before the token is known to be good.
 */

const MAX_ALERT_BYTES = 256 * 1024;
const MAX_BODY_BYTES = 10 * 1024 * 1024;
/** Of one token; each may hold a body in memory. */
const MAX_PARALLEL = 4;
const MAX_CONNECTIONS = 1_000;

const CONTENT_TYPES = new Set([
  'text/html',
  'text/markdown',
  'text/csv',
  'text/plain',
  'application/json',
  'application/vnd.vegalite.v5+json',
  'image/png',
]);

/** Where the task API listens, and how tasks reach it. */
export interface TaskApiSettings {
  /** `host:port`, port 0 for any; undefined for none. */
  listen?: { host: string; port: number };
  /** Address as tasks know it; default: what it listens on. */
  url?: string;
}

/**
 * Reads `maestro.taskApi`.
 *
 * @throws InputError for an address that is none
 */
export function readTaskApiSettings(config: Config): TaskApiSettings {
  const url = config
    .getOptionalString('maestro.taskApi.url')
    ?.replace(/\/+$/, '');
  const given = config.getOptional('maestro.taskApi.listen') ?? '127.0.0.1:0';
  if (given === false) return { url };
  const match = /^(\[[0-9a-f:]+\]|[^:[\]]*):(\d{1,5})$/i.exec(String(given));
  if (!match || Number(match[2]) > 65_535) {
    throw new InputError(
      `maestro.taskApi.listen is "${given}"; expected host:port such as 127.0.0.1:0, or false`,
    );
  }
  return {
    listen: {
      host: match[1].replace(/[[\]]/g, '') || '127.0.0.1',
      port: Number(match[2]),
    },
    url,
  };
}

/** The listener. Build it, `start()` it, `stop()` it. */
export class TaskApiServer {
  private readonly server: Server;
  private readonly parallel = new Map<string, number>();

  constructor(
    private readonly options: {
      settings: TaskApiSettings;
      reports: TaskReports;
      airflow?: AirflowApi;
      logger: LoggerService;
    },
  ) {
    this.server = createServer(
      {
        headersTimeout: 10_000,
        // The whole of a request: a client that dribbles is cut off.
        requestTimeout: 60_000,
        keepAliveTimeout: 5_000,
        connectionsCheckingInterval: 5_000,
        maxHeaderSize: 16 * 1024,
      },
      (request, response) => {
        this.answer(request, response).catch(error => {
          this.options.logger.error('The task API could not answer', error);
          response.destroy();
        });
      },
    );
    this.server.maxConnections = MAX_CONNECTIONS;
  }

  /**
   * Listens; without `listen` in the settings it does nothing.
   *
   * @param wanted - where any port will do: this one, or any when somebody else
   * has it. Only who listens has it: of two that looked before, one would fail.
   */
  async start(wanted = 0): Promise<void> {
    const { settings, logger } = this.options;
    if (!settings.listen) return;
    const { host, port } = settings.listen;
    if (port === 0 && wanted > 0) {
      await this.listen(host, wanted).catch(error => {
        logger.info(`The task API gets another port than before: ${error}`);
        return this.listen(host, 0);
      });
    } else {
      await this.listen(host, port);
    }
    logger.info(`Tasks reach the task API at ${this.url()}`);
  }

  private async listen(host: string, port: number): Promise<void> {
    const listening = once(this.server, 'listening');
    this.server.listen(port, host);
    await listening;
  }

  /** Port it listens on; 0 when it does not. */
  port(): number {
    return (this.server.address() as AddressInfo | null)?.port ?? 0;
  }

  /** Address for `MAESTRO_TASK_API_URL`; undefined when there is none. */
  url(): string | undefined {
    const { settings } = this.options;
    if (settings.url) return settings.url;
    const address = this.server.address() as AddressInfo | null;
    if (!address) return undefined;
    const host =
      address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return `http://${host}:${address.port}`;
  }

  /** Stops listening and cuts what is open. */
  async stop(): Promise<void> {
    if (!this.server.listening) return;
    await new Promise<void>(resolve => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private async answer(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    try {
      if (await this.answerAirflow(request, response)) return;
      const status = await this.route(request);
      send(response, status, status === 200 ? { status: 'ok' } : {});
    } catch (error) {
      if (response.destroyed) return;
      if ((error as Error).name === 'ServiceUnavailableError') {
        this.options.logger.error('A task API request failed', error as Error);
        if (!request.complete) response.setHeader('Connection', 'close');
        response.setHeader('Retry-After', '5');
        send(response, 503, {
          error: {
            message:
              'The artifact store takes nothing at the moment; send it again later. The log of the scheduler says why',
          },
        });
        return;
      }
      if (!(error instanceof TaskApiError)) {
        if (request.destroyed && !request.complete) return;
        this.options.logger.error('A task API request failed', error as Error);
        send(response, 500, {
          error: { message: 'The task API failed; its log says why' },
        });
        return;
      }
      // What is left of the body is not wanted; reading it would cost more.
      if (!request.complete) response.setHeader('Connection', 'close');
      if (error.status === 429) response.setHeader('Retry-After', '1');
      send(response, error.status, { error: { message: error.message } });
    }
  }

  private async answerAirflow(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<boolean> {
    const { airflow } = this.options;
    if (!airflow || !request.url?.startsWith(EXECUTION_PREFIX)) return false;
    const hash = hashAttemptToken(bearer(request));
    await this.bounded(hash, () => airflow.answer(request, response, hash));
    return true;
  }

  private async route(request: IncomingMessage): Promise<number> {
    const url = new URL(request.url ?? '/', 'http://task-api');
    const [, version, resource, name, ...more] = url.pathname.split('/');
    const found = version === 'v1' && more.length === 0 ? resource : undefined;
    if (found === 'health' && name === undefined) {
      allow(request, 'GET');
      return 200;
    }
    const named = found === 'reports' || found === 'outputs';
    if (!(found === 'alerts' && name === undefined) && !(named && name)) {
      throw new TaskApiError(
        404,
        'Unknown path; there are /v1/health, /v1/alerts, /v1/reports/{name} and /v1/outputs/{key}',
      );
    }
    allow(request, named ? 'PUT' : 'POST');
    const hash = hashAttemptToken(bearer(request));
    await this.options.reports.authenticate(hash);
    return this.bounded(hash, async () => {
      if (found === 'alerts') {
        const { value } = await jsonBody(request, MAX_ALERT_BYTES);
        await this.options.reports.alert(hash, parseAlert(value));
      } else if (found === 'reports') {
        await this.report(request, hash, checkedName(name), url);
      } else {
        const key = checkedName(name);
        const { text } = await jsonBody(request, MAX_BODY_BYTES);
        await this.options.reports.output(hash, key, text);
      }
      return 201;
    });
  }

  private async report(
    request: IncomingMessage,
    hash: string,
    name: string,
    url: URL,
  ): Promise<void> {
    const contentType = request.headers['content-type'] ?? '';
    const essence = contentType.split(';')[0].trim().toLowerCase();
    if (!CONTENT_TYPES.has(essence) || contentType.length > 100) {
      throw new TaskApiError(
        415,
        `A report cannot have the type "${contentType.slice(
          0,
          100,
        )}"; expected one of ${[...CONTENT_TYPES].join(', ')}`,
      );
    }
    const title = url.searchParams.get('title') ?? undefined;
    if (title !== undefined && (title.length > 200 || title.includes('\0'))) {
      throw new TaskApiError(400, 'The title has more than 200 characters');
    }
    await this.options.reports.report(hash, {
      name,
      title: title || undefined,
      contentType: contentType.toLowerCase(),
      content: boundedBody(request, MAX_BODY_BYTES),
    });
  }

  private async bounded<T>(hash: string, fn: () => Promise<T>): Promise<T> {
    const now = this.parallel.get(hash) ?? 0;
    if (now >= MAX_PARALLEL) {
      throw new TaskApiError(
        429,
        `This attempt has ${MAX_PARALLEL} requests open already; wait for one of them`,
      );
    }
    this.parallel.set(hash, now + 1);
    try {
      return await fn();
    } finally {
      const left = this.parallel.get(hash)! - 1;
      if (left === 0) this.parallel.delete(hash);
      else this.parallel.set(hash, left);
    }
  }
}

function allow(request: IncomingMessage, method: string): void {
  if (request.method !== method) {
    throw new TaskApiError(405, `Use ${method} for this path`);
  }
}

function bearer(request: IncomingMessage): string {
  const token = /^Bearer ([\w.~+/-]{1,200})$/i.exec(
    request.headers.authorization ?? '',
  )?.[1];
  if (!token) {
    throw new TaskApiError(
      401,
      'No token; send "Authorization: Bearer" with $MAESTRO_TASK_TOKEN',
    );
  }
  return token;
}

function checkedName(encoded: string): string {
  let name: string;
  try {
    name = decodeURIComponent(encoded);
  } catch {
    throw new TaskApiError(400, 'The name is not percent-encoded UTF-8');
  }
  if (!NAME.test(name)) {
    throw new TaskApiError(
      400,
      `"${name.slice(
        0,
        128,
      )}" is no name; expected letters, digits, "_", "-" and ".", beginning with a letter or digit, at most 128 characters`,
    );
  }
  return name;
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
  });
  response.end(JSON.stringify(body));
}
