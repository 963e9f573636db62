import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ROOT } from '../../../packages/bootstrap/src/paths.mjs';
import { until } from '../../portal/until.mjs';
import { KUBECONFIG, namespaceFor, PYTHON, startBackend } from './portal.mjs';

/*
 * The users' own DAG file, as they type it, on a real Kubernetes: from a folder
 * to a green pod by a backend with real Airflow and real pods, and by
 * `maestro airflow dags test`. It runs in the network of the cluster:
 *   node test/cluster/cluster.mjs with --name airflow -- \
 *     node --test test/kubernetes/airflow/myMlWorkflow.test.mjs
 */

const USERS_DAG = path.join(ROOT, 'test/airflow/dags/my_ml_workflow.py');
/** That of its operator. */
const NAMESPACE = 'airflow';

/** Its second argument is a secret, told backwards, or the log would hide it. */
const script = day =>
  [
    'import os, sys, time',
    `print('${day}', os.environ['THRESHOLD'], os.getcwd(), sys.argv[1][::-1])`,
    "print([name for name in os.environ if name.startswith('MAESTRO_ARGUMENT')])",
    // So that it is seen in a pod by whoever stands still for a while.
    'time.sleep(20)',
  ].join('; ');

/** Another one, with templates: they are rendered before there is a pod. */
const TEMPLATED = `
from airflow.sdk import DAG
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator

with DAG("templated", schedule=None, default_args={"owner": "ml-team"}):
    KubernetesPodOperator(
        task_id="say",
        image="python:3.11-slim",
        cmds=["python", "-c"],
        arguments=["${script('{{ ds }}')}", "{{ conn.db.password }}"],
        env_vars={"THRESHOLD": "{{ var.value.model_f1_threshold }}"},
    )
`;

let items;
let left;
let temp;
let dags;

before(async () => {
  assert.ok(
    KUBECONFIG,
    'MAESTRO_TEST_KUBECONFIG names no cluster; `cluster.mjs with` sets it',
  );
  assert.ok(PYTHON, 'MAESTRO_AIRFLOW_PYTHON names no interpreter with Airflow');
  temp = fs.realpathSync(
    fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-airflow-pods-')),
  );
  dags = path.join(temp, 'dags');
  fs.mkdirSync(dags);
  fs.copyFileSync(USERS_DAG, path.join(dags, 'my_ml_workflow.py'));
  fs.writeFileSync(path.join(dags, 'templated.py'), TEMPLATED);
  ({ items, left } = await namespaceFor(NAMESPACE));
});

after(() => {
  fs.rmSync(temp, { recursive: true, force: true, maxRetries: 5 });
});

/** Runs a program to its end. */
function run([program, ...rest], env) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { cwd: temp, env });
    const said = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', text => (said.out += text));
    child.stderr.setEncoding('utf8').on('data', text => (said.err += text));
    child.once('error', reject);
    child.once('close', code => resolve({ code, ...said }));
  });
}

describe('from a folder to a pod', () => {
  let backend;
  let api;

  before(async () => {
    backend = await startBackend({
      folder: temp,
      maestro: configuration(),
      pipelines: 2,
    });
    ({ api } = backend);
  });

  after(() => backend?.stop());

  const configuration = () => ({
    policy: {
      rules: [
        {
          id: 'ml-team',
          owners: ['group:default/ml-team'],
          executors: ['kubernetes'],
          images: ['python:3.11-slim'],
          // Of the DAG "templated".
          variables: ['model_*'],
          connections: ['db'],
        },
      ],
    },
    executors: {
      kubernetes: { kubeconfig: KUBECONFIG, namespace: NAMESPACE },
    },
    airflow: {
      pollInterval: { milliseconds: 500 },
      environments: { default: { python: PYTHON } },
      sources: [
        {
          name: 'ml',
          folder: dags,
          owner: 'group:default/nobody',
          owners: { 'ml-team': 'group:default/ml-team' },
        },
      ],
    },
  });

  test('it is green, in a pod that no Python of Airflow started', async () => {
    const { runId } = await api.trigger('my_ml_workflow');
    const { state, definition } = await api.finished(runId, {
      timeoutMs: 120_000,
    });
    assert.equal(state, 'success', backend.printed());
    assert.deepEqual(
      definition.tasks.map(({ id, airflowPath }) => [id, airflowPath]),
      [['my_task', { path: 'native' }]],
    );
    const [attempt, ...more] = await api.attempts(runId, 'my_task');
    assert.deepEqual(more, []);
    assert.equal(attempt.executor, 'kubernetes');
    assert.equal(attempt.image, 'python:3.11-slim');
    const { bytes } = await api.wholeLog(runId, 'my_task');
    assert.equal(bytes.toString(), 'Hello from Airflow\n');
  });

  test('templates are rendered by Airflow, and shown', async () => {
    await api.put('/variables/model_f1_threshold', { value: '0.80' });
    await api.post('/connections', {
      connId: 'db',
      connType: 'generic',
      password: 'hunter-4711',
    });
    const { runId } = await api.trigger('templated', {
      logicalDate: Date.UTC(2025, 0, 1),
    });
    const pod = await until(
      'its pod is there',
      async () => (await items('pods', 'maestro.dev/pipeline=templated'))[0],
    );
    const { state, tasks } = await api.finished(runId, { timeoutMs: 120_000 });
    assert.equal(state, 'success', JSON.stringify(tasks));
    // Whoever may look at pods need not be one who may know it.
    assert.doesNotMatch(JSON.stringify(pod), /hunter-4711/);
    assert.match(
      pod.spec.containers[0].args.at(-1),
      /^\$\(MAESTRO_ARGUMENT_\d+\)$/,
    );
    const { bytes, attempt } = await api.wholeLog(runId, 'say');
    // In the folder that its image names, not in Maestro's.
    assert.equal(bytes.toString(), '2025-01-01 0.80 / 1174-retnuh\n[]\n');
    assert.deepEqual(attempt.inputs.rendered, {
      arguments: [script('2025-01-01'), '***'],
      env_vars: { THRESHOLD: '0.80' },
    });
  });

  test('its pod goes', () =>
    until('no pod is left', async () => (await left('pods')).length === 0, {
      timeoutMs: 180_000,
    }));
});

describe('maestro airflow dags test', () => {
  const dagsTest = env =>
    run(
      [
        process.execPath,
        path.join(ROOT, 'packages/cli/dist/maestro.cjs'),
        ...['airflow', 'dags', 'test', 'my_ml_workflow', '2025-01-01'],
        ...['--folder', dags, '--offline'],
      ],
      {
        PATH: process.env.PATH,
        NODE_PATH: process.env.NODE_PATH,
        HOME: temp,
        MAESTRO_AIRFLOW_PYTHON: PYTHON,
        ...env,
      },
    );

  test('runs it in the cluster of the kubeconfig, and leaves nothing there', async () => {
    const { code, out, err } = await dagsTest({ KUBECONFIG });
    assert.match(err, /Task my_task of my_ml_workflow is a pod of Kubernetes/);
    assert.match(err, new RegExp(`in namespace ${NAMESPACE} of https://`));
    assert.match(out, /^my_task \| Hello from Airflow$/m);
    assert.match(out, /^my_ml_workflow: success/m);
    assert.equal(code, 0);
    await until(
      'nothing is left',
      async () =>
        (
          await left(
            'pods,secrets,configmaps',
            'app.kubernetes.io/managed-by=maestro,maestro.dev/instance!=maestro',
          )
        ).length === 0,
      { timeoutMs: 180_000 },
    );
  });

  test('says without a cluster what is missing and what to do', async () => {
    const { code, out, err } = await dagsTest({});
    assert.equal(code, 2, err);
    assert.equal(out, '');
    assert.match(
      err,
      /Task my_task of my_ml_workflow is a pod of Kubernetes, and no cluster is known\. There is no kubeconfig .*\/\.kube\/config: name one with --kubeconfig, or set KUBECONFIG\. .*minikube start/,
    );
    assert.doesNotMatch(err, /Traceback|^\s+at /m);
  });
});
