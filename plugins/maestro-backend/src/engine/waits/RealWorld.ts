import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { InputError } from '@backstage/errors';
import type { ResponseFacts } from '@maestro/plugin-maestro-common';
import { exportsOf } from '@maestro/plugin-maestro-node';
import type {
  ObjectFacts,
  OutsideRequest,
  OutsideWorld,
  S3ObjectRequest,
} from './OutsideWorld';

/** Bounds of one request. */
const TIMEOUT_MS = 10_000;
const MAX_BODY_BYTES = 1024 * 1024;
const MAX_REDIRECTS = 5;

type HeadObject = typeof import('./headObject').headObject;

/** What requests may reach. */
export interface OutsideSettings {
  /**
   * Patterns of hosts, such as `*.example.org` or `10.0.0.5:8080`; absent
   * means every host.
   */
  allow?: readonly string[];
}

/** HTTP, S3 and the files of this machine. */
export class RealWorld implements OutsideWorld {
  private readonly allowed: RegExp[] | undefined;

  constructor(
    settings: OutsideSettings = {},
    /** The client of S3, loaded only where it is used. */
    private readonly loadS3: () => Promise<HeadObject> = async () =>
      exportsOf(await import('./headObject')).headObject,
  ) {
    this.allowed = settings.allow?.map(patternOf);
  }

  async request(
    request: OutsideRequest,
    stop: AbortSignal,
  ): Promise<ResponseFacts> {
    const late = AbortSignal.timeout(TIMEOUT_MS);
    const signal = AbortSignal.any([late, stop]);
    try {
      return await this.follow(request, signal);
    } catch (error) {
      if (late.aborted) {
        throw new Error(`there was no answer within ${TIMEOUT_MS / 1000} s`);
      }
      throw error instanceof InputError ? error : new Error(sentence(error));
    }
  }

  async object(path: string): Promise<ObjectFacts | undefined> {
    let file = path;
    if (/^[a-z][a-z0-9+.-]*:/i.test(path)) {
      if (!/^file:/i.test(path)) {
        throw new InputError(
          `"${path.slice(
            0,
            100,
          )}" cannot be looked at without a connection; only files can, such as file:///data/x. For s3:// name the connection: wait.object.connection`,
        );
      }
      try {
        file = fileURLToPath(path);
      } catch (error) {
        throw new InputError(
          `"${path.slice(0, 100)}": ${(error as Error).message}`,
        );
      }
    }
    try {
      const { size, mtimeMs } = await inTime(stat(file));
      return { size, modifiedAt: Math.round(mtimeMs) };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw error;
    }
  }

  async s3Object(
    request: S3ObjectRequest,
    stop: AbortSignal,
  ): Promise<ObjectFacts | undefined> {
    const headObject = await this.loadS3();
    const late = AbortSignal.timeout(TIMEOUT_MS);
    try {
      return await headObject(request, {
        signal: AbortSignal.any([late, stop]),
        refuse: url => this.refuseForbidden(url),
      });
    } catch (error) {
      if (late.aborted) {
        throw new Error(
          `there was no answer of ${request.access.endpoint} within ${
            TIMEOUT_MS / 1000
          } s`,
        );
      }
      throw error;
    }
  }

  private async follow(
    request: OutsideRequest,
    signal: AbortSignal,
  ): Promise<ResponseFacts> {
    let { url, headers } = request;
    const { method, body } = request;
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      this.refuseForbidden(new URL(url));
      const response = await fetch(url, {
        method,
        headers,
        body,
        redirect: 'manual',
        signal,
      });
      const next = response.headers.get('location');
      const isRead = method === 'GET' || method === 'HEAD';
      const isMoved = [301, 302, 303, 307, 308].includes(response.status);
      if (!isMoved || next === null || !isRead) return await read(response);
      await response.body?.cancel();
      const target = new URL(next, url);
      // Whatever stands in them was meant for the first host only.
      if (target.origin !== new URL(url).origin) headers = {};
      url = target.toString();
    }
    throw new Error(`it was sent on more than ${MAX_REDIRECTS} times`);
  }

  private refuseForbidden({ protocol, hostname, host }: URL): void {
    if (protocol !== 'http:' && protocol !== 'https:') {
      throw new InputError(`"${protocol}" is neither http nor https`);
    }
    if (!this.allowed) return;
    if (this.allowed.some(p => p.test(hostname) || p.test(host))) return;
    throw new InputError(
      `Maestro may not ask ${host}; who runs it can add it to maestro.http.allow`,
    );
  }
}

/** A file system over a network can hang for ever. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new Error(`nothing was found out within ${TIMEOUT_MS / 1000} s`),
        ),
      TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function patternOf(pattern: string): RegExp {
  const text = pattern
    .split('*')
    .map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${text}$`, 'i');
}

async function read(response: Response): Promise<ResponseFacts> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      throw new Error(
        `the answer (HTTP ${response.status}) is longer than ${
          MAX_BODY_BYTES / 1024
        } KiB`,
      );
    }
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8').replaceAll('\0', '');
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: parsed(text),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON: then it is what it is.
    return text;
  }
}

function sentence(error: unknown): string {
  const { code, message, cause, hostname } = error as NodeJS.ErrnoException & {
    hostname?: string;
  };
  // "fetch failed" says nothing; its cause does.
  if (cause) return sentence(cause);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `the name ${hostname} is not known (${code})`;
  }
  if (code === 'ECONNREFUSED') return 'nothing listens there (ECONNREFUSED)';
  return message || String(code ?? error);
}
