import { definitionNeeds } from '@maestro/plugin-maestro-common';
import { compileDag } from './compileDag';
import { compiled, described, task } from './__testUtils__/describedDag';

it.each<[object, Array<[number, string, string, string]>]>([
  [{}, []],
  [
    { has_on_failure_callback: true },
    [[2, 'dag:on_failure_callback', 'failed', 'DAG callback: failure']],
  ],
  [
    { has_on_success_callback: true },
    [[2, 'dag:on_success_callback', 'success', 'DAG callback: success']],
  ],
  [
    { has_on_success_callback: true, has_on_failure_callback: true },
    [
      [2, 'dag:on_success_callback', 'success', 'DAG callback: success'],
      [3, 'dag:on_failure_callback', 'failed', 'DAG callback: failure'],
    ],
  ],
])('stand behind all tasks: %j', (dag, expected) => {
  const { tasks } = compiled(dag, [task('a'), task('on_failure_callback')]);
  expect(
    tasks
      .slice(2)
      .map(({ no, id, callback, title }) => [no, id, callback, title]),
  ).toEqual(expected);
});

it('are tried once, for a bounded time, and are nothing that others wait for', () => {
  const [, callback] = compiled({ has_on_failure_callback: true }).tasks;
  expect(callback).toEqual({
    no: 1,
    id: 'dag:on_failure_callback',
    title: 'DAG callback: failure',
    kind: 'run',
    upstream: [],
    downstream: [],
    triggerRule: 'all_success',
    finally: true,
    callback: 'failed',
    retries: 0,
    retryDelayMs: 0,
    retryBackoff: 'fixed',
    maxRetryDelayMs: 0,
    timeoutMs: 120_000,
    queuedTimeoutMs: 600_000,
    priority: 1_000_000,
    executor: 'airflow',
    airflowPath: { path: 'python', reason: 'it is a callback of the DAG' },
    connections: [],
    variables: [],
    airflow: { operator: 'on_failure_callback', line: 7 },
  });
});

it('change nothing of the tasks, of a deadline that all have, and of priorities', () => {
  const facts = { tasks: { a: { slaSeconds: 60 } } };
  const without = compiled({}, [task('a')], facts);
  const { tasks, ...rest } = compiled(
    { has_on_success_callback: true },
    [task('a')],
    facts,
  );
  expect({ ...rest, tasks: tasks.slice(0, 1) }).toEqual(without);
  expect(rest.slaMs).toBe(60_000);
});

it('are left alone by schedulers that do not know them', () => {
  expect(
    definitionNeeds(compiled({ has_on_success_callback: true })),
  ).toContain('task.callback');
  expect(definitionNeeds(compiled())).not.toContain('task.callback');
});

it('run as the source says, where its tasks are pods', () => {
  const { definition } = compileDag(
    described({ has_on_failure_callback: true }, [task('a')]),
    {
      source: 's',
      environment: 'default',
      ownerOf: () => 'o',
      notes: [],
      pods: {
        pod: { python: 'python' },
        settings: { image: 'team/airflow:3' },
        queues: new Map(),
      },
      airflowVersion: '3.3.2',
    },
  );
  const [first, callback] = definition!.tasks;
  expect(callback).toMatchObject({
    executor: 'kubernetes',
    image: 'team/airflow:3',
    airflowPod: first.airflowPod,
  });
});
