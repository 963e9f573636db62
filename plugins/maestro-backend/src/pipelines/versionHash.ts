import { createHash } from 'node:crypto';
import type { PipelineDefinition } from '@maestro/plugin-maestro-common';

/** A source file by the hash of its content. */
export interface HashedFile {
  path: string;
  hash: string;
  executable: boolean;
}

/** SHA-256 of bytes, as hex. */
export function contentHash(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * What makes a version: the definition with its keys in order, and the files
 * by path. Order of keys and files, and when they were saved, mean nothing.
 */
export function versionHash(
  definition: PipelineDefinition,
  files: readonly HashedFile[],
): string {
  const sorted = [...files]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path, hash, executable }) => [path, hash, executable]);
  return contentHash(
    Buffer.from(canonicalJson({ definition, files: sorted }), 'utf8'),
  );
}

/** JSON with the keys of every object sorted; absent fields are left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : inner,
  );
}
