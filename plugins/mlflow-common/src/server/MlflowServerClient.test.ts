import { createServer, RequestListener, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import experiments from '../__fixtures__/experiments-search.json';
import models from '../__fixtures__/registered-models-search.json';
import runs from '../__fixtures__/runs-search.json';
import versions from '../__fixtures__/model-versions-search.json';
import { MlflowServerClient } from './MlflowServerClient';

// The fixtures are what an MLflow 3.17.2 server sent. The server here is a
// real HTTP server, because what goes wrong goes wrong on the wire.
describe('MlflowServerClient', () => {
  let server: Server | undefined;

  async function serve(listener: RequestListener): Promise<string> {
    server = createServer(listener);
    await new Promise<void>(done => server!.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function answering(
    body: unknown,
    status = 200,
    headers: Record<string, string> = {},
  ) {
    const seen: { url: string; body: string; authorization?: string }[] = [];
    const baseUrl = await serve((req, res) => {
      let text = '';
      req.on('data', chunk => (text += chunk));
      req.on('end', () => {
        seen.push({
          url: req.url!,
          body: text,
          authorization: req.headers.authorization,
        });
        res.writeHead(status, headers);
        res.end(typeof body === 'string' ? body : JSON.stringify(body));
      });
    });
    return { client: new MlflowServerClient({ baseUrl }), seen, baseUrl };
  }

  afterEach(async () => {
    server?.closeAllConnections();
    await new Promise(done => (server ? server.close(done) : done(undefined)));
    server = undefined;
  });

  it('reads registered models with aliases and tags', async () => {
    const { client } = await answering(models);
    const { items } = await client.searchModels();
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({
      name: 'late_arrivals',
      aliases: [{ alias: 'staging', version: '2' }],
      tags: [{ key: 'owner', value: 'ml-team' }],
      latest_versions: [{ version: '2', status: 'READY' }],
    });
  });

  it('reads versions and experiments', async () => {
    const first = await answering(versions);
    const found = await first.client.searchVersions('late_arrivals');
    expect(found.items.map(v => v.version)).toEqual(['2', '1']);
    server!.close();
    const second = await answering(experiments);
    const answer = await second.client.searchExperiments();
    expect(answer.items.map(e => e.name)).toEqual(['training', 'Default']);
  });

  it('keeps NaN and turns the largest double back into infinity', async () => {
    const { client } = await answering(runs);
    const { items } = await client.searchRuns({ experimentIds: ['1'] });
    const metrics = Object.fromEntries(
      items[0].data!.metrics!.map(m => [m.key, m.value]),
    );
    expect(metrics).toEqual({
      accuracy: 0.9644970414201184,
      f1_weighted: 0.9650856003752346,
      nanm: 'NaN',
      infm: 'Infinity',
    });
  });

  it('reads an empty answer as an empty list', async () => {
    const { client } = await answering({});
    await expect(client.searchModels()).resolves.toEqual({ items: [] });
  });

  it('asks nothing when there is nothing to ask', async () => {
    const { client, seen } = await answering({});
    await client.searchRuns({ experimentIds: [] });
    await client.searchRuns({ experimentIds: ['1'], runIds: ["x') OR 1=1"] });
    expect(seen).toEqual([]);
  });

  it('keeps a path prefix and sends the authorization', async () => {
    const { baseUrl, seen } = await answering(models);
    await new MlflowServerClient({
      baseUrl: `${baseUrl}/ml/flow/`,
      authorization: 'Bearer abc',
    }).searchModels();
    expect(seen[0].url).toMatch(
      /^\/ml\/flow\/api\/2\.0\/mlflow\/registered-models\/search\?/,
    );
    expect(seen[0].authorization).toBe('Bearer abc');
  });

  it('takes % and _ of a filter literally', async () => {
    const { client } = await answering(models);
    const found = await client.searchModels({ nameContains: 'TE_ARR' });
    expect(found.items).toHaveLength(1);
    const none = await client.searchModels({ nameContains: 'l%e' });
    expect(none.items).toEqual([]);
  });

  it('names the URL and the setting when nothing listens', async () => {
    const client = new MlflowServerClient({ baseUrl: 'http://127.0.0.1:1' });
    await expect(client.searchModels()).rejects.toMatchObject({
      name: 'ServiceUnavailableError',
      message: expect.stringMatching(
        /^MLflow cannot be reached: GET http:\/\/127\.0\.0\.1:1\/api\/2\.0\/mlflow\/registered-models\/search failed \(.+\); check that it runs and that mlflow\.baseUrl is right$/,
      ),
    });
  });

  it('gives up when the server stays silent, also halfway', async () => {
    const baseUrl = await serve((_req, res) => {
      res.writeHead(200);
      res.write('{');
    });
    const client = new MlflowServerClient({ baseUrl, timeoutMs: 100 });
    await expect(client.searchModels()).rejects.toThrow(
      /did not answer GET .* within 100 ms/,
    );
  });

  it('stops reading an answer that is too large', async () => {
    const { baseUrl } = await answering('x'.repeat(100_000));
    const client = new MlflowServerClient({ baseUrl, maxBytes: 1_000 });
    await expect(client.searchModels()).rejects.toThrow(/more than 1000 bytes/);
  });

  it('does not follow a redirect to a sign-in page', async () => {
    const { client, seen } = await answering('', 302, {
      location: 'https://login.example/',
    });
    await expect(client.searchModels()).rejects.toThrow(
      /redirect \(302\) to https:\/\/login\.example\/; set mlflow\.baseUrl/,
    );
    expect(seen).toHaveLength(1);
  });

  it.each([
    ['HTML', '<html>hello</html>', 200],
    ['another JSON', { registered_models: [{ title: 'x' }] }, 200],
    ['a number', '7', 200],
    ['nothing', '', 200],
    ['a foreign 404', '<html>not here</html>', 404],
  ])('says so when the answer is %s', async (_what, body, status) => {
    const { client } = await answering(body, status);
    await expect(client.searchModels()).rejects.toMatchObject({
      name: 'ServiceUnavailableError',
      message: expect.stringMatching(
        /does not answer like an MLflow server \(.*\); check mlflow\.baseUrl/,
      ),
    });
  });

  it.each([
    [404, 'RESOURCE_DOES_NOT_EXIST', 'NotFoundError'],
    [400, 'INVALID_PARAMETER_VALUE', 'InputError'],
    [500, 'INTERNAL_ERROR', 'ServiceUnavailableError'],
  ])('turns status %p %p into %p', async (status, code, name) => {
    const { client } = await answering(
      { error_code: code, message: 'the reason' },
      status,
    );
    await expect(client.getModel('x')).rejects.toMatchObject({
      name,
      message: expect.stringContaining('the reason'),
    });
  });

  it.each([401, 403])('blames the credentials for %p', async status => {
    const { client } = await answering('You are not authenticated', status);
    await expect(client.searchModels()).rejects.toMatchObject({
      name: 'ServiceUnavailableError',
      message: expect.stringContaining('check mlflow.auth'),
    });
  });

  it('cuts a hostile error text short', async () => {
    const { client } = await answering('y'.repeat(50_000), 500);
    const error = await client.searchModels().catch(e => e);
    expect(error.message.length).toBeLessThan(500);
  });

  it('reads the version, and only a version', async () => {
    const good = await answering('3.17.2\n');
    await expect(good.client.version()).resolves.toBe('3.17.2');
    server!.close();
    const bad = await answering('<html>3.17.2</html>');
    await expect(bad.client.version()).rejects.toThrow(/like an MLflow server/);
  });
});
