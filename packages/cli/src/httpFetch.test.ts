import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { httpFetch } from './httpFetch';

let server: Server | undefined;

afterEach(async () => {
  jest.useRealTimers();
  server?.closeAllConnections();
  await new Promise(done => (server ? server.close(done) : done(undefined)));
  server = undefined;
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>(done => server!.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

it('sends method, body and token, and hands back status, headers and bytes', async () => {
  const url = await serve(async (req, res) => {
    const parts: Buffer[] = [];
    for await (const part of req) parts.push(part);
    const { authorization } = req.headers;
    res.writeHead(418, { 'x-a': 'b' });
    res.end(`${req.method} ${authorization} ${Buffer.concat(parts)}`);
  });
  const answer = await httpFetch('t')(url, { method: 'PUT', body: 'é' });
  expect(answer.status).toBe(418);
  expect(answer.headers.get('x-a')).toBe('b');
  expect(await answer.text()).toBe('PUT Bearer t é');
});

it('does not wait for ever for an answer, but for a slow body', async () => {
  const silent = await serve(() => {});
  await expect(httpFetch(undefined, 50)(silent)).rejects.toThrow(
    'no answer in 50 ms',
  );
  server!.closeAllConnections();
  server!.close();
  let end!: () => void;
  const slow = await serve((_, res) => {
    res.write('a');
    end = () => res.end('b');
  });
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
  const answer = await httpFetch(undefined, 3_000)(slow);
  jest.advanceTimersByTime(60_000);
  end();
  expect(await answer.text()).toBe('ab');
});

it('sends a token nowhere else: a redirect is an error', async () => {
  const url = await serve((_, res) =>
    res.writeHead(302, { location: 'http://other/' }).end(),
  );
  await expect(httpFetch('t')(url)).rejects.toThrow(
    'it redirects to http://other/',
  );
});

it('tells an answer that breaks off from a whole one', async () => {
  const url = await serve((_, res) => {
    res.writeHead(200, { 'content-length': '100' });
    res.write('half', () => res.destroy());
  });
  await expect((await httpFetch(undefined)(url)).text()).rejects.toMatchObject({
    code: 'ECONNRESET',
  });
});
