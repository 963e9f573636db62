import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { OutsideRequest } from './OutsideWorld';
import { RealWorld } from './RealWorld';

const never = new AbortController().signal;

describe('a request', () => {
  const servers: Server[] = [];
  const start = async (listener: RequestListener) => {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  const ask = (request: Partial<OutsideRequest>, world = new RealWorld()) =>
    world.request({ method: 'GET', url: '', headers: {}, ...request }, never);

  it('gives status, headers and the value of a JSON body', async () => {
    const url = await start((req, res) => {
      const parts: Buffer[] = [];
      req.on('data', part => parts.push(part));
      req.on('end', () => {
        res.writeHead(201, { 'X-Mine': 'yes' });
        res.end(
          JSON.stringify({
            method: req.method,
            sent: Buffer.concat(parts).toString(),
            key: req.headers['idempotency-key'],
          }),
        );
      });
    });
    const answer = await ask({
      method: 'POST',
      url: `${url}/jobs`,
      headers: { 'idempotency-key': 'k' },
      body: '{"n":1}',
    });
    expect(answer).toMatchObject({
      status: 201,
      headers: { 'x-mine': 'yes' },
      body: { method: 'POST', sent: '{"n":1}', key: 'k' },
    });
  });

  it.each<[string, string, unknown]>([
    ['a text', 'ready', 'ready'],
    ['nothing', '', ''],
    ['a number', '42', 42],
    ['half of a JSON', '{"a":', '{"a":'],
    ['NUL, which PostgreSQL does not store', 'a\0b', 'ab'],
  ])('gives %s as it is', async (_, body, expected) => {
    const url = await start((_req, res) => res.end(body));
    expect((await ask({ url })).body).toEqual(expected);
  });

  it('is refused where the answer is too long, without reading all of it', async () => {
    const url = await start((_req, res) => {
      const part = 'x'.repeat(64 * 1024);
      const more = () => {
        while (res.write(part));
        res.once('drain', more);
      };
      more();
    });
    await expect(ask({ url })).rejects.toThrow(
      'the answer (HTTP 200) is longer than 1024 KiB',
    );
  });

  it('follows a redirect, and keeps credentials from another host', async () => {
    const seen: Array<string | undefined> = [];
    const other = await start((req, res) => {
      seen.push(req.headers.authorization);
      res.end('there');
    });
    const url = await start((req, res) => {
      seen.push(req.headers.authorization);
      const next = req.url === '/a' ? '/b' : other;
      res.writeHead(302, { location: next });
      res.end();
    });
    const headers = { authorization: 'Bearer secret' };
    expect((await ask({ url: `${url}/a`, headers })).body).toBe('there');
    expect(seen).toEqual(['Bearer secret', 'Bearer secret', undefined]);
  });

  it('does not follow for ever, and never sends a body on', async () => {
    let asked = 0;
    const url = await start((_req, res) => {
      asked += 1;
      res.writeHead(307, { location: '/' });
      res.end();
    });
    await expect(ask({ url })).rejects.toThrow('sent on more than 5 times');
    asked = 0;
    const answer = await ask({ url, method: 'POST', body: 'x' });
    expect([answer.status, asked]).toEqual([307, 1]);
  });

  it('says in words why there is no answer', async () => {
    const url = await start(() => {});
    servers[0].close();
    servers[0].closeAllConnections();
    await expect(ask({ url })).rejects.toThrow(
      'nothing listens there (ECONNREFUSED)',
    );
  });

  it('ends with the process', async () => {
    const url = await start(() => {});
    const stop = new AbortController();
    const asked = new RealWorld().request(
      { method: 'GET', url, headers: {} },
      stop.signal,
    );
    stop.abort();
    await expect(asked).rejects.toThrow();
  });

  it('reaches listed hosts only, also behind a redirect', async () => {
    const other = await start((_req, res) => res.end('there'));
    const url = await start((_req, res) => {
      res.writeHead(302, { location: other });
      res.end();
    });
    const { host } = new URL(url);
    const world = new RealWorld({ allow: [host, '*.example.org'] });
    await expect(ask({ url: other }, world)).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringContaining('maestro.http.allow'),
    });
    await expect(ask({ url }, world)).rejects.toThrow('maestro.http.allow');
    await expect(
      ask({ url: 'http://example.org.evil.test/' }, world),
    ).rejects.toThrow('may not ask example.org.evil.test');
    await expect(ask({ url }, new RealWorld({ allow: [] }))).rejects.toThrow(
      'may not ask',
    );
    await expect(ask({ url: 'file:///etc/passwd' })).rejects.toThrow(
      'neither http nor https',
    );
  });
});

describe('a look at a file', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'maestro-look-'));
    await writeFile(join(directory, 'a b'), 'abc');
  });
  afterAll(() => rm(directory, { recursive: true }));
  const world = new RealWorld();

  it('finds it by path and by address', async () => {
    const file = join(directory, 'a b');
    const found = await world.object(file);
    expect(found).toEqual({ size: 3, modifiedAt: expect.any(Number) });
    expect(await world.object(pathToFileURL(file).toString())).toEqual(found);
  });

  it('finds none where there is none', async () => {
    expect(await world.object(join(directory, 'none'))).toBeUndefined();
    expect(await world.object(join(directory, 'a b', 'x'))).toBeUndefined();
  });

  it('refuses what is no file here', async () => {
    await expect(world.object('s3://bucket/x')).rejects.toThrow(
      'For s3:// name the connection',
    );
    await expect(world.object('file://host/x')).rejects.toMatchObject({
      name: 'InputError',
    });
  });
});
