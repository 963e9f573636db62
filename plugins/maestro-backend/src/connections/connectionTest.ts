import { lookup } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { ConnectionTest } from '@maestro/plugin-maestro-common';
import type { ResolvedConnection } from './ConnectionStore';
import { passwordsOfUrl } from './maskForms';

/*
 * Says how far one gets with a connection: the name resolves, the port
 * accepts, the credentials are taken, something answers. Stops at the first
 * step that fails. What cannot be judged for a type is left out and said in
 * the message of the last step, never claimed.
 */

type Step = ConnectionTest['steps'][number];

/** Where a connection leads to. */
interface Target {
  host: string;
  port: number;
  /** For those that speak HTTP; without user and password. */
  url?: URL;
  user?: { login: string; password: string };
}

const DEFAULT_PORTS: Record<string, number> = {
  postgres: 5432,
  postgresql: 5432,
  mysql: 3306,
  redis: 6379,
  smtp: 25,
  ssh: 22,
  mongo: 27017,
  kafka: 9092,
};
const HTTP_TYPES = new Set(['http', 'https', 'mlflow', 'feast']);

/**
 * Tries a connection. Never throws: what goes wrong is a failed step.
 *
 * @param options.at - epoch ms, for the result
 * @param options.timeoutMs - bound of the whole test, default 5000
 */
export async function testConnection(
  connection: ResolvedConnection,
  options: { at: number; timeoutMs?: number },
): Promise<ConnectionTest> {
  const timeoutMs = options.timeoutMs ?? 5_000;
  const signal = AbortSignal.timeout(timeoutMs);
  const steps: Step[] = [];
  const hide = hider(connection);
  const run = async (
    step: Step['step'],
    fn: () => Promise<string>,
  ): Promise<boolean> => {
    const begin = performance.now();
    const durationMs = () => Math.round((performance.now() - begin) * 10) / 10;
    try {
      const message = hide(await bounded(fn, signal));
      steps.push({ step, ok: true, durationMs: durationMs(), message });
      return true;
    } catch (error) {
      const message = signal.aborted
        ? `no result within ${timeoutMs / 1000} s`
        : hide(sentence(error));
      steps.push({ step, ok: false, durationMs: durationMs(), message });
      return false;
    }
  };

  let target: Target | undefined;
  const reachable =
    (await run('resolve', async () => {
      target = targetOf(connection);
      const { address } = await lookup(target.host);
      return `${target.host} is ${address}`;
    })) &&
    (await run('connect', async () => {
      const socket = await open(target!, signal);
      socket.destroy();
      return `${target!.host}:${target!.port} accepts connections`;
    }));
  if (reachable) await judge(connection, target!, run, signal);
  return { at: options.at, ok: steps.every(step => step.ok), steps };
}

async function judge(
  connection: ResolvedConnection,
  target: Target,
  run: (step: Step['step'], fn: () => Promise<string>) => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  const type = connection.connType.toLowerCase();
  if (type === 'aws') {
    await run('answer', async () => {
      const response = await request(target, '/', undefined, signal);
      return `The endpoint answers (HTTP ${response.status}). Whether login and password are right is not tested: signed S3 requests come with the S3 store`;
    });
    return;
  }
  if (target.url) {
    let response: { status: number; path: string } | undefined;
    const authenticated = await run('authenticate', async () => {
      response = await health(target, signal);
      if (response.status === 401 || response.status === 403) {
        throw new Error(
          target.user
            ? `The server refuses login and password (HTTP ${response.status}); correct them in the connection`
            : `The server wants credentials (HTTP ${response.status}); add login and password to the connection`,
        );
      }
      return target.user ? 'Login and password are taken' : 'Not asked for';
    });
    if (!authenticated) return;
    await run('answer', async () => {
      const { status, path } = response!;
      if (status >= 500) {
        throw new Error(`GET ${path}: HTTP ${status}; look at its log`);
      }
      return `GET ${path}: HTTP ${status}`;
    });
    return;
  }
  if (type === 'postgres' || type === 'postgresql') {
    await run('answer', async () => {
      const answer = await postgresAnswer(target, signal);
      return `A PostgreSQL server answers (${answer}). Whether login and password are right is not tested`;
    });
  }
}

/** `/health` where there is one, as MLflow and Feast have, else `/`. */
async function health(
  target: Target,
  signal: AbortSignal,
): Promise<{ status: number; path: string }> {
  const base = target.url!.pathname.replace(/\/$/, '');
  for (const path of [`${base}/health`, `${base}/`]) {
    const { status } = await request(target, path, target.user, signal);
    if (status !== 404) return { status, path };
  }
  return { status: 404, path: `${base}/` };
}

async function request(
  target: Target,
  path: string,
  user: Target['user'],
  signal: AbortSignal,
): Promise<{ status: number }> {
  const headers: Record<string, string> = user
    ? {
        authorization: `Basic ${Buffer.from(
          `${user.login}:${user.password}`,
        ).toString('base64')}`,
      }
    : {};
  const response = await fetch(new URL(path, target.url), {
    headers,
    redirect: 'manual',
    signal,
  });
  await response.body?.cancel();
  return { status: response.status };
}

/** Asks for TLS, which every PostgreSQL answers with one letter before any login. */
async function postgresAnswer(
  target: Target,
  signal: AbortSignal,
): Promise<string> {
  const socket = await open(target, signal);
  try {
    const reply = await new Promise<string>((resolve, reject) => {
      socket.once('data', data => resolve(data.toString('latin1', 0, 1)));
      socket.once('error', reject);
      socket.once('close', () =>
        reject(new Error('The server closed the connection without an answer')),
      );
      socket.write(Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]));
    });
    if (reply === 'S') return 'with TLS';
    if (reply === 'N') return 'without TLS';
    throw new Error('What answers there is no PostgreSQL');
  } finally {
    socket.destroy();
  }
}

/** @throws Error that says what the connection lacks */
export function targetOf(connection: ResolvedConnection): Target {
  const type = connection.connType.toLowerCase();
  const { host, port, login, password, extra, schema } = connection;
  const user =
    login || password
      ? { login: login ?? '', password: password ?? '' }
      : undefined;
  if (type === 'aws') {
    const region = text(extra?.region_name) ?? 'us-east-1';
    const endpoint =
      text(extra?.endpoint_url) ??
      (host
        ? httpAddress(host, port, 'https')
        : `https://s3.${region}.amazonaws.com`);
    return { ...httpTarget(endpoint, 'endpoint_url'), user: undefined };
  }
  if (!host) {
    throw new Error('The connection has no host; add one');
  }
  if (HTTP_TYPES.has(type) || /^https?:\/\//i.test(host)) {
    const scheme = type === 'https' || schema === 'https' ? 'https' : 'http';
    return { ...httpTarget(httpAddress(host, port, scheme), 'host'), user };
  }
  const found = port ?? DEFAULT_PORTS[type];
  if (!found) {
    throw new Error(
      `The connection has no port, and type "${connection.connType}" has no usual one; add it`,
    );
  }
  return { host, port: found, user };
}

function httpAddress(
  host: string,
  port: number | undefined,
  scheme: string,
): string {
  const address = host.includes('://') ? host : `${scheme}://${host}`;
  if (port === undefined) return address;
  const url = new URL(address);
  url.port = String(port);
  return url.toString();
}

function httpTarget(address: string, field: string): Target {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw new Error(
      `The ${field} of the connection is no address; expected such as http://name:80`,
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new Error(
      `The ${field} of the connection begins with ${url.protocol}; expected http: or https:`,
    );
  }
  url.username = '';
  url.password = '';
  return {
    // An IPv6 address stands in brackets in a URL only.
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
    url,
  };
}

function open(target: Target, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: target.host, port: target.port, signal });
    socket.once('connect', () => resolve(socket));
    // Stays: a reset after the connection must not end this process.
    socket.on('error', reject);
  });
}

/** `lookup` takes no signal: a name server may take longer than we wait. */
function bounded<T>(fn: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    fn()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', abort));
  });
}

function sentence(error: unknown): string {
  const { code, message, cause, hostname } = error as NodeJS.ErrnoException & {
    hostname?: string;
  };
  // "fetch failed" says nothing; its cause does.
  if (cause) return sentence(cause);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `The name ${hostname} is not known here (${code})`;
  }
  if (code === 'ECONNREFUSED') {
    return 'Nothing listens there (ECONNREFUSED); is the service started, and the port right?';
  }
  return message || String(code ?? error);
}

function hider(connection: ResolvedConnection): (text: string) => string {
  const secrets = [
    connection.password,
    ...passwordsOfUrl(String(connection.extra?.endpoint_url ?? '')),
  ].filter((secret): secret is string => Boolean(secret));
  return message =>
    secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), message);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
