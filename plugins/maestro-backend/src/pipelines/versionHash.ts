import { createHash } from 'node:crypto';
import type { PipelineDefinition } from '@maestro/plugin-maestro-common';
import type { TreeFile } from './sourceTree';

/** SHA-256 of a content, hex. */
export function contentHash(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * Identity of a version: SHA-256 over the canonical definition and the tree.
 * The order of keys and files has no influence; a comment in the YAML file
 * has, because the file is one of the sources.
 */
export function versionHash(
  definition: PipelineDefinition,
  files: readonly TreeFile[],
): string {
  const hash = createHash('sha256');
  hash.update(canonicalJson(definition));
  for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    hash.update(
      `\0${file.path}\0${file.executable ? 'x' : '-'}${contentHash(
        file.content,
      )}`,
    );
  }
  return hash.digest('hex');
}

/** JSON with the keys of every object in order, absent values left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(
          Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : part,
  );
}
