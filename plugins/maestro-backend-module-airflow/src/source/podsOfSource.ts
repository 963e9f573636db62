import { type Config, ConfigReader } from '@backstage/config';
import { InputError } from '@backstage/errors';
import type { JsonObject } from '@backstage/types';
import {
  kubernetesProblem,
  type PodSettings,
  readPodSettings,
} from '@maestro/plugin-maestro-common';
import type { AirflowPods } from '../compile/inPod';
import { overlay } from '../compile/podOverride';

/** Fields of a source that are about pods alone. */
export const OF_PODS = [
  'image',
  'imagePullPolicy',
  'resources',
  'kubernetes',
  'pythonInImage',
  'dagsInImage',
  'queues',
];
const OF_QUEUE = ['image', 'imagePullPolicy', 'resources', 'kubernetes'];

/**
 * As which pods the Python tasks of a source run; undefined where they are
 * processes of this machine.
 *
 * @param source - one of `maestro.airflow.sources`, or of the rules for entities
 * @param where - how it is named in errors
 * @throws InputError, also for settings of pods where there are none
 */
export function podsOfSource(
  config: Config,
  source: Config,
  where: string,
): AirflowPods | undefined {
  const executor = source.getOptionalString('executor') ?? 'airflow';
  if (executor === 'airflow') {
    const field = OF_PODS.find(name => source.has(name));
    if (field === undefined) return undefined;
    throw new InputError(
      `${field} of ${where} has no effect, because its tasks are processes of this machine: add executor: kubernetes`,
    );
  }
  if (executor !== 'kubernetes') {
    throw new InputError(
      `executor of ${where} is "${executor}"; it can be "airflow" and "kubernetes"`,
    );
  }
  const pods = config.getOptionalConfig('maestro.executors.kubernetes');
  if (!pods || pods.getOptionalBoolean('enabled') === false) {
    throw new InputError(
      `${where} has executor: kubernetes, and there is none: set maestro.executors.kubernetes`,
    );
  }
  const settings = readSettings(source, where);
  // That of other tasks hardly has Airflow in it.
  if (settings.image === undefined) {
    throw new InputError(
      `${where} has executor: kubernetes and names no image: one that has Airflow and what its DAGs import`,
    );
  }
  const dagsInImage = source.getOptionalString('dagsInImage');
  if (dagsInImage !== undefined && !dagsInImage.startsWith('/')) {
    throw new InputError(
      `dagsInImage of ${where} is "${dagsInImage}"; it must be an absolute path, such as /opt/airflow/dags`,
    );
  }
  return {
    pod: {
      python: source.getOptionalString('pythonInImage') ?? 'python',
      ...(dagsInImage === undefined ? {} : { dagsInImage }),
    },
    settings,
    queues: readQueues(source, settings, where),
  };
}

function readQueues(
  source: Config,
  settings: PodSettings,
  where: string,
): ReadonlyMap<string, PodSettings> {
  // Names of queues are any text, which keys of a configuration are not.
  const queues = source.getOptional<Record<string, JsonObject>>('queues');
  return new Map(
    Object.entries(queues ?? {}).map(([name, written]) => {
      const place = `queues.${name} of ${where}`;
      const queue = new ConfigReader(written);
      const unknown = queue.keys().find(key => !OF_QUEUE.includes(key));
      if (unknown !== undefined) {
        throw new InputError(
          `${place} has "${unknown}"; it can have ${OF_QUEUE.join(', ')}`,
        );
      }
      const own = readSettings(queue, place);
      const whole = overlay(settings, own);
      const problem = kubernetesProblem(whole.kubernetes ?? {});
      if (problem) throw new InputError(`${place}: ${problem.message}`);
      return [name, own];
    }),
  );
}

function readSettings(config: Config, where: string): PodSettings {
  const pullPolicy = config.getOptionalString('imagePullPolicy');
  const kubernetes = config.getOptional<object>('kubernetes');
  const read = readPodSettings(
    Object.fromEntries(
      Object.entries({
        image: config.getOptional('image'),
        resources: config.getOptional('resources'),
        kubernetes:
          pullPolicy === undefined ? kubernetes : { ...kubernetes, pullPolicy },
      }).filter(([, value]) => value !== undefined),
    ),
  );
  if ('problem' in read) throw new InputError(`${where}: ${read.problem}`);
  return read.settings;
}
