import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { statesOf } from '../portal/api.mjs';
import { registered } from '../portal/pipelines.mjs';
import { startPortal, temporaryFolder } from '../portal/portal.mjs';

/*
 * The three pipelines of machine learning as DAG files of Airflow, in one portal
 * with the native ones, on real MLflow and Feast: the same results. Both look
 * at the same moment (FLIGHTS_NOW), or a flight that lands between the two runs
 * would be a difference.
 */

const Database = createRequire(import.meta.url)('better-sqlite3');
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PIPELINES = path.join(ROOT, 'pipelines');
const python =
  process.env.MAESTRO_AIRFLOW_ML_PYTHON ??
  path.join(ROOT, '.tools/airflow-ml/bin/python');
/** Native pipeline → its DAG. */
const DAGS = {
  feature_materialization: 'flights_features',
  model_training_pipeline: 'flights_training',
  data_validation_pipeline: 'flights_validation',
};
const RUN_MS = 10 * 60_000;
const NOW = new Date().toISOString();

let portal;
/** By pipeline or DAG: its run, and the outputs by task and key. */
const runs = {};
/** Rows of Feast's online store after the native run and after the DAG's. */
const online = {};
/** Times that Feast has materialized each view: before, after each. */
const intervals = [];

before(async () => {
  const dataDir = temporaryFolder();
  const natives = path.join(dataDir, 'natives');
  for (const name of Object.keys(DAGS)) copyAtMoment(name, natives);
  portal = await startPortal({
    dataDir,
    services: true,
    config: {
      maestro: {
        firstRun: false,
        catalog: { folders: [natives] },
        airflow: {
          sources: [
            {
              name: 'flights',
              folder: PIPELINES,
              owner: 'group:default/ml-team',
              environment: 'ml',
            },
          ],
          environments: { ml: { python, env: { FLIGHTS_NOW: NOW } } },
        },
      },
    },
  });
  const all = Object.entries(DAGS).flat();
  await registered(portal, all);
  // What drift would start is not what is compared.
  for (const name of all)
    await portal.api.put(`/pipelines/${name}/pause`, { paused: true });
  intervals.push(await materialized());
  await runAll(Object.keys(DAGS));
  online.native = takeOnlineStore();
  intervals.push(await materialized());
  await runAll(Object.values(DAGS));
  online.dag = takeOnlineStore();
  intervals.push(await materialized());
});
after(async () => {
  const { dataDir } = portal ?? {};
  await portal?.stop();
  if (dataDir) fs.rmSync(dataDir, { recursive: true, force: true });
});

/** The native pipeline with the moment in the environment of its tasks. */
function copyAtMoment(name, folder) {
  const copy = path.join(folder, name);
  fs.cpSync(path.join(PIPELINES, name), copy, {
    recursive: true,
    filter: file => !file.endsWith('__pycache__'),
  });
  const file = path.join(copy, 'catalog-info.yaml');
  const text = fs.readFileSync(file, 'utf8');
  const changed = text.replace(
    /^ {2}defaults:$/m,
    `$&\n    env: { FLIGHTS_NOW: '${NOW}' }`,
  );
  assert.notEqual(changed, text, `${file} has no defaults`);
  fs.writeFileSync(file, changed);
}

/** Runs pipelines side by side, each to its end. */
async function runAll(names) {
  await Promise.all(
    names.map(async name => {
      const { runId } = await portal.api.trigger(name);
      const run = await portal.api.finished(runId, { timeoutMs: RUN_MS });
      const { items } = await portal.api.get(`/runs/${runId}/outputs`);
      const outputs = {};
      for (const { taskId, key, value } of items)
        outputs[taskId] = { ...outputs[taskId], [key]: value };
      runs[name] = { ...run, outputs };
    }),
  );
}

/** Every value in the online store, which is empty afterwards. */
function takeOnlineStore() {
  const database = new Database(
    path.join(portal.dataDir, 'feast/online_store.db'),
  );
  try {
    const tables = database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
      .pluck()
      .all()
      .filter(name => /^flights_/.test(name))
      .sort();
    const rows = {};
    for (const table of tables) {
      rows[table] = database
        .prepare(
          `SELECT hex(entity_key) AS entity, feature_name AS feature, hex(value) AS value, event_ts AS at FROM ${table} ORDER BY 1, 2`,
        )
        .all();
      database.prepare(`DELETE FROM ${table}`).run();
    }
    return rows;
  } finally {
    database.close();
  }
}

/** How often each feature view was materialized, by Feast's own registry. */
async function materialized() {
  const { featureViews } = await getJson(
    portal.serviceUrl('feast-registry'),
    '/api/v1/feature_views?project=flights',
  );
  return Object.fromEntries(
    featureViews.map(({ spec, meta }) => [
      spec.name,
      meta.materializationIntervals?.length ?? 0,
    ]),
  );
}

async function getJson(url, where) {
  // A connection that is kept is closed by the other side, also this moment.
  const response = await fetch(url + where, {
    headers: { connection: 'close' },
  });
  if (!response.ok)
    throw new Error(`${where}: ${response.status} ${await response.text()}`);
  return response.json();
}

const mlflow = where =>
  getJson(portal.serviceUrl('mlflow'), `/api/2.0/mlflow/${where}`);

/** What a task of a DAG returned. */
const returned = (dag, task) => runs[dag].outputs[task]?.return_value;

async function logsOf(name) {
  const failed = runs[name].tasks.filter(({ state }) => state !== 'success');
  const logs = [];
  for (const { taskId, state } of failed) {
    const attempts = await portal.api.attempts(runs[name].runId, taskId);
    if (!attempts.length) continue;
    const { bytes } = await portal.api.wholeLog(runs[name].runId, taskId);
    logs.push(`--- ${name}.${taskId} ${state}\n${bytes}`);
  }
  return logs.join('\n');
}

for (const [native, dag] of Object.entries(DAGS))
  test(`${dag} is green, as ${native} is`, async () => {
    for (const name of [native, dag])
      assert.equal(runs[name].state, 'success', await logsOf(name));
    const ours = statesOf(runs[dag]);
    for (const [task, state] of Object.entries(statesOf(runs[native])))
      assert.equal(ours[task], state, task);
  });

test('the same features are in the online store, brought there by the DAG', () => {
  const { outputs } = runs.feature_materialization;
  assert.deepEqual(
    returned('flights_features', 'validate_store'),
    outputs.validate_store,
  );
  assert.deepEqual(
    returned('flights_features', 'materialize'),
    outputs.materialize,
  );
  assert.deepEqual(
    returned('flights_features', 'check_online'),
    outputs.check_online,
  );
  const tables = Object.keys(online.native);
  assert.deepEqual(tables, [
    'flights_route_carrier_stats',
    'flights_weather_by_origin_hour',
  ]);
  for (const table of tables) {
    assert.ok(online.native[table].length > 100, table);
    // The store was emptied between the two.
    assert.deepEqual(online.dag[table], online.native[table]);
  }
  const [first, second, third] = intervals;
  for (const view of Object.keys(third)) {
    assert.equal(second[view], first[view] + 1, view);
    assert.equal(third[view], second[view] + 1, view);
  }
});

test('the same model: parameters, metrics and alias in MLflow', async () => {
  const { outputs } = runs.model_training_pipeline;
  const trained = returned('flights_training', 'train');
  const runIds = [outputs.train.mlflow_run, trained.mlflow_run];
  assert.notEqual(runIds[0], runIds[1]);
  const [native, dag] = await Promise.all(
    runIds.map(async id => {
      const { run } = await mlflow(`runs/get?run_id=${id}`);
      assert.equal(run.info.status, 'FINISHED');
      return Object.fromEntries(
        ['params', 'metrics'].map(kind => [
          kind,
          Object.fromEntries(
            run.data[kind].map(({ key, value }) => [key, value]),
          ),
        ]),
      );
    }),
  );
  assert.deepEqual(dag, native);
  assert.ok(native.metrics.test_accuracy > 0.85);
  assert.ok(native.metrics.test_f1_weighted > 0.8);
  const judged = returned('flights_training', 'evaluate');
  assert.deepEqual(judged, outputs.evaluate);

  const versions = await Promise.all(
    [
      outputs.register.version,
      returned('flights_training', 'register').version,
    ].map(
      async version =>
        (
          await mlflow(
            `model-versions/get?name=late_arrival&version=${version}`,
          )
        ).model_version,
    ),
  );
  assert.deepEqual(
    versions.map(({ run_id: id }) => id),
    runIds,
  );
  const tags = versions.map(version =>
    Object.fromEntries(
      version.tags
        .filter(({ key }) => !key.includes('.'))
        .map(({ key, value }) => [key, value]),
    ),
  );
  assert.deepEqual(tags[1], tags[0]);
  assert.deepEqual(tags[0], {
    stage: 'staging',
    accuracy_threshold: '0.85',
    f1_threshold: '0.80',
  });
  const { model_version: staged } = await mlflow(
    'registered-models/alias?name=late_arrival&alias=staging',
  );
  // It was that of the native run before.
  assert.equal(staged.version, versions[1].version);
  assert.equal(Number(staged.version), Number(versions[0].version) + 1);
});

test('the same findings, byte for byte the same report', async () => {
  const { outputs } = runs.data_validation_pipeline;
  const dag = task => returned('flights_validation', task);
  assert.deepEqual(
    dag('check_quality'),
    JSON.parse(outputs.check_quality.findings),
  );
  assert.ok(dag('check_quality').length > 0);
  assert.deepEqual(
    dag('check_drift'),
    JSON.parse(outputs.check_drift.findings),
  );
  assert.ok(dag('check_drift').drifted.length > 0);
  const { flights, ...anomalies } = dag('check_anomalies');
  assert.ok(flights > 0);
  assert.deepEqual(anomalies, JSON.parse(outputs.check_anomalies.findings));
  const [native, ours] = await Promise.all(
    ['data_validation_pipeline', 'flights_validation'].map(async name => {
      const { runId, reports } = runs[name];
      assert.deepEqual(
        reports.map(report => [report.name, report.title, report.contentType]),
        [['data_quality', 'Data quality', 'text/html']],
      );
      const response = await portal.api.raw(
        `/api/maestro/runs/${runId}/reports/data_quality?taskId=make_report`,
      );
      assert.equal(response.status, 200);
      return response.text();
    }),
  );
  assert.ok(native.length > 10_000);
  assert.equal(ours, native);
});

test('drift is announced, with what drifted', async () => {
  const { items } = await portal.api.get('/asset-events?asset=flights_drift');
  const { drifted, results } = returned('flights_validation', 'check_drift');
  const event = items.find(
    ({ runId }) => runId === runs.flights_validation.runId,
  );
  assert.deepEqual(
    Object.keys(event?.extra ?? {}).sort(),
    drifted.map(([table, column]) => `${table}.${column}`).sort(),
  );
  for (const { table, column, statistic } of results)
    if (`${table}.${column}` in event.extra)
      assert.equal(event.extra[`${table}.${column}`], statistic);
});
