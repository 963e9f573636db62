import { createHash } from 'node:crypto';
import type {
  CacheDefinition,
  TaskDefinition,
} from '@maestro/plugin-maestro-common';
import { canonicalJson } from '../pipelines/versionHash';
import type { VersionFileRow } from '../database/tables';
import type { PreparedAttempt } from './prepareAttempt';

/** Raised when keys are made another way: older results are not found then. */
const KEY_FORMAT = 1;

/**
 * Names in the environment that are new in each run or attempt and say nothing
 * about what a task computes. Whatever else is in it counts, so that a name
 * that comes later makes a miss and not a wrong hit.
 */
const VOLATILE = new Set([
  'MAESTRO_PIPELINE',
  'MAESTRO_RUN_ID',
  'MAESTRO_RUN_KEY',
  'MAESTRO_TASK_ID',
  'MAESTRO_MAP_INDEX',
  'MAESTRO_TRY_NUMBER',
  'MAESTRO_ATTEMPT_ID',
  'MAESTRO_TRIGGER',
  'MAESTRO_RUN_AFTER',
  // When a run was started by hand: what a task computes for an interval has
  // the interval, which counts.
  'MAESTRO_LOGICAL_DATE',
  'MAESTRO_TASK_API_URL',
  'MAESTRO_TASK_TOKEN',
]);

/** A source file by its content. */
export type KeyFile = Pick<VersionFileRow, 'path' | 'blob_hash'>;

/** A key, or why there is none. */
export type StepKey = { key: string } | { problem: string };

/**
 * The key of a task's result: a hash over what it is made from, without any
 * secret. Texts come from the record of the attempt, in which secrets are
 * masked; that one changed shows in the revision of its connection or variable.
 *
 * Without `cache.key` all that the task is given counts: rendered command and
 * environment (with params and data interval), variables, revisions of
 * connections, image, what is mounted into its pod, sources. With it, the rendered key counts instead of
 * what the run brings, beside command and environment as they are written.
 */
export function stepKey(options: {
  cache: CacheDefinition;
  task: Pick<TaskDefinition, 'command' | 'env' | 'image' | 'kubernetes'>;
  prepared: Pick<PreparedAttempt, 'record' | 'cacheText' | 'usesHidden'>;
  files: readonly KeyFile[];
}): StepKey {
  const { cache, task, prepared } = options;
  if (prepared.usesHidden) {
    return {
      problem:
        'it is given an output that holds a secret, which no key may hold',
    };
  }
  const files = chosenFiles(cache.sources, options.files);
  if ('problem' in files) return files;
  const { command, env, inputs } = prepared.record;
  const run =
    cache.key === undefined
      ? { command: JSON.parse(command), env: lasting(JSON.parse(env)) }
      : {
          key: prepared.cacheText,
          command: task.command,
          env: task.env,
          // Of a mapped task: two items are never one.
          item: JSON.parse(env).MAESTRO_MAP_ITEM,
        };
  return {
    key: createHash('sha256')
      .update(
        canonicalJson({
          format: KEY_FORMAT,
          version: cache.version,
          image: task.image,
          pod: podInputs(task.kubernetes),
          inputs: JSON.parse(inputs),
          files: files.list,
          run,
        }),
      )
      .digest('hex'),
  };
}

/** What a pod is given that its command may read; absent without any. */
function podInputs(
  settings: TaskDefinition['kubernetes'],
): Partial<TaskDefinition['kubernetes']> {
  if (!settings) return undefined;
  const { volumes, initContainers, sidecars, serviceAccount, podSpec } =
    settings;
  const inputs = {
    volumes,
    initContainers,
    sidecars,
    serviceAccount,
    podSpec,
  };
  return Object.values(inputs).some(value => value !== undefined)
    ? inputs
    : undefined;
}

function lasting(env: Record<string, string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(env)
      .filter(([name]) => !VOLATILE.has(name))
      // The order in which params were given means nothing.
      .map(([name, value]) => [
        name,
        name === 'MAESTRO_PARAMS' ? JSON.parse(value) : value,
      ]),
  );
}

function chosenFiles(
  sources: readonly string[] | undefined,
  files: readonly KeyFile[],
): { list: string[][] } | { problem: string } {
  const missing = sources?.find(
    source => !files.some(({ path }) => isBelow(path, source)),
  );
  if (missing !== undefined) {
    // A mistyped name must not make everything look equal.
    return {
      problem: `cache.sources names "${missing}", and the version has no such file`,
    };
  }
  return {
    list: files
      .filter(
        ({ path }) => !sources || sources.some(source => isBelow(path, source)),
      )
      .map(({ path, blob_hash: hash }) => [path, hash])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

function isBelow(path: string, source: string): boolean {
  const folder = source.replace(/\/$/, '');
  return path === folder || path.startsWith(`${folder}/`);
}
