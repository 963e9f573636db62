/** @jest-environment node */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMaestroClient } from './createMaestroClient';

describe('createMaestroClient', () => {
  const servers: Server[] = [];
  const serve = async (listener: RequestListener) => {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>(done => {
      server.listen(0, '127.0.0.1', done);
    });
    const { port } = server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/api/maestro`;
  };
  const answer = (status: number, value: unknown) =>
    serve((_, res) => {
      res.writeHead(status, { 'Content-Type': 'application/json' });
      res.end(typeof value === 'string' ? value : JSON.stringify(value));
    });

  afterEach(async () => {
    await Promise.all(
      servers.splice(0).map(server => {
        server.closeAllConnections();
        return new Promise(done => {
          server.close(done);
        });
      }),
    );
  });

  it('encodes names and leaves out query parameters that are not given', async () => {
    const urls: string[] = [];
    const baseUrl = await serve((req, res) => {
      urls.push(req.url!);
      res.setHeader('Content-Type', 'application/json');
      res.end('{"items":[]}');
    });
    const client = createMaestroClient({ baseUrl });
    await client.listAttempts('r1', 'a/b ü', { mapIndex: 3 });
    await client.listRuns({ pipeline: 'p&q', limit: undefined });
    expect(urls).toEqual([
      '/api/maestro/runs/r1/tasks/a%2Fb%20%C3%BC/attempts?mapIndex=3',
      '/api/maestro/runs?pipeline=p%26q',
    ]);
  });

  it('asks for the address before each request and sends through the given fetch', async () => {
    const baseUrl = await answer(200, { items: [] });
    const discover = jest.fn(async () => baseUrl);
    const send = jest.fn(fetch);
    const client = createMaestroClient({ baseUrl: discover, fetch: send });
    await client.listPipelines();
    await client.listVariables();
    expect(discover).toHaveBeenCalledTimes(2);
    expect(send).toHaveBeenCalledTimes(2);
  });

  it('tells a run that was made from one that existed', async () => {
    const made = createMaestroClient({
      baseUrl: await answer(201, { runId: 'r1' }),
    });
    const existed = createMaestroClient({
      baseUrl: await answer(200, { runId: 'r1' }),
    });
    await expect(made.triggerRun('p', { runKey: 'k' })).resolves.toMatchObject({
      runId: 'r1',
      created: true,
    });
    await expect(
      existed.triggerRun('p', { runKey: 'k' }),
    ).resolves.toMatchObject({ runId: 'r1', created: false });
  });

  it("throws the server's name, message and problems", async () => {
    const problems = [{ path: 'params.n', message: 'must be integer' }];
    const client = createMaestroClient({
      baseUrl: await answer(400, {
        error: { name: 'InputError', message: 'params.n must be integer' },
        problems,
      }),
    });
    await expect(client.triggerRun('p')).rejects.toMatchObject({
      name: 'InputError',
      message: 'params.n must be integer',
      statusCode: 400,
      problems,
    });
  });

  it.each([
    ['an HTML page', '<html>Bad Gateway</html>'],
    ['nothing', ''],
    ['JSON of somebody else', { error: 'teapot' }],
  ])('says by status what %s does not explain', async (_, page) => {
    const client = createMaestroClient({ baseUrl: await answer(502, page) });
    await expect(client.getStatus()).rejects.toMatchObject({
      name: 'ResponseError',
      statusCode: 502,
      message: expect.stringMatching(/\/status answered 502 .*proxy/),
    });
  });

  it('says where it looked when nobody is there', async () => {
    const baseUrl = await answer(200, {});
    servers[0].closeAllConnections();
    await new Promise(done => {
      servers.splice(0)[0].close(done);
    });
    await expect(
      createMaestroClient({ baseUrl }).getStatus(),
    ).rejects.toMatchObject({
      name: 'MaestroUnreachableError',
      message: expect.stringContaining(baseUrl),
    });
  });

  it('ends with an AbortError when it is aborted', async () => {
    const baseUrl = await serve(() => {});
    const abort = new AbortController();
    const asked = createMaestroClient({ baseUrl }).getRun('r1', {
      signal: abort.signal,
    });
    setTimeout(() => abort.abort(), 20);
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('resolves a deletion, which has no body', async () => {
    const baseUrl = await serve((_, res) => res.writeHead(204).end());
    await expect(
      createMaestroClient({ baseUrl }).deleteVariable('k'),
    ).resolves.toBeUndefined();
  });

  it('hands out reports with their type and logs byte for byte', async () => {
    const bytes = Buffer.from([0xff, 0x00, 0x61]);
    const baseUrl = await serve((_, res) => {
      res.writeHead(200, {
        'Content-Type': 'image/png',
        'maestro-log-end': 'true',
      });
      res.end(bytes);
    });
    const client = createMaestroClient({ baseUrl });
    const report = await client.getReport('r', 'n', { taskId: 't' });
    expect(report.type).toBe('image/png');
    expect(Buffer.from(await report.arrayBuffer())).toEqual(bytes);
    const log = await client.downloadLog('a');
    expect(log.headers.get('maestro-log-end')).toBe('true');
    expect(Buffer.from(await log.arrayBuffer())).toEqual(bytes);
  });
});
