import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  validatePipelineText,
  type PipelineProblem,
} from '@maestro/plugin-maestro-common';

/** What a file holds. */
export interface FileValidation {
  /** As it was given; for a folder, its `catalog-info.yaml`. */
  file: string;
  ok: boolean;
  /** Names of the good pipelines in it. */
  pipelines: string[];
  problems: PipelineProblem[];
  warnings: PipelineProblem[];
}

/**
 * The one validator on files. A file that cannot be read is a problem of that
 * file; the others are looked at all the same.
 */
export async function validateFiles(
  files: readonly string[],
  cwd: string,
): Promise<FileValidation[]> {
  const results: FileValidation[] = [];
  for (const file of files) {
    let found: string[];
    try {
      found = await filesOf(file, cwd);
    } catch (error) {
      results.push(unreadable(file, error));
      continue;
    }
    for (const one of found) {
      results.push(await validateFile(one, cwd));
    }
  }
  return results;
}

const ENTITY_FILE = 'catalog-info.yaml';

/**
 * A file or folder itself, or, where the entity file of a folder is missing or
 * of something else, those of the pipelines in the folders directly below.
 *
 * @throws what the file system says of a folder that cannot be listed
 */
async function filesOf(given: string, cwd: string): Promise<string[]> {
  const dir = resolve(cwd, given);
  if (await mayHoldPipeline(join(dir, ENTITY_FILE))) return [given];
  const entries =
    (await unlessMissing(readdir(dir, { withFileTypes: true }))) ?? [];
  const below: string[] = [];
  for (const entry of entries) {
    // As the portal: hidden folders are no pipelines.
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
    const file = join(given, entry.name, ENTITY_FILE);
    if (await mayHoldPipeline(resolve(cwd, file))) below.push(file);
  }
  // What is no folder, or not there, is told when it is read.
  return below.length > 0 ? below.sort() : [given];
}

/**
 * Whether there is a pipeline, valid or not: a file of other things is none.
 * One that cannot be read may be one, and is told of when it is validated.
 */
async function mayHoldPipeline(file: string): Promise<boolean> {
  try {
    const text = await unlessMissing(readFile(file, 'utf8'));
    return text !== undefined && /^kind:\s*["']?Pipeline\b/m.test(text);
  } catch {
    return true;
  }
}

/** Undefined where nothing is there; whatever else fails, fails. */
async function unlessMissing<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function unreadable(file: string, error: unknown): FileValidation {
  const { code, message } = error as NodeJS.ErrnoException;
  const problem = {
    file,
    path: '',
    message: code === 'ENOENT' ? 'There is no such file' : message,
  };
  return { file, ok: false, pipelines: [], problems: [problem], warnings: [] };
}

async function validateFile(
  given: string,
  cwd: string,
): Promise<FileValidation> {
  let file = given;
  let text: string;
  try {
    if ((await stat(resolve(cwd, file))).isDirectory()) {
      file = join(file, ENTITY_FILE);
    }
    text = await readFile(resolve(cwd, file), 'utf8');
  } catch (error) {
    return unreadable(file, error);
  }
  const { ok, definitions, problems, warnings } = validatePipelineText(text, {
    file,
  });
  return {
    file,
    ok,
    pipelines: definitions.map(({ name }) => name),
    problems,
    warnings,
  };
}
