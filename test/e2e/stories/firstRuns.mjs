import assert from 'node:assert/strict';

const FIRST = [
  'feature_materialization',
  'model_training_pipeline',
  'data_validation_pipeline',
  'my_ml_workflow',
];
const FIRST_RUNS_MS = 20 * 60_000;

const json = async (url, body) => {
  const response = await fetch(url, {
    signal: AbortSignal.timeout(120_000),
    headers: {
      // One that is kept is closed by the other side, also this moment.
      connection: 'close',
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
  });
  assert.ok(response.ok, `${url}: ${response.status}`);
  return response.json();
};

/**
 * A new data directory runs each pipeline once, by itself, to success.
 *
 * @returns id of the first run by pipeline
 */
export async function firstRunsSucceed({ api }) {
  const { items } = await api.eventually(
    'each pipeline was started',
    async () => {
      const answer = await api.get('/runs');
      return FIRST.every(name =>
        answer.items.some(
          run => run.pipeline === name && run.runKey === 'first_run',
        ),
      )
        ? answer
        : undefined;
    },
    { timeoutMs: 240_000 },
  );
  const runs = Object.fromEntries(
    items
      .filter(run => FIRST.includes(run.pipeline) && run.runKey === 'first_run')
      .map(run => [run.pipeline, run.runId]),
  );
  assert.deepEqual(Object.keys(runs).sort(), [...FIRST].sort());
  const deadline = Date.now() + FIRST_RUNS_MS;
  for (const name of FIRST) {
    const run = await api.finished(runs[name], {
      timeoutMs: Math.max(1, deadline - Date.now()),
      everyMs: 1000,
    });
    assert.equal(run.state, 'success', `${name}: ${run.stateReason}`);
  }
  return runs;
}

/**
 * The version that training registered carries the alias, as MLflow says; or
 * one after it: the drift in the data starts a second training.
 */
export async function modelIsStaged({ api, serviceUrl }, runs) {
  const outputs = (
    await api.get(`/runs/${runs.model_training_pipeline}/outputs`)
  ).items.filter(output => output.taskId === 'register');
  const value = key => outputs.find(output => output.key === key)?.value;
  const { model_version: version } = await json(
    `${serviceUrl(
      'mlflow',
    )}/api/2.0/mlflow/registered-models/alias?name=${encodeURIComponent(
      value('model'),
    )}&alias=staging`,
  );
  assert.ok(Number(version.version) >= Number(value('version')));
  assert.equal(version.status, 'READY');
}

/** What was materialized is answered by Feast's own server. */
export async function featuresAreServed({ serviceUrl }) {
  const answer = await json(
    `${serviceUrl('feast-server')}/get-online-features`,
    {
      features: ['weather_by_origin_hour:temp'],
      entities: { origin: ['JFK', 'EWR', 'LGA'], hour: [12, 12, 12] },
    },
  );
  const index = answer.metadata.feature_names.indexOf('temp');
  const { values, statuses } = answer.results[index];
  assert.deepEqual(statuses, ['PRESENT', 'PRESENT', 'PRESENT']);
  for (const temperature of values)
    assert.ok(temperature > -40 && temperature < 130, `${temperature} °F`);
}

/** Defects that are seeded in the data: found, told, and the run is green. */
export async function defectsAreTold({ api }, runs) {
  const run = await api.run(runs.data_validation_pipeline);
  const kinds = new Set(run.alerts.map(alert => alert.kind));
  for (const kind of [
    'quality.missing',
    'quality.duplicates',
    'quality.out_of_range',
    'quality.stale',
    'drift',
    'anomaly',
  ])
    assert.ok(kinds.has(kind), `${kind} among ${[...kinds]}`);
  assert.equal(run.state, 'success');
}
