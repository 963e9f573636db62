import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT } from '../../packages/bootstrap/src/paths.mjs';
import { ensureBinary } from '../cluster/binary.mjs';
import { execute } from '../cluster/commands.mjs';
import { requestS3 } from '../cluster/minio.mjs';
import { openTab, startBrowser } from '../e2e/browser.mjs';
import { registered } from '../portal/pipelines.mjs';
import { startPortal } from '../portal/portal.mjs';
import { until } from '../portal/until.mjs';
import { startServicesForPods } from './services.mjs';

/*
 * The four pipelines as pods, with MLflow, Feast and MinIO by the names of
 * their services. It runs in the network of the cluster:
 *   node test/cluster/cluster.mjs with --name onpods --image ml -- \
 *     node --test test/kubernetes/pipelines.test.mjs
 *
 * Another cluster takes its place: MAESTRO_TEST_KUBECONFIG names it, the image
 * maestro/ml:1 is loaded there, and its pods reach this machine at
 * MAESTRO_TEST_CLUSTER_ADDRESS.
 */

const say = text => process.stdout.write(`  ${text}\n`);
const NAMESPACE = 'ml';
/** Each pipeline with its tasks that ran as pods; a decision needs none. */
const RAN = {
  my_ml_workflow: ['my_task'],
  feature_materialization: ['validate_store', 'materialize', 'check_online'],
  data_validation_pipeline: [
    'check_schema',
    'check_quality',
    'check_drift',
    'check_anomalies',
    'make_report',
  ],
  model_training_pipeline: [
    'validate_data',
    'build_features',
    'train',
    'evaluate',
    'register',
  ],
};
const PIPELINES = Object.keys(RAN);
const RUN_MS = 15 * 60_000;
const TASK_API_PORT = 7099;
const ADDRESS = process.env.MAESTRO_TEST_CLUSTER_ADDRESS;
const KUBECONFIG = process.env.MAESTRO_TEST_KUBECONFIG;

let kubectlProgram;
let services;
let portal;
let browser;
const runs = {};

const kubectl = (args, options) =>
  execute([...kubectlProgram, '--kubeconfig', KUBECONFIG, ...args], {
    timeoutMs: 120_000,
    ...options,
  });
const apply = (...items) =>
  kubectl(['apply', '--filename=-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  });
const listed = async kind =>
  JSON.parse(await kubectl(['get', kind, `-n${NAMESPACE}`, '--output=json']))
    .items;

/** Four runs whose tasks were pods: what is whole or gone was there. */
async function assertAllRan() {
  for (const [name, ran] of Object.entries(RAN)) {
    const { state, tasks } = await portal.api.run(runs[name]);
    assert.equal(state, 'success', name);
    const attempts = await Promise.all(
      tasks.map(({ taskId }) => portal.api.attempts(runs[name], taskId)),
    );
    assert.deepEqual(
      tasks
        .filter((_, index) => attempts[index].length > 0)
        .map(({ taskId }) => taskId)
        .sort(),
      [...ran].sort(),
      name,
    );
    for (const { executor, taskId } of attempts.flat())
      assert.equal(executor, 'kubernetes', `${name}.${taskId}`);
  }
}

/** A service account that may look, for Backstage's Kubernetes tab. */
async function lookingToken() {
  await apply(
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'backstage', namespace: 'default' },
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'backstage-view' },
      roleRef: {
        apiGroup: 'rbac.authorization.k8s.io',
        kind: 'ClusterRole',
        name: 'view',
      },
      subjects: [
        { kind: 'ServiceAccount', name: 'backstage', namespace: 'default' },
      ],
    },
  );
  return (await kubectl(['create', 'token', 'backstage', '-ndefault'])).trim();
}

async function configuration() {
  const url = await kubectl([
    'config',
    'view',
    '--minify',
    '--output=jsonpath={.clusters[0].cluster.server}',
  ]);
  return {
    kubernetes: {
      serviceLocatorMethod: { type: 'multiTenant' },
      clusterLocatorMethods: [
        {
          type: 'config',
          clusters: [
            {
              name: 'test',
              url,
              authProvider: 'serviceAccount',
              serviceAccountToken: await lookingToken(),
              skipTLSVerify: true,
              skipMetricsLookup: true,
            },
          ],
        },
      ],
    },
    maestro: {
      firstRun: false,
      seeds: { connections: [], variables: [] },
      engine: { defaultExecutor: 'kubernetes' },
      executors: {
        kubernetes: { kubeconfig: KUBECONFIG, namespace: NAMESPACE },
      },
      taskApi: {
        listen: `${ADDRESS}:${TASK_API_PORT}`,
        url: `http://${ADDRESS}:${TASK_API_PORT}`,
      },
    },
  };
}

/** What people type, as they type it. */
const maestro = (...args) =>
  execute(
    [
      process.execPath,
      path.join(ROOT, 'packages/cli/dist/maestro.cjs'),
      ...args,
    ],
    {
      env: {
        ...process.env,
        MAESTRO_URL: portal.url,
        MAESTRO_TOKEN: portal.token,
      },
    },
  );
const addHttp = (id, host) =>
  maestro(
    ...['connections', 'add', id, '--conn-type', 'http'],
    ...['--conn-host', host, '--conn-port', '80'],
  );

before(async () => {
  assert.ok(
    ADDRESS && KUBECONFIG,
    'MAESTRO_TEST_KUBECONFIG names the cluster, MAESTRO_TEST_CLUSTER_ADDRESS the address of this machine that its pods reach (minikube: 192.168.49.1); `cluster.mjs with` sets both',
  );
  kubectlProgram = process.env.MAESTRO_TEST_CLUSTER
    ? [await ensureBinary(), 'kubectl']
    : ['kubectl'];
  browser = await startBrowser();
  await apply({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE },
  });
  services = await startServicesForPods({ address: ADDRESS, apply, say });
  portal = await startPortal({ config: await configuration() });
});

after(async () => {
  if (portal && process.env.MAESTRO_TEST_REPORT)
    fs.cpSync(
      path.join(portal.dataDir, 'console'),
      path.join(path.dirname(process.env.MAESTRO_TEST_REPORT), 'console'),
      { recursive: true },
    );
  await browser?.close();
  await portal?.stop();
  await services?.stop();
});

test('connections and variables as they are typed', async () => {
  await addHttp('mlflow_default', 'mlflow-service.mlflow.svc.cluster.local');
  await addHttp(
    'feast_default',
    'feast-feature-server.feast.svc.cluster.local',
  );
  await maestro(
    ...['connections', 'add', 'aws_default', '--conn-type', 'aws'],
    ...['--conn-login', 'admin', '--conn-password', 'minioadmin'],
    '--conn-extra',
    '{"endpoint_url": "http://minio.storage.svc.cluster.local:9000"}',
  );
  for (const [key, value] of Object.entries({
    model_accuracy_threshold: '0.85',
    model_f1_threshold: '0.80',
    feature_materialization_days: '7',
    feature_offline_store: 's3://feast/',
  }))
    await maestro('variables', 'set', key, value);
  await registered(portal, PIPELINES);
});

const succeeds = name => async () => {
  runs[name] ??= (await portal.api.trigger(name)).runId;
  const run = await portal.api.finished(runs[name], {
    timeoutMs: RUN_MS,
    everyMs: 1000,
  });
  if (run.state !== 'success')
    for (const { taskId, state } of run.tasks)
      if (state === 'failed')
        say((await portal.api.wholeLog(runs[name], taskId)).bytes.toString());
  assert.equal(
    run.state,
    'success',
    JSON.stringify([
      run.stateReason,
      run.tasks.map(t => [t.taskId, t.state, t.reason]),
    ]),
  );
};

test('my_ml_workflow says hello in its own image', async () => {
  await succeeds('my_ml_workflow')();
  const log = await portal.api.wholeLog(runs.my_ml_workflow, 'my_task');
  assert.equal(log.bytes.toString(), 'Hello from Airflow\n');
});

test('the Kubernetes tab of a pipeline shows its running pod', async () => {
  runs.model_training_pipeline = (
    await portal.api.trigger('model_training_pipeline')
  ).runId;
  const pod = await until(
    'a pod runs',
    async () =>
      (
        await listed('pods')
      ).find(
        ({ status, metadata }) =>
          status.phase === 'Running' &&
          metadata.labels['backstage.io/kubernetes-id'] ===
            'model_training_pipeline',
      )?.metadata.name,
    { timeoutMs: 180_000, everyMs: 500 },
  );
  say(`running: ${pod}`);
  const tab = await openTab(browser, portal.url);
  try {
    await tab.go(
      '/catalog/default/pipeline/model_training_pipeline/kubernetes',
    );
    // Of pods without a Deployment it shows how many, and which have errors.
    const shows = page => page.getByText(/^[1-9]\d* pods?$/).waitFor();
    await shows(tab.page);
    await tab.lookInBoth('kubernetes-tab', shows);
    await tab.go(
      `/maestro/runs/${runs.model_training_pipeline}?task=validate_data`,
    );
    const panel = page =>
      page.getByRole('region', { name: 'Task validate_data' }).waitFor();
    await panel(tab.page);
    await tab.lookInBoth('run-pod', panel);
  } finally {
    await tab.close();
  }
});

test('model_training_pipeline is green', succeeds('model_training_pipeline'));
test('feature_materialization is green', succeeds('feature_materialization'));
test('data_validation_pipeline is green', succeeds('data_validation_pipeline'));

test('the model has the alias staging, says MLflow', async () => {
  const response = await fetch(
    `${services.urlOf(
      'mlflow',
    )}/api/2.0/mlflow/registered-models/alias?name=late_arrival&alias=staging`,
  );
  const { model_version: version } = await response.json();
  assert.equal(version?.status, 'READY');
});

test('features come from Feast, their rows from the bucket', async () => {
  const log = await portal.api.wholeLog(
    runs.feature_materialization,
    'materialize',
  );
  assert.match(
    log.bytes.toString(),
    /Asking http:\/\/feast-feature-server\.feast\.svc\.cluster\.local.* to materialize/,
  );
  const response = await fetch(
    `${services.urlOf('feast-server')}/get-online-features`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        features: ['weather_by_origin_hour:temp'],
        entities: { origin: ['JFK'], hour: [12] },
      }),
    },
  );
  const answer = await response.json();
  const index = answer.metadata.feature_names.indexOf('temp');
  assert.deepEqual(answer.results[index].statuses, ['PRESENT']);
  for (const key of [
    'weather_by_origin_hour.parquet',
    `training/${runs.model_training_pipeline}.parquet`,
  ]) {
    const object = await requestS3(services.minio, { path: `/feast/${key}` });
    assert.equal(object.status, 200, key);
    await object.arrayBuffer();
  }
});

test('every log is complete', async () => {
  await assertAllRan();
  for (const [name, runId] of Object.entries(runs)) {
    const { tasks } = await portal.api.run(runId);
    for (const { taskId } of tasks) {
      if (!(await portal.api.attempts(runId, taskId)).length) continue;
      const { attempt, bytes } = await portal.api.wholeLog(runId, taskId);
      assert.equal(attempt.logGap, undefined, `${name}.${taskId}`);
      assert.ok(bytes.length > 0, `${name}.${taskId}`);
    }
  }
});

test('no pod and no Secret is left', async () => {
  await assertAllRan();
  // Drift may have started a second training; it may end while it is asked to.
  const unfinished = async () =>
    (await portal.api.get('/runs')).items.filter(
      ({ state }) => !['success', 'failed'].includes(state),
    );
  for (const { runId } of await unfinished())
    await portal.api.post(`/runs/${runId}/cancel`, {}).catch(error => {
      if (error.status !== 409) throw error;
    });
  await until(
    'no run is under way',
    async () => (await unfinished()).length === 0,
    { timeoutMs: 120_000, everyMs: 1000 },
  );
  for (const kind of ['pods', 'secrets'])
    await until(
      `no ${kind}`,
      async () =>
        (
          await listed(kind)
        ).filter(one => one.metadata.name.startsWith('maestro-')).length === 0,
      {
        timeoutMs: 120_000,
        everyMs: 1000,
        describe: async () =>
          JSON.stringify((await listed(kind)).map(one => one.metadata.name)),
      },
    );
  // Sources stay for an hour, one ConfigMap for each version.
  const sources = (await listed('configmaps')).filter(one =>
    one.metadata.name.startsWith('maestro-'),
  );
  assert.ok(sources.length <= PIPELINES.length, `${sources.length} ConfigMaps`);
});
