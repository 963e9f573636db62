import { everyCommand } from './__testUtils__/everyCommand';
import {
  detail,
  errorAnswer,
  RUN_ID,
  status,
} from './__testUtils__/fakeMaestro';

const { fake, maestro } = everyCommand();

describe('exit codes', () => {
  it.each<[number, string, ReturnType<typeof errorAnswer>]>([
    [1, 'a conflict', errorAnswer(409, 'ConflictError', 'exists already')],
    [1, 'a server that fails', errorAnswer(500, 'Error', 'broken')],
    [2, 'a value it refuses', errorAnswer(400, 'InputError', 'wrong')],
    [3, 'nothing there', errorAnswer(404, 'NotFoundError', 'no such')],
    [4, 'a portal that starts', { status: 503, bytes: Buffer.from('<html>') }],
    [5, 'no token', errorAnswer(401, 'AuthenticationError', 'who')],
    [5, 'no permission', errorAnswer(403, 'NotAllowedError', 'no')],
  ])('%i for %s', async (code, _, answer) => {
    fake.routes['GET /status'] = answer;
    const result = await maestro(['status']);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(/^maestro: .+\n$/);
  });

  it.each([
    [['nonsense']],
    [['runs']],
    [['runs', 'list', '--state', 'odd']],
    [['runs', 'list', '--limit', '0']],
    [['trigger']],
    [['trigger', 'train', '--params', '[]']],
    [['trigger', 'train', '--param', 'n']],
    [['connections', 'add', 'x']],
    [['status', '-o', 'xml']],
    [['runs', 'clear', RUN_ID]],
    [['test', 'x', 'yesterday']],
  ])('2 for %j, which asks for nothing to be changed', async args => {
    expect(await maestro(args)).toMatchObject({ code: 2, stdout: '' });
    expect(fake.requests.map(one => one.route)).not.toContainEqual(
      expect.stringMatching(/^(POST|PUT|DELETE)/),
    );
  });

  it('4 where nobody listens, with what to do', async () => {
    const env = { MAESTRO_URL: 'http://127.0.0.1:1' };
    const result = await maestro(['status'], { env });
    expect(result.code).toBe(4);
    expect(result.stderr).toMatch(/127.0.0.1:1.*ECONNREFUSED.*npm start/);
    expect((await maestro(['status'], { env: {} })).code).toBe(4);
  });

  it('0 for help, which explains them', async () => {
    const result = await maestro(['--help']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(/0 {2}done[^]*5 {2}not allowed/);
  });

  it('1 for a run that fails while it is waited for', async () => {
    fake.routes[`GET /runs/${RUN_ID}`] = { json: detail('failed') };
    const result = await maestro(['trigger', 'train', '--wait']);
    expect(result.code).toBe(1);
    expect(result.stdout).toContain('failed after 2 m 05 s');
  });

  it('1 for what does not work', async () => {
    fake.routes['POST /connections/db/test'] = {
      json: { at: 1, ok: false, steps: [] },
    };
    fake.routes['GET /status'] = { json: { ...status, ok: false } };
    expect((await maestro(['connections', 'test', 'db'])).code).toBe(1);
    expect((await maestro(['status'])).code).toBe(1);
  });

  it('says once what is wrong where the message says it already', async () => {
    fake.routes['POST /pipelines/train/runs'] = errorAnswer(
      400,
      'InputError',
      'The params of "train" are wrong: params.n: It is "x" (expected type integer)',
      [{ path: 'params.n', message: 'It is "x"', expected: 'type integer' }],
    );
    expect((await maestro(['trigger', 'train'])).stderr).toBe(
      'maestro: The params of "train" are wrong: params.n: It is "x" (expected type integer)\n',
    );
  });

  it('tells problems place by place', async () => {
    fake.routes['POST /pipelines/train/runs'] = errorAnswer(
      400,
      'InputError',
      'The params are wrong',
      [{ path: 'params.n', message: 'It is "x"', expected: 'type integer' }],
    );
    expect((await maestro(['trigger', 'train'])).stderr).toBe(
      'maestro: The params are wrong\n  params.n: It is "x" (expected type integer)\n',
    );
  });
});
