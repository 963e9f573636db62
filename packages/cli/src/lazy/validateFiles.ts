import { readFile, stat } from 'node:fs/promises';
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
  for (const file of files) results.push(await validateFile(file, cwd));
  return results;
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
