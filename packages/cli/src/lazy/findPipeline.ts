import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readLocalFolder } from '@maestro/plugin-maestro-backend';
import {
  validatePipelineText,
  type PipelineDefinition,
} from '@maestro/plugin-maestro-common';
import type { SourceFile } from '@maestro/plugin-maestro-node';
import { checkoutRoot, findDataDir, type Surroundings } from '../installation';
import { CommandError, EXIT } from '../outcome';

/** A pipeline with its sources, read from a folder at one moment. */
export interface FoundPipeline {
  file: string;
  definition: PipelineDefinition;
  files: SourceFile[];
}

const ENTITY_FILE = 'catalog-info.yaml';

/**
 * Reads a pipeline by file, folder or name.
 *
 * @throws CommandError (3) when there is none, (1) when it is invalid
 */
export async function findPipeline(
  wanted: string,
  around: Surroundings,
): Promise<FoundPipeline> {
  const path = resolve(around.cwd, wanted);
  let file: string | undefined;
  let name: string | undefined;
  if (existsSync(path)) {
    file = statSync(path).isDirectory() ? join(path, ENTITY_FILE) : path;
    if (!existsSync(file)) {
      throw new CommandError(
        EXIT.notFound,
        `${wanted} is a folder without a ${ENTITY_FILE}`,
      );
    }
  } else {
    file = findByName(wanted, around);
    name = wanted;
  }
  return readPipeline(file, name);
}

function findByName(name: string, around: Surroundings): string {
  const looked: string[] = [];
  for (const folder of pipelineFolders(around)) {
    looked.push(folder);
    const folders = readdirSync(folder, { withFileTypes: true })
      .filter(entry => entry.isDirectory())
      .map(entry => entry.name)
      // The folder usually has the name: read it first.
      .sort((a, b) => Number(b === name) - Number(a === name));
    for (const one of folders) {
      const file = join(folder, one, ENTITY_FILE);
      if (!existsSync(file)) continue;
      const text = readFileSync(file, 'utf8');
      // An invalid file is still the one that is meant.
      if (one === name && !hasPipeline(text)) return file;
      if (hasPipeline(text, name)) return file;
    }
  }
  throw new CommandError(
    EXIT.notFound,
    looked.length > 0
      ? `No pipeline "${name}" in ${looked.join(' or ')}`
      : `There is no file "${name}", and no folder "pipelines" to look for a pipeline of that name`,
  );
}

/**
 * `pipelines` here or in a folder above, then that of the checkout, then that
 * of the data directory, where the template puts new ones.
 */
function pipelineFolders(around: Surroundings): string[] {
  const { cwd, commandDir } = around;
  const found = new Set<string>();
  for (let dir = cwd; ; dir = dirname(dir)) {
    found.add(join(dir, 'pipelines'));
    if (dir === dirname(dir)) break;
  }
  const root = checkoutRoot(commandDir);
  if (root) found.add(join(root, 'pipelines'));
  const dataDir = findDataDir(around);
  if (dataDir) found.add(join(dataDir, 'pipelines'));
  return [...found].filter(
    dir => existsSync(dir) && statSync(dir).isDirectory(),
  );
}

function hasPipeline(text: string, name?: string): boolean {
  return validatePipelineText(text).definitions.some(
    definition => name === undefined || definition.name === name,
  );
}

async function readPipeline(
  file: string,
  name: string | undefined,
): Promise<FoundPipeline> {
  const tree = await readLocalFolder(file, undefined);
  if (!tree) {
    throw new CommandError(
      EXIT.failed,
      `${dirname(file)} changes right now; try again`,
    );
  }
  const text = tree.files
    .find(({ path }) => path === tree.entityFile)!
    .content.toString('utf8');
  const checked = validatePipelineText(text, { file });
  const definitions = checked.definitions.filter(
    definition => name === undefined || definition.name === name,
  );
  if (definitions.length === 0 || (!checked.ok && name === undefined)) {
    throw new CommandError(
      EXIT.failed,
      'The pipeline is not valid',
      checked.problems,
    );
  }
  if (definitions.length > 1) {
    throw new CommandError(
      EXIT.usage,
      `${file} holds ${definitions
        .map(one => one.name)
        .join(', ')}; name the one that is meant`,
    );
  }
  return { file, definition: definitions[0], files: tree.files };
}
