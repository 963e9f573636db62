import { createHash } from 'node:crypto';
import type { V1ConfigMap, V1KeyToPath } from '@kubernetes/client-node';
import { MAX_POD_SOURCE_BYTES } from '@maestro/plugin-maestro-common';
import {
  ExecutorError,
  type LaunchRequest,
  type SourceFile,
} from '@maestro/plugin-maestro-node';
import { LABEL } from './names';

/** The sources of a version as they come to a pod. */
export interface PodSources {
  /** Name of the ConfigMap, and value of the label that names it. */
  name: string;
  configMap: V1ConfigMap;
  /** Keys with the paths they stand for. */
  items: V1KeyToPath[];
}

/**
 * The immutable ConfigMap of a version's sources: keys `f0`…`fn`, because a key
 * may not hold a slash.
 *
 * @returns undefined where there are no files
 * @throws ExecutorError (`config`) for paths and sizes that cannot be
 */
export function buildSources(
  sources: LaunchRequest['sources'],
  place: { namespace: string; instance: string },
): PodSources | undefined {
  if (sources.files.length === 0) return undefined;
  checkSources(sources.files);
  const hash = createHash('sha256');
  hash.update(`${place.instance}\0${sources.versionHash}`);
  for (const { path, content, executable } of sources.files) {
    hash.update(`\0${path}\0${executable ? 1 : 0}\0${content.byteLength}\0`);
    hash.update(content);
  }
  const name = `maestro-sources-${hash.digest('hex').slice(0, 32)}`;
  const binaryData: Record<string, string> = {};
  sources.files.forEach(({ content }, i) => {
    binaryData[`f${i}`] = Buffer.from(content).toString('base64');
  });
  return {
    name,
    configMap: {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      immutable: true,
      metadata: {
        name,
        namespace: place.namespace,
        labels: {
          [LABEL.instance]: place.instance,
          [LABEL.managedBy]: 'maestro',
          [LABEL.sources]: name,
        },
      },
      binaryData,
    },
    items: sources.files.map(({ path, executable }, i) => ({
      key: `f${i}`,
      path,
      mode: executable ? 0o555 : 0o444,
    })),
  };
}

function checkSources(files: readonly SourceFile[]): void {
  let bytes = 0;
  const folders = new Set<string>();
  for (const { path, content } of files) {
    bytes += content.byteLength;
    const parts = path.split('/');
    if (
      path.includes('\0') ||
      // Kubernetes keeps its own entries `..data` beside the first part.
      parts[0].startsWith('..') ||
      parts.some(part => part === '' || part === '.' || part === '..')
    ) {
      throw new ExecutorError(
        'config',
        `Source path ${JSON.stringify(
          path,
        )} is not a relative path inside the pipeline's folder`,
      );
    }
    for (let i = 1; i < parts.length; i++) {
      folders.add(parts.slice(0, i).join('/'));
    }
  }
  const paths = new Set<string>();
  for (const { path } of files) {
    if (paths.has(path) || folders.has(path)) {
      throw new ExecutorError(
        'config',
        `Source file ${path} cannot be laid out beside the others: its name is taken`,
      );
    }
    paths.add(path);
  }
  if (bytes > MAX_POD_SOURCE_BYTES) {
    throw new ExecutorError(
      'config',
      `The pipeline's sources have ${bytes} bytes, a pod gets at most ${MAX_POD_SOURCE_BYTES}: put data and libraries into the image, and name with \`sources\` what the tasks need`,
    );
  }
}
