import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcp, type AddressInfo } from 'node:net';
import { testConnection } from './connectionTest';
import type { ResolvedConnection } from './ConnectionStore';

const servers: { close(): unknown }[] = [];
afterEach(() => servers.splice(0).forEach(server => server.close()));

async function listen(server: Server | ReturnType<typeof createTcp>) {
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  servers.push(server);
  return (server.address() as AddressInfo).port;
}

const http = (handler: RequestListener) => listen(createServer(handler));

function connection(change: Partial<ResolvedConnection>): ResolvedConnection {
  return {
    connId: 'c',
    connType: 'http',
    host: '127.0.0.1',
    revision: 1,
    ...change,
  };
}

/** Not within the seconds that people wait: the machine may be busy. */
const test = (change: Partial<ResolvedConnection>, timeoutMs = 60_000) =>
  testConnection(connection(change), { at: 7, timeoutMs });

describe('testConnection', () => {
  it('gets through to the health page of MLflow and Feast', async () => {
    const port = await http((req, res) => {
      res.statusCode = req.url === '/health' ? 200 : 500;
      res.end('OK');
    });
    const result = await test({ port });
    expect(result).toMatchObject({ at: 7, ok: true });
    expect(result.steps.map(s => s.step)).toEqual([
      'resolve',
      'connect',
      'authenticate',
      'answer',
    ]);
    expect(result.steps[3].message).toBe('GET /health: HTTP 200');
    expect(result.steps.every(s => s.durationMs >= 0)).toBe(true);
  });

  it('asks for / where there is no health page', async () => {
    const port = await http((req, res) => {
      res.statusCode = req.url === '/base/' ? 204 : 404;
      res.end();
    });
    const result = await test({ host: 'http://127.0.0.1/base', port });
    expect(result.steps[3].message).toBe('GET /base/: HTTP 204');
  });

  it('tells wrong credentials from missing ones', async () => {
    const right = `Basic ${Buffer.from('jo:pw-right').toString('base64')}`;
    const port = await http((req, res) => {
      res.statusCode = req.headers.authorization === right ? 200 : 401;
      res.end();
    });
    const wrong = await test({ port, login: 'jo', password: 'pw-wrong' });
    expect(wrong.ok).toBe(false);
    expect(wrong.steps.at(-1)).toMatchObject({
      step: 'authenticate',
      ok: false,
      message: expect.stringMatching(/refuses login and password/),
    });
    expect((await test({ port })).steps.at(-1)?.message).toMatch(/wants cred/);
    expect((await test({ port, login: 'jo', password: 'pw-right' })).ok).toBe(
      true,
    );
  });

  it('stops at the first step that fails and says why', async () => {
    const port = await http(() => {});
    servers.splice(0).forEach(server => server.close());
    const refused = await test({ port });
    expect(refused.steps.map(s => [s.step, s.ok])).toEqual([
      ['resolve', true],
      ['connect', false],
    ]);
    expect(refused.steps[1].message).toMatch(/Nothing listens there/);
    const unknown = await test({ host: 'no-such-host.invalid', port: 80 });
    expect(unknown.steps).toHaveLength(1);
    expect(unknown.steps[0].message).toMatch(/not known here/);
    expect((await test({ host: undefined })).steps[0].message).toMatch(
      /no host/,
    );
  });

  it('is bounded when a server accepts and never answers', async () => {
    const port = await listen(
      createTcp(socket => servers.push({ close: () => socket.destroy() })),
    );
    const begin = Date.now();
    const result = await test({ port }, 300);
    // The server never ends it; a busy machine takes its time.
    expect(Date.now() - begin).toBeLessThan(20_000);
    expect(result.steps.at(-1)).toMatchObject({
      ok: false,
      message: 'no result within 0.3 s',
    });
  }, 120_000);

  it('judges of S3 that it answers, and says what it does not judge', async () => {
    const port = await http((_req, res) => {
      res.statusCode = 403;
      res.end();
    });
    const result = await test({
      connType: 'aws',
      host: undefined,
      password: 'geheimnis',
      extra: { endpoint_url: `http://127.0.0.1:${port}` },
    });
    expect(result.ok).toBe(true);
    expect(result.steps.at(-1)?.message).toMatch(/not tested/);
  });

  it('recognises a PostgreSQL, and what is none', async () => {
    const server = process.env.MAESTRO_TEST_POSTGRES_URL;
    if (!server) throw new Error('MAESTRO_TEST_POSTGRES_URL is not set');
    const { hostname, port } = new URL(server);
    const real = await test({
      connType: 'postgres',
      host: hostname,
      port: Number(port),
    });
    expect(real.steps.at(-1)?.message).toMatch(/A PostgreSQL server answers/);
    const other = await listen(
      createTcp(socket => socket.on('error', () => {}).end('HTTP/1.1')),
    );
    const fake = await test({ connType: 'postgres', port: other });
    expect(fake.ok).toBe(false);
    expect(fake.steps.at(-1)?.message).toMatch(/no PostgreSQL/);
  });
});
