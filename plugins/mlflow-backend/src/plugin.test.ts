import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import request from 'supertest';
import mlflowPlugin from '.';

async function backendWith(
  data: object,
  result: AuthorizeResult.ALLOW | AuthorizeResult.DENY = AuthorizeResult.ALLOW,
) {
  const { server } = await startTestBackend({
    features: [
      mlflowPlugin,
      mockServices.rootConfig.factory({ data: data as any }),
      mockServices.permissions.factory({ result }),
    ],
  });
  return request(server);
}

const paths = [
  '/api/mlflow/models',
  '/api/mlflow/models/a',
  '/api/mlflow/experiments',
  '/api/mlflow/experiments/1/runs',
];

describe('the plugin without an MLflow', () => {
  it('starts and invites to configure one', async () => {
    const backend = await backendWith({});
    const status = await backend.get('/api/mlflow/status');
    expect(status.body).toEqual({
      configured: false,
      configKey: 'mlflow.baseUrl',
    });
    for (const path of paths) {
      const { status: code, body } = await backend.get(path);
      expect(code).toBe(503);
      expect(body.error.message).toContain('set mlflow.baseUrl');
    }
  });

  it('says which URL does not answer, and what to check', async () => {
    const backend = await backendWith({
      mlflow: { baseUrl: 'http://127.0.0.1:1/ml' },
    });
    const status = await backend.get('/api/mlflow/status');
    expect(status.status).toBe(200);
    expect(status.body.problem).toMatch(/GET http:\/\/127\.0\.0\.1:1\/ml\/ver/);
    for (const path of paths) {
      const { status: code, body } = await backend.get(path);
      expect(code).toBe(503);
      expect(body.error.name).toBe('ServiceUnavailableError');
      expect(body.error.message).toMatch(
        /http:\/\/127\.0\.0\.1:1\/ml\/api.*mlflow\.baseUrl/,
      );
    }
  });

  it('lets nobody read without the permission', async () => {
    const backend = await backendWith({}, AuthorizeResult.DENY);
    for (const path of paths) {
      const { status, body } = await backend.get(path);
      expect(status).toBe(403);
      expect(body.error.message).toMatch(/mlflow\.(model|experiment)\.read/);
    }
  });

  it('lets nobody in without credentials', async () => {
    const backend = await backendWith({});
    for (const path of ['/api/mlflow/status', ...paths]) {
      const { status } = await backend
        .get(path)
        .set('Authorization', mockCredentials.none.header());
      expect(status).toBe(401);
    }
  });

  it('refuses a filter that is too long', async () => {
    const backend = await backendWith({});
    const { status } = await backend
      .get('/api/mlflow/models')
      .query({ filter: 'x'.repeat(201) });
    expect(status).toBe(400);
  });
});
