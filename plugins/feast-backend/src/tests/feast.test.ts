import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import request from 'supertest';
import feastPlugin from '..';
import { RealFeast, startRealFeast } from './realFeast';

jest.setTimeout(600_000);

// Against real Feast servers: what a mock would say is what we hope.
describe('the plugin in front of a real Feast', () => {
  const until = new Date(Math.floor(Date.now() / 3_600_000 - 1) * 3_600_000);
  let feast: RealFeast;

  beforeAll(async () => {
    feast = await startRealFeast({ until });
  });

  afterAll(async () => {
    await feast?.stop();
  });

  async function get(path: string, config: object = {}) {
    const backend = await startTestBackend({
      features: [
        feastPlugin,
        mockServices.rootConfig.factory({
          data: {
            feast: {
              registryUrl: feast.registryUrl,
              serverUrl: feast.serverUrl,
              timeout: 'PT2M',
              ...config,
            },
          },
        }),
      ],
    });
    const answer = await request(backend.server).get(`/api/feast/${path}`);
    await backend.stop();
    return answer;
  }

  it('says that both servers answer', async () => {
    const { body } = await get('status');
    expect(body).toEqual({
      registry: {
        configured: true,
        configKey: 'feast.registryUrl',
        version: expect.stringMatching(/^0\./),
      },
      server: { configured: true, configKey: 'feast.serverUrl' },
    });
  });

  it('judges every feature view by what was materialized', async () => {
    const { status, body } = await get('feature-views');
    expect(status).toBe(200);
    expect(body.truncated).toBe(false);
    const states = Object.fromEntries(
      body.items.map((view: any) => [view.name, view.freshness.state]),
    );
    expect(states).toEqual({
      weather: 'fresh',
      expired: 'expired',
      never: 'never',
      offline: 'offline',
      adjusted: 'on-demand',
    });
  });

  it('describes a feature view in full', async () => {
    const { body } = await get('feature-views');
    const weather = body.items.find((view: any) => view.name === 'weather');
    expect(weather).toMatchObject({
      project: 'flights',
      kind: 'batch',
      description: 'Hourly weather',
      owner: 'ml-team',
      tags: { team: 'ml' },
      entities: ['airport'],
      features: [
        {
          name: 'temperature',
          type: 'FLOAT',
          description: 'Degrees Celsius',
        },
        { name: 'wind', type: 'DOUBLE' },
      ],
      ttlMs: 2 * 24 * 3_600_000,
      online: true,
      source: {
        name: 'weather_source',
        type: 'BATCH_FILE',
        location: expect.stringContaining('weather.parquet'),
      },
      services: ['late_arrivals'],
      freshness: {
        materializedUntil: until.getTime(),
        expiresAt: until.getTime() + 2 * 24 * 3_600_000,
      },
      materializations: [
        { start: until.getTime() - 24 * 3_600_000, end: until.getTime() },
      ],
    });
    expect(weather.freshness.ageMs).toBe(body.asOf - until.getTime());
    const adjusted = body.items.find((view: any) => view.name === 'adjusted');
    expect(adjusted).toMatchObject({
      kind: 'on-demand',
      entities: [],
      inputs: ['request', 'weather'],
      services: ['late_arrivals'],
    });
  });

  it('calls stale what is older than the portal was told', async () => {
    const { body } = await get('feature-views', { staleAfter: 'PT1M' });
    const weather = body.items.find((view: any) => view.name === 'weather');
    expect(weather.freshness.state).toBe('stale');
  });

  it('sees a materialization at once, not when a cache expires', async () => {
    await get('feature-views');
    const later = new Date(until.getTime() + 60_000);
    const answer = await fetch(`${feast.serverUrl}/materialize`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        start_ts: until.toISOString(),
        end_ts: later.toISOString(),
        feature_views: ['never'],
      }),
    });
    expect(answer.status).toBe(200);
    const { body } = await get('feature-views');
    const never = body.items.find((view: any) => view.name === 'never');
    expect(never.freshness).toMatchObject({
      state: 'fresh',
      materializedUntil: later.getTime(),
    });
  });

  it('lists services, entities and data sources', async () => {
    const services = await get('feature-services');
    expect(services.body.items).toMatchObject([
      {
        name: 'late_arrivals',
        description: 'For the model of late arrivals',
        featureViews: [
          { name: 'weather', features: ['temperature'] },
          { name: 'adjusted', features: ['warmer'] },
        ],
      },
    ]);
    const entities = await get('entities');
    expect(entities.body.items).toMatchObject([
      {
        project: 'flights',
        name: 'airport',
        joinKey: 'airport_code',
        type: 'STRING',
        featureViews: expect.arrayContaining(['weather', 'never', 'offline']),
      },
    ]);
    const sources = await get('data-sources');
    expect(
      sources.body.items.map((s: any) => [s.project, s.name, s.type]).sort(),
    ).toEqual([
      ['flights', 'request', 'REQUEST_SOURCE'],
      ['flights', 'weather_source', 'BATCH_FILE'],
    ]);
  });

  it('can be held to one project', async () => {
    const same = await get('feature-views', { project: 'flights' });
    expect(same.body.items).toHaveLength(5);
    expect(same.body.items[0].project).toBe('flights');
    const other = await get('feature-views', { project: 'other' });
    expect(other.body.items).toEqual([]);
  });

  it('notices that an address is not the registry', async () => {
    const { status, body } = await get('feature-views', {
      registryUrl: feast.serverUrl,
    });
    expect(status).toBe(503);
    expect(body.error.message).toMatch(
      /does not answer like a Feast registry .*feast\.registryUrl/,
    );
  });
});
