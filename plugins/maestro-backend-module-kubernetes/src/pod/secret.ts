import type { V1EnvVar, V1Secret } from '@kubernetes/client-node';
import { ExecutorError } from '@maestro/plugin-maestro-node';
import { attemptObjectName, LABEL } from './names';

/** Linux accepts no longer `NAME=value`, its end mark counted. */
const MAX_VARIABLE_BYTES = 128 * 1024 - 1;

/** Of 1 MiB; the rest of the object wants some too. */
const MAX_ENVIRONMENT_BYTES = 1_000_000;

const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The Secret with the whole environment of an attempt: nothing of it is in the
 * pod, which more people may read.
 *
 * @throws ExecutorError (`config`) for what no container could be started with
 */
export function buildSecret(options: {
  attemptId: string;
  env: Record<string, string>;
  namespace: string;
  instance: string;
}): V1Secret {
  const { attemptId, env, namespace, instance } = options;
  const data: Record<string, string> = {};
  let bytes = 0;
  let odd = 0;
  const put = (name: string, value: string) => {
    data[name] = Buffer.from(value).toString('base64');
  };
  for (const [name, value] of Object.entries(env)) {
    const size = Buffer.byteLength(`${name}=${value}`);
    bytes += size;
    if (size > MAX_VARIABLE_BYTES) {
      throw new ExecutorError(
        'config',
        `Environment variable ${name} has ${size} bytes, a container takes ${MAX_VARIABLE_BYTES}; hand on where the data stands (a file, a table, an object) instead of the data`,
      );
    }
    if (value.includes('\0') || name === '' || /[=\0]/.test(name)) {
      throw new ExecutorError(
        'config',
        `Environment variable ${JSON.stringify(
          name,
        )} cannot be: a name has no "=" and neither name nor value a NUL`,
      );
    }
    if (SHELL_NAME.test(name)) {
      put(name, value);
    } else {
      put(`MAESTRO_ENV_${odd}_NAME`, name);
      put(`MAESTRO_ENV_${odd}_VALUE`, value);
      odd += 1;
    }
  }
  if (bytes > MAX_ENVIRONMENT_BYTES) {
    throw new ExecutorError(
      'config',
      `The environment has ${bytes} bytes, a pod takes ${MAX_ENVIRONMENT_BYTES}: name fewer connections and variables`,
    );
  }
  if (odd > 0) put('MAESTRO_ENV_COUNT', String(odd));
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'Opaque',
    immutable: true,
    metadata: {
      name: attemptObjectName(attemptId),
      namespace,
      labels: {
        [LABEL.instance]: instance,
        [LABEL.attempt]: attemptId,
        [LABEL.managedBy]: 'maestro',
      },
    },
    data,
  };
}

/** Environment that the pod's layout gives; wins over the attempt's own. */
export function layoutEnvironment(env: Record<string, string>): V1EnvVar[] {
  const layout: Record<string, string> = {
    MAESTRO_SOURCE: '/maestro/source',
    MAESTRO_OUTPUT: '/maestro/output.json',
    TMPDIR: '/maestro/tmp',
  };
  for (const [name, value] of [
    ['HOME', '/maestro/home'],
    // A line shall be in the log when it is printed, not 8 KiB later.
    ['PYTHONUNBUFFERED', '1'],
    // Bytecode would be written beside the pinned sources, which fails.
    ['PYTHONDONTWRITEBYTECODE', '1'],
  ]) {
    if (env[name] === undefined) layout[name] = value;
  }
  return Object.entries(layout).map(([name, value]) => ({ name, value }));
}
