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
    for (const one of await filesOf(file, cwd)) {
      results.push(await validateFile(one, cwd));
    }
  }
  return results;
}

const ENTITY_FILE = 'catalog-info.yaml';

/**
 * A file itself; of a folder its entity file, or, where that is missing or of
 * something else, those of the pipelines in the folders directly below.
 */
async function filesOf(given: string, cwd: string): Promise<string[]> {
  const dir = resolve(cwd, given);
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const own = join(given, ENTITY_FILE);
  const below: string[] = [];
  for (const entry of entries) {
    // As the portal: hidden folders are no pipelines.
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
    const file = join(given, entry.name, ENTITY_FILE);
    if (await holdsPipeline(resolve(cwd, file))) below.push(file);
  }
  if (below.length === 0 || (await holdsPipeline(join(dir, ENTITY_FILE)))) {
    // What is no folder, or not there, is told when it is read.
    return [entries.length > 0 ? own : given];
  }
  return below.sort();
}

/** Whether there is one, valid or not: only that of other things is none. */
async function holdsPipeline(file: string): Promise<boolean> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text !== undefined && /^kind:\s*["']?Pipeline\b/m.test(text);
}

async function validateFile(
  given: string,
  cwd: string,
): Promise<FileValidation> {
  let file = given;
  let text: string;
  try {
    if ((await stat(resolve(cwd, file))).isDirectory()) {
      file = join(file, 'catalog-info.yaml');
    }
    text = await readFile(resolve(cwd, file), 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const problem = {
      file,
      path: '',
      message: code === 'ENOENT' ? 'There is no such file' : message,
    };
    return {
      file,
      ok: false,
      pipelines: [],
      problems: [problem],
      warnings: [],
    };
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
