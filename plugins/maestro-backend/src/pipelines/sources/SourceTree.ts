import type { PipelineProblem } from '@maestro/plugin-maestro-common';

/** A file of a pipeline's folder. @public */
export interface TreeFile {
  /** Relative to the folder, POSIX. */
  path: string;
  content: Buffer;
  executable: boolean;
}

/** A folder as it was at one moment or commit. @public */
export interface SourceTree {
  /** By path. */
  files: TreeFile[];
  /** Name of the file with the entity, in `files`. */
  entityFile: string;
  /** Commit or etag of the read; undefined for a local folder. */
  ref?: string;
  /** Tells whether a later read would give the same. */
  signature: string;
}

/** The sources cannot be taken; people must change something. */
export class SourceProblem extends Error {
  readonly name = 'SourceProblem';

  constructor(readonly problem: PipelineProblem) {
    super(problem.message);
  }
}

/** Most files of a pipeline. */
export const MAX_FILES = 2_000;

const EXCLUDED = new Set(['__pycache__', 'node_modules']);

/** Whether a file or folder never belongs to the sources. */
export function isExcluded(name: string): boolean {
  return name.startsWith('.') || EXCLUDED.has(name) || name.endsWith('.pyc');
}

/** @throws SourceProblem that names the largest files */
export function checkSize(
  file: string,
  files: readonly { path: string; size: number }[],
  limit: number,
): void {
  if (files.length > MAX_FILES) {
    throw new SourceProblem({
      path: '',
      message: `The folder has more than ${MAX_FILES} files`,
      expected: 'a folder of its own for the pipeline, without data',
      file,
    });
  }
  const total = files.reduce((sum, { size }) => sum + size, 0);
  if (total <= limit) return;
  const largest = [...files]
    .sort((a, b) => b.size - a.size)
    .slice(0, 3)
    .map(({ path, size }) => `${path} ${kib(size)}`);
  throw new SourceProblem({
    path: '',
    message: `The folder has ${kib(total)}, of which ${largest.join(', ')}`,
    expected: `at most ${kib(
      limit,
    )}; larger things belong into an image or an object store`,
    file,
  });
}

function kib(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KiB`;
}
