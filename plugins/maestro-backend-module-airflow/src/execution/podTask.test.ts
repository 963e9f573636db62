import { createHash } from 'node:crypto';
import { MAX_POD_SOURCE_BYTES } from '@maestro/plugin-maestro-common';
import type { LaunchRequest, SourceFile } from '@maestro/plugin-maestro-node';
import { podTask } from './podTask';

const file = (path: string, size = 1): SourceFile => ({
  path,
  content: Buffer.alloc(size, 'x'),
});
const request = (files: SourceFile[], more: object = {}): LaunchRequest => ({
  attemptId: 'a',
  command: [],
  env: {
    MAESTRO_AIRFLOW_DAG_ID: 'flights',
    MAESTRO_AIRFLOW_FILE: 'sub/flights.py',
    MAESTRO_AIRFLOW_SOURCE: 'ml',
    MAESTRO_TASK_TOKEN: 't',
  },
  image: 'ml:1',
  sources: { versionHash: 'v', files },
  labels: { pipeline: 'flights', runId: 'r', taskId: 'x', mapIndex: -1 },
  logLimitBytes: 1,
  ...more,
});

const SCRIPTS = [
  '.maestro-airflow/pod_task.py',
  '.maestro-airflow/maestro_airflow/__init__.py',
  '.maestro-airflow/maestro_airflow/airflow2.py',
  '.maestro-airflow/maestro_airflow/attempt.py',
  '.maestro-airflow/maestro_airflow/dag_callback.py',
  '.maestro-airflow/maestro_airflow/deferral.py',
  '.maestro-airflow/maestro_airflow/from_trigger.py',
  '.maestro-airflow/maestro_airflow/refusals.py',
  '.maestro-airflow/maestro_airflow/workload.py',
];
const paths = ({ sources }: LaunchRequest) =>
  sources.files.map(({ path }) => path);

it('is the interpreter of the image with a script that comes beside the sources', async () => {
  const asked = request([file('sub/flights.py'), file('lib.py')]);
  const launched = await podTask(asked, {
    python: '/opt/python',
    airflowVersion: '3.3.2',
  });
  expect(launched).toMatchObject({
    ...asked,
    command: [
      ...['/bin/sh', '-c', expect.stringMatching(/exec "\$@"$/), 'maestro'],
      ...['/opt/python', '.maestro-airflow/pod_task.py'],
    ],
    env: {
      ...asked.env,
      AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS: '1000000',
      MAESTRO_AIRFLOW_VERSION: '3.3.2',
    },
    sources: expect.anything(),
  });
  expect(launched.env.MAESTRO_AIRFLOW_DAGS).toBeUndefined();
  expect(paths(launched)).toEqual(['sub/flights.py', 'lib.py', ...SCRIPTS]);
});

it('lets the task say otherwise than what is usual', async () => {
  const asked = request([]);
  asked.env.AIRFLOW__WORKERS__EXECUTION_API_RETRIES = '3';
  const { env } = await podTask(asked, { python: 'python' });
  expect(env.AIRFLOW__WORKERS__EXECUTION_API_RETRIES).toBe('3');
});

it('leaves the sources to the image, and says what the version has', async () => {
  const dagsInImage = '/opt/airflow/dags';
  const huge = file('data.csv', 50 * 1024 * 1024);
  const launched = await podTask(request([file('sub/flights.py'), huge]), {
    python: 'python',
    dagsInImage,
  });
  expect(paths(launched)).toEqual(SCRIPTS);
  expect(launched.env).toMatchObject({
    MAESTRO_AIRFLOW_DAGS: dagsInImage,
    MAESTRO_AIRFLOW_FILE_SHA256: createHash('sha256').update('x').digest('hex'),
  });
});

it('has sources of its own name: an executor keeps them by it', async () => {
  const hashOf = async (versionHash: string, dagsInImage?: string) => {
    const asked = request([file('sub/flights.py')]);
    asked.sources.versionHash = versionHash;
    const { sources } = await podTask(asked, { python: 'p', dagsInImage });
    return sources.versionHash;
  };
  const first = await hashOf('v');
  expect(await hashOf('v')).toBe(first);
  expect(first).not.toBe('v');
  expect(await hashOf('w')).not.toBe(first);
  expect(await hashOf('v', '/dags')).not.toBe(first);
});

it('refuses more than a pod gets, with what to do', async () => {
  const asked = request([file('a', MAX_POD_SOURCE_BYTES)]);
  await expect(podTask(asked, { python: 'python' })).rejects.toMatchObject({
    name: 'ExecutorError',
    failure: 'config',
    message: expect.stringMatching(
      /files of DAG "flights" have, .* \d+ bytes, .*dagsInImage .*\(its own is "ml"\)/,
    ),
  });
});
