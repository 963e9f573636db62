import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import request from 'supertest';
import mlflowPlugin from '..';
import { RealMlflow, startRealMlflow } from './realMlflow';

jest.setTimeout(400_000);

// Against a real MLflow server: what a mock would say is what we hope.
describe('the plugin in front of a real MLflow', () => {
  let mlflow: RealMlflow;
  let server: Awaited<ReturnType<typeof startTestBackend>>['server'];
  let stopBackend: () => Promise<void>;
  const runIds: string[] = [];
  const oddName = `it's a "model" 100% _ü`;

  async function post(path: string, body: object): Promise<any> {
    const answer = await fetch(`${mlflow.url}/api/2.0/mlflow/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const json = await answer.json();
    if (!answer.ok) {
      throw new Error(`${path}: ${JSON.stringify(json)}`);
    }
    return json;
  }

  async function makeRun(experimentId: string, at: number, accuracy: number) {
    const { run } = await post('runs/create', {
      experiment_id: experimentId,
      start_time: at,
      run_name: `run at ${at}`,
    });
    const id = run.info.run_id;
    await post('runs/log-batch', {
      run_id: id,
      metrics: [
        { key: 'accuracy', value: accuracy, timestamp: at, step: 0 },
        { key: 'f1_weighted', value: 0.86, timestamp: at, step: 0 },
        { key: 'broken', value: 'NaN', timestamp: at, step: 0 },
      ],
      params: [{ key: 'n_estimators', value: '200' }],
    });
    await post('runs/update', {
      run_id: id,
      status: 'FINISHED',
      end_time: at + 60_000,
    });
    return id;
  }

  beforeAll(async () => {
    mlflow = await startRealMlflow();
    const { experiment_id: experimentId } = await post('experiments/create', {
      name: 'late arrivals',
    });
    await post('registered-models/create', {
      name: 'late_arrivals',
      description: 'Predicts late flights',
      tags: [{ key: 'owner', value: 'ml-team' }],
    });
    for (let i = 0; i < 11; i++) {
      const id = await makeRun(
        experimentId,
        1_700_000_000_000 + i,
        0.8 + i / 100,
      );
      runIds.push(id);
      await post('model-versions/create', {
        name: 'late_arrivals',
        source: `runs:/${id}/model`,
        run_id: id,
      });
    }
    await post('registered-models/alias', {
      name: 'late_arrivals',
      alias: 'staging',
      version: '10',
    });
    await post('runs/delete', { run_id: runIds[8] });
    await post('registered-models/create', { name: oddName });
    await post('model-versions/create', {
      name: oddName,
      source: 's3://models/odd',
    });
    const backend = await startTestBackend({
      features: [
        mlflowPlugin,
        mockServices.rootConfig.factory({
          data: {
            mlflow: {
              baseUrl: mlflow.url,
              uiUrl: 'http://ml.example',
              timeout: 'PT2M',
            },
          },
        }),
      ],
    });
    server = backend.server;
    stopBackend = () => backend.stop();
  });

  afterAll(async () => {
    await stopBackend?.();
    await mlflow?.stop();
  });

  it('says which server it is', async () => {
    const { body } = await request(server).get('/api/mlflow/status');
    expect(body).toEqual({
      configured: true,
      configKey: 'mlflow.baseUrl',
      uiUrl: 'http://ml.example',
      version: expect.stringMatching(/^3\./),
    });
  });

  it('lists models with aliases, tags and the metrics of the latest run', async () => {
    const { status, body } = await request(server).get('/api/mlflow/models');
    expect(status).toBe(200);
    expect(body.warnings).toEqual([]);
    expect(body.models.map((m: any) => m.name).sort()).toEqual([
      oddName,
      'late_arrivals',
    ]);
    const model = body.models.find((m: any) => m.name === 'late_arrivals');
    expect(model).toMatchObject({
      description: 'Predicts late flights',
      tags: { owner: 'ml-team' },
      aliases: [{ alias: 'staging', version: '10' }],
      // 11 and not 9: versions are numbers, not text.
      latestVersion: {
        version: '11',
        status: 'READY',
        aliases: [],
        run: {
          id: runIds[10],
          status: 'FINISHED',
          metrics: { accuracy: 0.9, f1_weighted: 0.86, broken: 'NaN' },
        },
      },
    });
  });

  it('shows all versions of a model, newest first, each with its run', async () => {
    const { body } = await request(server).get(
      '/api/mlflow/models/late_arrivals',
    );
    expect(body.versions.map((v: any) => v.version)).toEqual(
      [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1].map(String),
    );
    expect(body.versions[1]).toMatchObject({
      aliases: ['staging'],
      source: `runs:/${runIds[9]}/model`,
      run: { params: { n_estimators: '200' }, deleted: false },
    });
    // Its run was deleted; the model lives on and still shows its metrics.
    expect(body.versions[2].run).toMatchObject({
      id: runIds[8],
      deleted: true,
      metrics: { accuracy: 0.88 },
    });
  });

  it('finds a model by a part of its name, special characters as they are', async () => {
    const names = async (filter: string) => {
      const answer = await request(server)
        .get('/api/mlflow/models')
        .query({ filter });
      expect(answer.status).toBe(200);
      return answer.body.models.map((m: any) => m.name);
    };
    expect(await names('ARRIV')).toEqual(['late_arrivals']);
    expect(await names(`'s a "mod`)).toEqual([oddName]);
    expect(await names('%')).toEqual([oddName]);
    expect(await names(`' OR name != '`)).toEqual([]);
    expect(await names('no such model')).toEqual([]);
  });

  it('opens a model with both kinds of quotes in its name', async () => {
    const { status, body } = await request(server).get(
      `/api/mlflow/models/${encodeURIComponent(oddName)}`,
    );
    expect(status).toBe(200);
    expect(body.model.name).toBe(oddName);
    expect(body.versions).toHaveLength(1);
    expect(body.versions[0].runId).toBeUndefined();
  });

  it('lists experiments with their five latest runs', async () => {
    const { body } = await request(server).get('/api/mlflow/experiments');
    const byName = new Map<string, any>(
      body.experiments.map((e: any) => [e.name, e]),
    );
    expect([...byName.keys()].sort()).toEqual(['Default', 'late arrivals']);
    expect(byName.get('Default').latestRuns).toEqual([]);
    expect(
      byName.get('late arrivals').latestRuns.map((r: any) => r.id),
    ).toEqual([10, 9, 7, 6, 5].map(i => runIds[i]));
  });

  it('lists the runs of one experiment', async () => {
    const { body } = await request(server).get(
      '/api/mlflow/experiments/1/runs',
    );
    expect(body.experiment).toMatchObject({ id: '1', name: 'late arrivals' });
    expect(body.runs).toHaveLength(10);
    expect(body.runs[0]).toMatchObject({
      name: `run at ${1_700_000_000_010}`,
      startedAt: 1_700_000_000_010,
      endedAt: 1_700_000_060_010,
    });
  });

  it('says what is not there and what is wrong with a question', async () => {
    const missing = await request(server).get('/api/mlflow/models/nope');
    expect(missing.status).toBe(404);
    expect(missing.body.error.message).toContain('name=nope not found');
    const token = await request(server).get(
      '/api/mlflow/models?pageToken=rubbish',
    );
    expect(token.status).toBe(400);
    expect(token.body.error.message).toContain('Invalid page token');
    const twice = await request(server).get(
      '/api/mlflow/models?filter=a&filter=b',
    );
    expect(twice.status).toBe(400);
    const runs = await request(server).get('/api/mlflow/experiments/99/runs');
    expect(runs.status).toBe(404);
  });
});
