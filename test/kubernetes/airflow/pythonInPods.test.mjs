import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT } from '../../../packages/bootstrap/src/paths.mjs';
import { statesOf } from '../../portal/api.mjs';
import { until } from '../../portal/until.mjs';
import { KUBECONFIG, namespaceFor, PYTHON, startBackend } from './portal.mjs';

/*
 * Tasks of DAG files that are Python, each as a pod of an image that has Airflow
 * and nothing of Maestro. It runs in the network of the cluster:
 *   node test/cluster/cluster.mjs with --name airflow --image airflow -- \
 *     node --test test/kubernetes/airflow/pythonInPods.test.mjs
 *
 * In another cluster the image maestro/airflow:3 is loaded, and its pods reach
 * this machine at MAESTRO_TEST_CLUSTER_ADDRESS.
 */

const HERE = path.join(ROOT, 'test/kubernetes/airflow');
const NAMESPACE = 'airflow-python';
const IMAGE = 'maestro/airflow:3';
const ADDRESS = process.env.MAESTRO_TEST_CLUSTER_ADDRESS;
/** Those that every cluster of these tests has, by queue. */
const OTHER_IMAGES = {
  no_airflow: 'python:3.11-slim',
  no_python: 'busybox:1.35',
};
const TASK_API_PORT = 7098;
/** Each pod imports Airflow, on two cores that do other things too. */
const RUN_MS = 10 * 60_000;
const SECRET = 'correct-horse-battery';

let temp;
let cluster;
let backend;
let api;

/** Larger than what comes to a pod. */
const TOO_LARGE = `
from pathlib import Path

from airflow.sdk import DAG, task

WORDS = (Path(__file__).parent / "words.txt").read_text()

with DAG("too_large", schedule=None, default_args={"owner": "ml-team"}):

    @task
    def say():
        print(len(WORDS))

    say()
`;

before(async () => {
  assert.ok(
    KUBECONFIG && ADDRESS,
    'MAESTRO_TEST_KUBECONFIG names the cluster, MAESTRO_TEST_CLUSTER_ADDRESS the address of this machine that its pods reach; `cluster.mjs with` sets both',
  );
  assert.ok(PYTHON, 'MAESTRO_AIRFLOW_PYTHON names no interpreter with Airflow');
  temp = fs.realpathSync(
    fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-python-pods-')),
  );
  const dags = path.join(temp, 'dags');
  fs.cpSync(path.join(HERE, 'dags'), dags, { recursive: true });
  fs.writeFileSync(path.join(dags, 'too_large.py'), TOO_LARGE);
  fs.writeFileSync(path.join(dags, 'words.txt'), 'x'.repeat(800_000));
  const newer = path.join(temp, 'image-dags');
  fs.cpSync(path.join(HERE, 'imageDags'), newer, { recursive: true });
  fs.appendFileSync(path.join(newer, 'older_in_image.py'), '\n# newer\n');
  cluster = await namespaceFor(NAMESPACE);
  backend = await startBackend({
    folder: temp,
    maestro: configuration(dags, newer),
    // All but the one that policy refuses.
    pipelines: 9,
  });
  ({ api } = backend);
  await api.put('/variables/threshold', { value: '0.85' });
  await api.post('/connections', {
    connId: 'warehouse',
    connType: 'http',
    password: SECRET,
  });
});

after(async () => {
  await backend?.stop();
  fs.rmSync(temp, { recursive: true, force: true, maxRetries: 5 });
});

function configuration(dags, imageDags) {
  const source = {
    owner: 'group:default/nobody',
    owners: { 'ml-team': 'group:default/ml-team' },
    executor: 'kubernetes',
    image: IMAGE,
    imagePullPolicy: 'IfNotPresent',
    resources: { requests: { cpu: '100m', memory: '256Mi' } },
  };
  return {
    policy: {
      rules: [
        {
          id: 'ml-team',
          owners: ['group:default/ml-team'],
          executors: ['kubernetes'],
          images: [IMAGE, ...Object.values(OTHER_IMAGES)],
          pod: ['labels'],
          connections: ['warehouse'],
          variables: ['*'],
        },
      ],
    },
    taskApi: {
      listen: `${ADDRESS}:${TASK_API_PORT}`,
      url: `http://${ADDRESS}:${TASK_API_PORT}`,
    },
    executors: { kubernetes: { kubeconfig: KUBECONFIG, namespace: NAMESPACE } },
    airflow: {
      pollInterval: { milliseconds: 500 },
      environments: { default: { python: PYTHON } },
      sources: [
        {
          ...source,
          name: 'team',
          folder: dags,
          queues: {
            big: { resources: { requests: { memory: '300Mi' } } },
            grows: {
              resources: { limits: { memory: '500Mi' } },
              kubernetes: { moreMemory: { factor: 3, max: '2Gi' } },
            },
            not_theirs: { image: 'example.org/nobody:1' },
            ...Object.fromEntries(
              Object.entries(OTHER_IMAGES).map(([queue, image]) => [
                queue,
                { image },
              ]),
            ),
          },
        },
        {
          ...source,
          name: 'in-image',
          folder: imageDags,
          dagsInImage: '/opt/airflow/dags',
        },
      ],
    },
  };
}

/** Runs a DAG to its end. */
async function run(dag) {
  const { runId } = await api.trigger(dag, {
    logicalDate: Date.UTC(2025, 0, 1),
  });
  return { runId, ...(await api.finished(runId, { timeoutMs: RUN_MS })) };
}
const log = async (runId, task, no) =>
  (await api.wholeLog(runId, task, no)).bytes.toString();
const podsOf = runId => cluster.items('pods', `maestro.dev/run=${runId}`);

test('they hand on XComs, read variables and connections, and are pods', async () => {
  const { runId } = await api.trigger('handing_on', {
    logicalDate: Date.UTC(2025, 0, 1),
  });
  const second = await until(
    'the pod of the second task',
    async () => {
      const found = (await podsOf(runId)).find(
        ({ metadata }) => metadata.labels['maestro.dev/task'] === 'second',
      );
      const { state } = await api.run(runId);
      if (state === 'failed') assert.fail(await log(runId, 'first'));
      return found;
    },
    { timeoutMs: RUN_MS },
  );
  const { state, tasks, definition } = await api.finished(runId, {
    timeoutMs: RUN_MS,
  });
  assert.equal(state, 'success', JSON.stringify(tasks));
  // As queue and pod_override have it, and no secret in it.
  const [container] = second.spec.containers;
  assert.equal(second.metadata.labels.tier, 'second');
  assert.equal(container.image, IMAGE);
  assert.deepEqual(container.resources.requests, { memory: '300Mi' });
  assert.ok(!JSON.stringify(second).includes('MAESTRO_TASK_TOKEN'));
  for (const task of definition.tasks) {
    assert.equal(task.airflowPath.path, 'python', task.id);
    assert.equal(task.airflowPod.python, 'python', task.id);
    assert.match(task.airflowPod.airflowVersion, /^3\./, task.id);
  }
  const [attempt, ...more] = await api.attempts(runId, 'first');
  assert.deepEqual(more, []);
  assert.equal(attempt.executor, 'kubernetes');
  assert.equal(attempt.image, IMAGE);
  const first = await log(runId, 'first');
  assert.match(first, /hello from a pod on maestro-.*threshold 0\.85/);
  assert.match(first, /key \*\*\*/);
  assert.match(first, /raw \*\*\*/);
  // It is the one that read the DAG file.
  assert.ok(!first.includes('the image has Airflow'), first);
  assert.ok(!first.includes(SECRET));
  assert.match(await log(runId, 'second'), /tier two/);
  assert.match(
    await log(runId, 'shell'),
    /on 2025-01-01 0\.85 in \/maestro\/tmp\//,
  );
});

test('they end as they say: retried, failed, skipped, not followed', async () => {
  const { runId, state, tasks } = await run('ends');
  assert.equal(state, 'failed');
  assert.deepEqual(statesOf({ tasks }), {
    again: 'success',
    fails: 'failed',
    skips: 'skipped',
    which: 'success',
    left: 'success',
    right: 'skipped',
    'dag:on_failure_callback': 'success',
  });
  const tries = await api.attempts(runId, 'again');
  assert.deepEqual(
    tries.map(({ tryNumber, executor }) => [tryNumber, executor]),
    [
      [1, 'kubernetes'],
      [2, 'kubernetes'],
    ],
  );
  assert.match(await log(runId, 'again', 0), /callback of again: not yet/);
  assert.match(await log(runId, 'fails'), /callback of fails: for good/);
  // That of the DAG is a pod of its own, behind all of them.
  const [called, ...more] = await api.attempts(
    runId,
    'dag:on_failure_callback',
  );
  assert.deepEqual(more, []);
  assert.equal(called.executor, 'kubernetes');
  assert.equal(called.image, IMAGE);
  assert.match(
    await log(runId, 'dag:on_failure_callback'),
    /task_failure on maestro-.*, threshold 0\.85 key \*\*\* after went left/,
  );
});

test('they wait without a pod, and go on in the same try', async () => {
  const { runId, state, tasks } = await run('waits');
  assert.equal(state, 'success', JSON.stringify(tasks));
  for (const task of ['deferred', 'rescheduled']) {
    const attempts = await api.attempts(runId, task);
    assert.ok(attempts.length > 1, `${task} in ${attempts.length} attempts`);
    assert.deepEqual([...new Set(attempts.map(one => one.tryNumber))], [1]);
  }
  assert.match(await log(runId, 'deferred'), /goes on at/);
});

test('one whose pod somebody deletes is launched anew in the same try', async () => {
  const { runId } = await api.trigger('long');
  const asleep = no =>
    api.eventually(
      `attempt ${no} sleeps`,
      async () =>
        (await api.attempts(runId, 'sleeps')).length > no &&
        (await podsOf(runId)).some(
          ({ status, metadata }) =>
            status.phase === 'Running' && !metadata.deletionTimestamp,
        ),
      { timeoutMs: RUN_MS },
    );
  await asleep(0);
  const [pod] = await podsOf(runId);
  await cluster.kubectl([
    ...['delete', 'pod', pod.metadata.name, `-n${NAMESPACE}`],
    '--wait=false',
  ]);
  await asleep(1);
  const attempts = await api.attempts(runId, 'sleeps');
  assert.deepEqual(
    attempts.map(({ tryNumber }) => tryNumber),
    [1, 1],
  );
  await api.post(`/runs/${runId}/cancel`, {});
  const { state, tasks } = await api.finished(runId, { timeoutMs: RUN_MS });
  assert.equal(state, 'failed');
  assert.deepEqual(statesOf({ tasks }), { sleeps: 'failed' });
});

test('the image may have the files, and is told where it differs', async () => {
  const same = await run('from_image');
  assert.equal(same.state, 'success', JSON.stringify(same.tasks));
  const said = await log(same.runId, 'say');
  assert.match(
    said,
    /hello from \/opt\/airflow\/dags\/from_image\.py by Airflow 3\.\S+ as 1000/,
  );
  assert.ok(!said.includes('is not the DAG file of this version'), said);
  const older = await run('older_in_image');
  assert.equal(older.state, 'success', JSON.stringify(older.tasks));
  assert.match(
    await log(older.runId, 'say'),
    /older_in_image\.py of the image is not the DAG file of this version/,
  );
});

test('one that memory runs out for has more in its next try', async () => {
  const { runId, state, tasks } = await run('hungry');
  assert.equal(state, 'success', JSON.stringify(tasks));
  const [first, second, ...more] = await api.attempts(runId, 'eats');
  assert.deepEqual(more, []);
  assert.equal(first.failure, 'oom', JSON.stringify(first));
  assert.match(first.message, /the container may have 500Mi/);
  assert.deepEqual([first.tryNumber, second.tryNumber], [1, 2]);
  assert.match(await log(runId, 'eats'), /ate 700000000/);
});

test('an image without Airflow, or without Python, is told by the log', async () => {
  const { runId, state, tasks } = await run('wrong_images');
  assert.equal(state, 'failed');
  assert.deepEqual(statesOf({ tasks }), {
    no_airflow: 'failed',
    no_python: 'failed',
  });
  assert.match(
    await log(runId, 'no_airflow'),
    /^The task could not be started: the Python of the image \(.*\) has no Airflow\. .* needs the packages apache-airflow/,
  );
  assert.match(
    await log(runId, 'no_python'),
    /^The task could not be started: the image has no "python"\. .* pythonInImage/,
  );
});

test('an image that its owner may not use is refused before there is a pod', async () => {
  const problem = await api.eventually(
    'it is told',
    async () => {
      const { items } = await api.get('/problems');
      return items
        .flatMap(({ problems }) => problems)
        .find(({ message }) => message.includes('nobody'));
    },
    { describe: async () => JSON.stringify(await api.get('/problems')) },
  );
  assert.match(
    problem.message,
    /^Task "not_theirs" may not use image "example\.org\/nobody:1": rule "ml-team" of maestro\.policy grants group:default\/ml-team only maestro\/airflow:3, /,
  );
  await assert.rejects(api.trigger('refused'), { status: 404 });
});

test('what does not fit a pod fails at once, with what to do', async () => {
  const { runId, state, tasks } = await run('too_large');
  assert.equal(state, 'failed');
  assert.match(
    tasks[0].reason,
    /files of DAG "too_large" have, .* bytes, .* which dagsInImage .* names \(its own is "team"\)/,
  );
  assert.equal((await api.attempts(runId, 'say')).length, 1);
});

test('their pods and Secrets go', () =>
  until(
    'nothing is left',
    async () =>
      (await cluster.left('pods,secrets', 'maestro.dev/attempt')).length === 0,
    { timeoutMs: 120_000 },
  ));
