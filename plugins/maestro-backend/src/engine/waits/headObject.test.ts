import { execFile } from 'node:child_process';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import type { S3ObjectRequest } from './OutsideWorld';
import { RealWorld } from './RealWorld';
import { headObject } from './headObject';

/* On a server that speaks as much S3 as a HEAD needs; a real one in headObject.minio.test.ts. */

// Jest cannot import later, as the real one does.
const realWorld = (allow?: string[]) =>
  new RealWorld({ allow }, async () => headObject);
const never = new AbortController().signal;
const SECRET = 'not-to-be-told';
const MODIFIED = 'Wed, 25 Nov 2026 06:00:00 GMT';

describe('a look at an object of S3', () => {
  let server: Server | undefined;
  const asked: Array<{ line: string; authorization?: string }> = [];
  afterEach(() => {
    asked.length = 0;
    server?.closeAllConnections();
    server?.close();
    server = undefined;
  });

  const at = (endpoint: string): S3ObjectRequest => ({
    bucket: 'raw',
    key: 'a b/x.csv',
    access: {
      endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'admin', secretAccessKey: SECRET },
    },
  });

  /** Answers by path; everything else is 404, without a body as HEAD has none. */
  const start = async (
    answers: Record<
      string,
      number | ((req: IncomingMessage, res: ServerResponse) => void)
    > = {},
  ): Promise<S3ObjectRequest> => {
    server = createServer((req, res) => {
      const { authorization } = req.headers;
      asked.push({ line: `${req.method} ${req.url}`, authorization });
      const found = answers[req.url!.replace(/\/$/, '')] ?? 404;
      if (typeof found === 'function') return found(req, res);
      return res.writeHead(found).end();
    });
    await new Promise<void>(done => server!.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    return at(`http://127.0.0.1:${port}`);
  };
  const look = (request: S3ObjectRequest, world = realWorld()) =>
    world.s3Object(request, never);

  it('finds size, time and etag, by one signed request', async () => {
    const request = await start({
      '/raw/a%20b/x.csv': (_, res) =>
        res
          .writeHead(200, {
            'content-length': 7,
            'last-modified': MODIFIED,
            etag: '"abc-2"',
          })
          .end(),
    });
    expect(await look(request)).toEqual({
      size: 7,
      modifiedAt: Date.parse(MODIFIED),
      etag: 'abc-2',
    });
    expect(asked).toEqual([
      {
        line: 'HEAD /raw/a%20b/x.csv',
        authorization: expect.stringContaining('Credential=admin/'),
      },
    ]);
  });

  it.each([
    ['the bucket is there', 200],
    ['nobody may say whether the bucket is there', 403],
  ])('finds nothing where %s', async (_, status) => {
    expect(await look(await start({ '/raw': status }))).toBeUndefined();
    expect(asked).toHaveLength(2);
  });

  it.each<[string, Parameters<typeof start>[0], string]>([
    ['there is no bucket', {}, 'there is no bucket "raw" at http://127.0.0.1:'],
    [
      'the keys are refused',
      { '/raw/a%20b/x.csv': 403 },
      'refuses (HTTP 403): are the keys of the connection right',
    ],
    [
      'the region is another one',
      { '/raw/a%20b/x.csv': 301 },
      'is "raw" in region us-east-1? Otherwise correct region_name',
    ],
    [
      'the server has trouble',
      { '/raw/a%20b/x.csv': 503 },
      'answers with HTTP 503',
    ],
    [
      'the server has trouble with the bucket',
      { '/raw': 500 },
      'answers with HTTP 500',
    ],
    [
      'it is no S3',
      { '/raw/a%20b/x.csv': 200 },
      'says no size or no time of the object; is it an S3?',
    ],
    [
      'the connection breaks',
      { '/raw/a%20b/x.csv': req => req.socket.destroy() },
      'cannot be reached (socket hang up)',
    ],
  ])('says so when %s, and tries once', async (_, answers, said) => {
    const error = await look(await start(answers)).then(
      () => undefined,
      (e: Error) => e,
    );
    expect(error?.message).toContain(said);
    expect(error?.name).toBe('Error');
    expect(String(error)).not.toContain(SECRET);
    const objects = asked.filter(({ line }) => line.endsWith('x.csv'));
    expect(objects).toHaveLength(1);
  });

  it('says so when nobody listens', async () => {
    const request = await start();
    await new Promise(done => server!.close(done));
    await expect(look(request)).rejects.toThrow(
      `${request.access.endpoint} cannot be reached (connect ECONNREFUSED 127.0.0.1:`,
    );
  });

  it('loads the client in a process that is not of Jest', async () => {
    const { access } = await start({ '/raw': 200 });
    const program = `
      const { RealWorld } = require(process.argv[1]);
      new RealWorld()
        .s3Object(JSON.parse(process.argv[2]), new AbortController().signal)
        .then(found => console.log('found', found));`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--require',
      require.resolve('@backstage/cli/config/nodeTransform.cjs'),
      '--eval',
      program,
      require.resolve('./RealWorld'),
      JSON.stringify({ bucket: 'raw', key: 'x', access }),
    ]);
    expect(stdout).toBe('found undefined\n');
  }, 180_000);

  it('does not wait for ever', async () => {
    const request = await start({ '/raw/a%20b/x.csv': () => {} });
    await expect(look(request)).rejects.toThrow(
      `there was no answer of ${request.access.endpoint} within 10 s`,
    );
  }, 120_000);

  it('ends with the process', async () => {
    const request = await start({ '/raw/a%20b/x.csv': () => {} });
    const stop = new AbortController();
    const found = realWorld().s3Object(request, stop.signal);
    stop.abort();
    await expect(found).rejects.toThrow();
  });

  it('asks listed hosts only, by the address that is really asked', async () => {
    const request = await start({ '/raw': 200 });
    const { host } = new URL(request.access.endpoint);
    const refused = {
      name: 'InputError',
      message: expect.stringContaining('maestro.http.allow'),
    };
    const other = realWorld(['*.example.org']);
    await expect(look(request, other)).rejects.toMatchObject(refused);
    expect(asked).toEqual([]);
    expect(await look(request, realWorld([host]))).toBeUndefined();
    const aws = at('https://s3.eu-west-1.amazonaws.com');
    aws.access.forcePathStyle = false;
    await expect(look(aws, other)).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringContaining(
        'may not ask raw.s3.eu-west-1.amazonaws.com',
      ),
    });
  });
});
