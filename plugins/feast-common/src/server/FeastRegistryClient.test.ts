import { createServer, IncomingMessage, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import dataSources from '../__fixtures__/data_sources-all.json';
import entities from '../__fixtures__/entities-all.json';
import services from '../__fixtures__/feature_services-all.json';
import views from '../__fixtures__/feature_views-all.json';
import { FeastRegistryClient } from './FeastRegistryClient';
import { checkFeastServer } from './feastServerHealth';

// The fixtures are what a Feast 0.67.0 registry server sent. The server here
// is a real HTTP server, because what goes wrong goes wrong on the wire.
describe('FeastRegistryClient', () => {
  let server: Server | undefined;
  let url: string;
  let seen: string[];

  async function serve(
    answer: (req: IncomingMessage) => { status?: number; body: unknown },
  ) {
    seen = [];
    server = createServer((req, res) => {
      seen.push(req.url!);
      const { status = 200, body } = answer(req);
      res.writeHead(status);
      res.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
    await new Promise<void>(done => server!.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new FeastRegistryClient({ registryUrl: `${url}/` });
  }

  afterEach(async () => {
    server?.closeAllConnections();
    await new Promise(done => (server ? server.close(done) : done(undefined)));
    server = undefined;
  });

  it('reads feature views with features, source, ttl and intervals', async () => {
    const client = await serve(() => ({ body: views }));
    const { items, truncated } = await client.listFeatureViews();
    expect(truncated).toBe(false);
    const weather = items.find(view => view.spec.name === 'weather')!;
    expect(weather).toMatchObject({
      type: 'featureView',
      project: 'flights',
      spec: {
        entities: ['airport'],
        ttl: 172_800_000,
        online: true,
        owner: 'ml-team',
        features: [
          { name: 'temperature', valueType: 'FLOAT', description: 'Degrees C' },
          { name: 'wind', valueType: 'DOUBLE', description: '' },
        ],
        batchSource: {
          type: 'BATCH_FILE',
          fileOptions: { uri: 'data/weather.parquet' },
        },
      },
      meta: {
        materializationIntervals: [
          {
            startTime: Date.parse('2026-11-20T20:33:04.566Z'),
            endTime: Date.parse('2026-11-22T20:32:56Z'),
          },
        ],
      },
    });
    // A zero is left out of the answer, not a missing value.
    const offline = items.find(view => view.spec.name === 'offline_only')!;
    expect(offline.spec.online).toBe(false);
    const adjusted = items.find(view => view.spec.name === 'adjusted')!;
    expect(adjusted.type).toBe('onDemandFeatureView');
    expect(Object.keys(adjusted.spec.sources)).toEqual(['req', 'weather']);
  });

  it('reads services, entities and data sources', async () => {
    const client = await serve(req => ({
      body: [
        ['/feature_services', services],
        ['/entities', entities],
        ['/data_sources', dataSources],
      ].find(([path]) => req.url!.startsWith(path as string))![1],
    }));
    const service = (await client.listFeatureServices()).items[0];
    expect(service.spec.features.map(f => f.featureViewName)).toEqual([
      'weather',
      'adjusted',
    ]);
    const found = await client.listEntities();
    expect(found.items.map(e => e.spec.joinKey)).toEqual([
      '__dummy_id',
      'airport',
    ]);
    const sources = await client.listDataSources();
    expect(sources.items.map(s => s.type)).toEqual([
      'BATCH_FILE',
      'REQUEST_SOURCE',
    ]);
  });

  it('asks past the cache, page by page, up to the limit', async () => {
    await serve(() => ({
      body: {
        entities: [{ spec: { name: 'a' } }, { spec: { name: 'b' } }],
        pagination: { hasNext: true },
      },
    }));
    const client = new FeastRegistryClient({ registryUrl: url, maxObjects: 3 });
    const { items, truncated } = await client.listEntities();
    expect(items).toHaveLength(3);
    expect(truncated).toBe(true);
    expect(seen).toEqual([
      '/entities/all?allow_cache=false&limit=100&page=1',
      '/entities/all?allow_cache=false&limit=100&page=2',
    ]);
  });

  it('can be held to one project', async () => {
    await serve(() => ({ body: { entities: [{ spec: { name: 'a' } }] } }));
    const client = new FeastRegistryClient({
      registryUrl: url,
      project: 'a&b',
    });
    const { items } = await client.listEntities();
    expect(items[0].project).toBe('a&b');
    expect(seen).toEqual([
      '/entities?project=a%26b&allow_cache=false&limit=100&page=1',
    ]);
  });

  it.each([
    ['HTML', 200, '<html>'],
    ['another JSON', 200, { items: [] }],
    ['a bad duration', 200, viewWith({ ttl: 'two days' })],
    ['a foreign 404', 404, { detail: 'Not Found' }],
    ['a proxy error', 502, 'Bad gateway'],
  ])('says so when the answer is %s', async (_what, status, body) => {
    const client = await serve(() => ({ status, body }));
    await expect(client.listFeatureViews()).rejects.toMatchObject({
      name: 'ServiceUnavailableError',
      message: expect.stringMatching(
        /does not answer like a Feast registry .*check that feast\.registryUrl/,
      ),
    });
  });

  it.each([
    [401, 'ServiceUnavailableError', 'check feast.token'],
    [404, 'NotFoundError', 'the reason'],
    [422, 'InputError', 'the reason'],
    [500, 'ServiceUnavailableError', 'the reason'],
  ])('turns status %p into %p', async (status, name, text) => {
    const client = await serve(() => ({
      status,
      body: { status_code: status, detail: 'the reason', error_type: 'X' },
    }));
    await expect(client.listEntities()).rejects.toMatchObject({
      name,
      message: expect.stringContaining(text),
    });
  });

  it('stops at an answer that is too large', async () => {
    await serve(() => ({ body: 'x'.repeat(10_000) }));
    const client = new FeastRegistryClient({ registryUrl: url, maxBytes: 100 });
    await expect(client.listEntities()).rejects.toThrow(/more than 100 bytes/);
  });

  it('names the URL and the setting when nothing listens', async () => {
    const client = new FeastRegistryClient({
      registryUrl: 'http://127.0.0.1:1',
    });
    await expect(client.listEntities()).rejects.toThrow(
      /cannot be reached: GET http:\/\/127\.0\.0\.1:1\/entities\/all failed .*feast\.registryUrl is right$/,
    );
    await expect(
      checkFeastServer({ serverUrl: 'http://127.0.0.1:1' }),
    ).rejects.toThrow(/127\.0\.0\.1:1\/health failed .*feast\.serverUrl/);
  });

  it('knows a healthy feature server from a sick one', async () => {
    await serve(() => ({ body: '' }));
    await expect(checkFeastServer({ serverUrl: url })).resolves.toBeUndefined();
    server!.close();
    await serve(() => ({ status: 500, body: 'no store' }));
    await expect(checkFeastServer({ serverUrl: url })).rejects.toThrow(
      /with status 500 \(no store\)/,
    );
  });

  function viewWith(spec: object) {
    return { featureViews: [{ spec: { name: 'v', ...spec } }] };
  }
});
