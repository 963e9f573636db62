import {
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import type { UrlReaderService } from '@backstage/backend-plugin-api';
import type { DagFiles } from './DagFiles';

/** How much of a repository is taken. */
export interface RepositoryLimits {
  files: number;
  bytes: number;
}

const MIB = 1024 * 1024;
const TEMPORARY = '.maestro-new';

/**
 * A folder of a repository, copied to this machine from one commit after
 * another. The copy has one path for all commits, and of a new commit only what
 * is different is written: what did not change is not read again.
 */
export class RepositoryDagFiles implements DagFiles {
  private etag: string | undefined;

  constructor(
    private readonly options: {
      urlReader: UrlReaderService;
      /** As the host writes it. */
      url: string;
      /** Absolute; nobody else's. */
      folder: string;
      limits: RepositoryLimits;
      /** Who wants it, for messages. */
      who: string;
    },
  ) {}

  get folder(): string {
    return this.options.folder;
  }

  async commit(): Promise<string | undefined> {
    return this.etag;
  }

  placeOf(file: string): string {
    const url = new URL(this.options.url);
    // Azure DevOps names the folder in the query.
    const path = url.searchParams.get('path');
    if (path !== null) url.searchParams.set('path', `${path}/${file}`);
    else url.pathname = `${url.pathname.replace(/\/$/, '')}/${file}`;
    return url.toString();
  }

  async update(signal: AbortSignal): Promise<void> {
    const read = await this.fetch(signal);
    if (!read) return;
    // Half of one commit and half of another, until all of it is written.
    this.etag = undefined;
    await this.write(read.files);
    this.etag = read.etag;
  }

  /** @returns undefined when it is as it was */
  private async fetch(
    signal: AbortSignal,
  ): Promise<{ etag: string; files: Map<string, Buffer> } | undefined> {
    const { urlReader, url, limits, who } = this.options;
    let count = 0;
    let bytes = 0;
    const isWithin = () => count <= limits.files && bytes <= limits.bytes;
    try {
      const response = await urlReader.readTree(url, {
        etag: this.etag,
        signal,
        filter: (path, info) => {
          if (!isWanted(path)) return false;
          count += 1;
          bytes += info?.size ?? 0;
          // What is too much is not kept in memory either.
          return isWithin();
        },
      });
      const files = new Map<string, Buffer>();
      let size = 0;
      for (const file of await response.files()) {
        const path = pathBelow(file.path);
        // Not every reader filters.
        if (path === undefined || !isWanted(path)) continue;
        // An empty file comes as an empty list.
        const content = Buffer.from(await file.content());
        size += content.length;
        files.set(path, content);
        count = Math.max(count, files.size);
        bytes = Math.max(bytes, size);
        if (!isWithin()) break;
      }
      if (!isWithin()) {
        throw new Error(
          `it has more than ${limits.files} files or ${
            limits.bytes / MIB
          } MiB; point the annotation of ${who} at a folder with DAG files alone, or raise maestro.airflow.catalog.limits`,
        );
      }
      return { etag: response.etag, files };
    } catch (error) {
      const { name, message } = error as Error;
      if (name === 'NotModifiedError') return undefined;
      throw new Error(
        `${url} cannot be read: ${message}${adviceFor(name, who)}`,
      );
    }
  }

  private async write(files: ReadonlyMap<string, Buffer>): Promise<void> {
    const { folder } = this;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // First what is gone: a folder may be where a file was.
    await prune(folder, '', files);
    const temporary = join(folder, TEMPORARY);
    for (const [path, content] of files) {
      const full = join(folder, path);
      const before = await readFile(full).catch(() => undefined);
      if (before?.equals(content)) continue;
      await mkdir(dirname(full), { recursive: true, mode: 0o700 });
      await writeFile(temporary, content, { mode: 0o600 });
      await rename(temporary, full);
    }
  }
}

/** Removes what is not among the files, and folders that have none of them. */
async function prune(
  folder: string,
  below: string,
  files: ReadonlyMap<string, Buffer>,
): Promise<void> {
  const folders = foldersOf(files);
  const look = async (path: string): Promise<void> => {
    for (const entry of await readdir(join(folder, path), {
      withFileTypes: true,
    })) {
      const own = path ? `${path}/${entry.name}` : entry.name;
      if (entry.isDirectory() && folders.has(own)) await look(own);
      else if (!entry.isFile() || !files.has(own)) {
        await rm(join(folder, own), { recursive: true, force: true });
      }
    }
  };
  await look(below);
}

function foldersOf(files: ReadonlyMap<string, Buffer>): Set<string> {
  const folders = new Set<string>();
  for (const path of files.keys()) {
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
      folders.add(path.slice(0, at));
    }
  }
  return folders;
}

/** Below the folder and nowhere else; undefined for a path that is not. */
function pathBelow(path: string): string | undefined {
  const plain = normalize(path.replace(/^\.\//, ''));
  const isBelow =
    plain !== '.' &&
    plain !== '' &&
    !plain.startsWith('/') &&
    !/[\0\\]/.test(plain) &&
    !plain.split('/').includes('..');
  return isBelow ? plain : undefined;
}

/** Hidden files are of tools, but for what says what is no DAG file. */
function isWanted(path: string): boolean {
  return path
    .split('/')
    .every(
      part =>
        part === '.airflowignore' ||
        (!part.startsWith('.') &&
          part !== '__pycache__' &&
          part !== 'node_modules' &&
          !part.endsWith('.pyc')),
    );
}

function adviceFor(errorName: string, who: string): string {
  switch (errorName) {
    case 'NotFoundError':
      return `; name a folder that is there in the annotation of ${who}, and see that the token of this host in "integrations" may read it`;
    case 'NotAllowedError':
      return '; add its host to "integrations", or to backend.reading.allow';
    case 'AuthenticationError':
      return '; give this host in "integrations" a token that may read it';
    default:
      return '; it is tried again';
  }
}
