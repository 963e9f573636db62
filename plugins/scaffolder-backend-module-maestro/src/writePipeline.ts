import { cp, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { ConflictError, InputError } from '@backstage/errors';
import {
  formatProblem,
  validatePipelineText,
} from '@maestro/plugin-maestro-common';

/** Names of folders, which are the names of the pipelines too. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/;

/** Where a pipeline is taken from and put to. */
export interface WriteOptions {
  /** The scaffolder's workspace. */
  workspace: string;
  /** Folder in the workspace that holds the rendered pipeline. */
  source: string;
  /** Folder with one folder a pipeline. */
  targetDir: string;
  name: string;
}

/**
 * Copies a rendered pipeline to where the catalog looks for pipelines, all or
 * nothing: what the one validator refuses, or what exists, is not written.
 *
 * @returns the folder that was made (or, in a dry run, would be)
 * @throws InputError, ConflictError
 */
export async function writePipeline(
  options: WriteOptions,
  { dryRun = false } = {},
): Promise<string> {
  const { name, targetDir, workspace } = options;
  if (!NAME.test(name)) {
    throw new InputError(
      `"${name}" is no name of a pipeline: letters, digits, "_", "-" and ".", at most 63 characters, beginning with a letter or digit`,
    );
  }
  const source = resolve(workspace, options.source);
  const inside = relative(workspace, source);
  if (inside.startsWith('..') || isAbsolute(inside)) {
    throw new InputError(
      `The folder "${options.source}" lies outside of the workspace`,
    );
  }
  await validateFolder(source, name);
  const target = join(targetDir, name);
  if (await exists(target)) throw taken(name, target);
  if (dryRun) return target;

  await mkdir(targetDir, { recursive: true, mode: 0o700 });
  // In a hidden folder of the same disk first: the catalog never sees a half.
  const temporary = join(targetDir, `.${name}.${randomUUID()}`);
  try {
    await cp(source, temporary, { recursive: true, verbatimSymlinks: true });
    await rename(temporary, target).catch(error => {
      throw ['ENOTEMPTY', 'EEXIST'].includes(error.code)
        ? taken(name, target)
        : error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return target;
}

async function validateFolder(source: string, name: string): Promise<void> {
  const file = join(source, 'catalog-info.yaml');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new InputError(
      `The template rendered no catalog-info.yaml in "${source}"`,
    );
  });
  const result = validatePipelineText(text, { file: 'catalog-info.yaml' });
  if (!result.ok) {
    throw new InputError(
      ['The rendered pipeline is invalid:']
        .concat(result.problems.map(problem => formatProblem(problem)))
        .join('\n'),
    );
  }
  if (!result.definitions.some(definition => definition.name === name)) {
    throw new InputError(
      `The rendered catalog-info.yaml describes "${result.definitions
        .map(definition => definition.name)
        .join(', ')}" and not "${name}"`,
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    error => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

function taken(name: string, target: string): ConflictError {
  return new ConflictError(
    `A pipeline "${name}" exists already in ${target}; choose another name`,
  );
}
