import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import request from 'supertest';
import feastPlugin from '.';

async function backendWith(
  data: object,
  result: AuthorizeResult.ALLOW | AuthorizeResult.DENY = AuthorizeResult.ALLOW,
) {
  const { server } = await startTestBackend({
    features: [
      feastPlugin,
      mockServices.rootConfig.factory({ data: data as any }),
      mockServices.permissions.factory({ result }),
    ],
  });
  return request(server);
}

const paths = [
  '/api/feast/feature-views',
  '/api/feast/feature-services',
  '/api/feast/entities',
  '/api/feast/data-sources',
];

describe('the plugin without a Feast', () => {
  it('starts and invites to configure one', async () => {
    const backend = await backendWith({});
    const { body } = await backend.get('/api/feast/status');
    expect(body).toEqual({
      registry: { configured: false, configKey: 'feast.registryUrl' },
      server: { configured: false, configKey: 'feast.serverUrl' },
    });
    for (const path of paths) {
      const answer = await backend.get(path);
      expect(answer.status).toBe(503);
      expect(answer.body.error.message).toContain('set feast.registryUrl');
    }
  });

  it('says which URL does not answer, and what to check', async () => {
    const backend = await backendWith({
      feast: {
        registryUrl: 'http://127.0.0.1:1',
        serverUrl: 'http://127.0.0.1:1/online',
      },
    });
    const { body } = await backend.get('/api/feast/status');
    expect(body.registry.problem).toContain('127.0.0.1:1/version');
    expect(body.server.problem).toContain('127.0.0.1:1/online/health');
    for (const path of paths) {
      const answer = await backend.get(path);
      expect(answer.status).toBe(503);
      expect(answer.body.error.name).toBe('ServiceUnavailableError');
      expect(answer.body.error.message).toMatch(
        /http:\/\/127\.0\.0\.1:1\/.*feast\.registryUrl/,
      );
    }
  });

  it('lets nobody read without the permission', async () => {
    const backend = await backendWith({}, AuthorizeResult.DENY);
    for (const path of paths) {
      const { status, body } = await backend.get(path);
      expect(status).toBe(403);
      expect(body.error.message).toContain('feast.registry.read');
    }
  });

  it('lets nobody in without credentials', async () => {
    const backend = await backendWith({});
    for (const path of ['/api/feast/status', ...paths]) {
      const { status } = await backend
        .get(path)
        .set('Authorization', mockCredentials.none.header());
      expect(status).toBe(401);
    }
  });
});
