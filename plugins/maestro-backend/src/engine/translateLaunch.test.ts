import type { LaunchRequest } from '@maestro/plugin-maestro-node';
import { translateLaunch } from './translateLaunch';
import type { EngineContext } from './types';

const request = {
  attemptId: 'a',
  command: [],
  env: { MAESTRO_TASK_ID: 't' },
  sources: { versionHash: 'v', files: [] },
} as unknown as LaunchRequest;
const airflowPod = { python: 'python', dagsInImage: '/opt/airflow/dags' };

function contextWith(airflow?: object) {
  return {
    executors: new Map(airflow ? [['airflow', airflow]] : []),
  } as unknown as EngineContext;
}

it('asks the executor "airflow" what is launched, and who launches it stays', async () => {
  const asked: unknown[] = [];
  const ctx = contextWith({
    translate: async (...what: unknown[]) => {
      asked.push(what);
      return { ...request, command: ['python', 'x'] };
    },
    launch: () => {
      throw new Error('it is not the launcher');
    },
  });
  expect(await translateLaunch(ctx, request, { airflowPod })).toEqual({
    ...request,
    command: ['python', 'x'],
  });
  expect(asked).toEqual([[request, airflowPod]]);
});

it('leaves alone what is no task of Airflow in a pod', async () => {
  expect(await translateLaunch(contextWith(), request, {})).toBe(request);
});

it.each([
  ['it', undefined],
  ['one that can', {}],
])('fails without %s', async (_, executor) => {
  await expect(
    translateLaunch(contextWith(executor), request, { airflowPod }),
  ).rejects.toMatchObject({
    name: 'ExecutorError',
    failure: 'config',
    message: expect.stringMatching(/no executor "airflow" that says how/),
  });
});
