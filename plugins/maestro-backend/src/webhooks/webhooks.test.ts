import { createHmac } from 'node:crypto';
import { mockCredentials } from '@backstage/backend-test-utils';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import request from 'supertest';
import { SecretKeyRing } from '../connections/encryption';
import { rotateSecrets } from '../connections/rotateSecrets';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import { type TestEngine, createTestEngine } from '../engine/testing';
import { fakeServices, startApi } from '../service/__testUtils__/startApi';
import { RateLimit } from './RateLimit';
import { knowsSecret } from './verify';
import { WebhookService } from './WebhookService';

const KEY = { id: 'k1', secret: 'a secret of the installation' };
const URL = '/api/maestro/webhooks/train/deploy';
const sign = (secret: string, body: string | Buffer) =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

describe('a request knows the secret', () => {
  const body = Buffer.from('{"ref":"main"}');
  const secret = 'the secret';

  it('of the published example of GitHub', () => {
    expect(
      knowsSecret("It's a Secret to Everybody", Buffer.from('Hello, World!'), {
        signature:
          'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
      }),
    ).toBe(true);
  });

  it.each<[string, object, boolean]>([
    ['its signature', { signature: sign(secret, body) }, true],
    ['in capitals', { signature: sign(secret, body).toUpperCase() }, true],
    ['a bearer', { authorization: `Bearer ${secret}` }, true],
    ['nothing', {}, false],
    ['an empty signature', { signature: '' }, false],
    ['only the name', { signature: 'sha256=' }, false],
    ['another body', { signature: sign(secret, 'other') }, false],
    ['another secret', { signature: sign('other', body) }, false],
    ['an empty bearer', { authorization: 'Bearer ' }, false],
    ['the secret as user', { authorization: secret }, false],
    ['a piece of it', { authorization: `Bearer ${secret.slice(1)}` }, false],
    ['more than it', { authorization: `Bearer ${secret}x` }, false],
  ])('%s', (_, credentials, expected) => {
    expect(knowsSecret(secret, body, credentials)).toBe(expected);
  });
});

describe('RateLimit', () => {
  it('gives each key its share of a minute, and forgets', () => {
    let now = 0;
    const limit = new RateLimit(2, () => now);
    limit.count('a');
    expect(limit.isSpent('a')).toBe(false);
    limit.count('a');
    expect([limit.isSpent('a'), limit.isSpent('b')]).toEqual([true, false]);
    now = 60_000;
    expect(limit.isSpent('a')).toBe(false);
  });

  it('remembers a bounded number of keys', () => {
    const limit = new RateLimit(1, () => 0);
    for (let i = 0; i < 30_000; i++) limit.count(`key ${i}`);
    const { counts } = limit as unknown as { counts: Map<string, number> };
    expect(counts.size).toBeLessThanOrEqual(10_000);
  });
});

eachDatabase((_name, databases) => {
  describe('a webhook', () => {
    let db: MaestroDatabase;
    let test: TestEngine;
    let webhooks: WebhookService;
    let api: Awaited<ReturnType<typeof startApi>>;
    const keys = SecretKeyRing.fromKeys([KEY]);

    beforeAll(async () => {
      db = await databases.open();
      test = await createTestEngine(db, {
        logger: mockLogger(),
        settings: { pollMs: 50 },
      });
      await test.register('train', {
        params: {
          properties: {
            ref: { type: 'string', default: 'none' },
            n: { type: 'integer', default: 1 },
          },
        },
        webhooks: [
          { id: 'deploy', params: { ref: 'request.body.ref' } },
          { id: 'plain' },
        ],
        tasks: [{ id: 'a', run: { command: ['true'] } }],
      });
      webhooks = new WebhookService({
        db,
        keys,
        runControl: test.engine.commands,
      });
      api = await startApi(db, { ...fakeServices(), webhooks });
    });
    afterAll(async () => {
      await api.stop();
      await test.stop();
    });

    afterEach(() => jest.restoreAllMocks());

    const post = (url: string, body: string, headers: object) =>
      request(api.server)
        .post(url)
        .set({ 'content-type': 'application/json', ...headers })
        .send(body);
    const runOf = async (runId: string) => {
      const row = await test.run(runId);
      return { ...row, params: JSON.parse(row.params) };
    };

    it('starts a run with params of the body, once for a delivery', async () => {
      const { secret, path } = await webhooks.rotate('train', 'deploy', 'x');
      expect(path).toBe('/webhooks/train/deploy');
      const body = JSON.stringify({ ref: 'refs/heads/main', more: [1] });
      const headers = {
        'x-hub-signature-256': sign(secret, body),
        'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      };
      const first = await post(URL, body, headers);
      expect(first.body).toEqual({ runId: expect.any(String), created: true });
      expect(first.status).toBe(201);
      const again = await post(URL, body, headers);
      expect(again.status).toBe(200);
      expect(again.body).toEqual({ runId: first.body.runId, created: false });
      expect(await runOf(first.body.runId)).toMatchObject({
        trigger: 'api',
        run_key: 'webhook__deploy__72d3162e-cc78-11e3-81ab-4c9367dc0958',
        created_by: 'webhook:deploy',
        params: { ref: 'refs/heads/main', n: 1 },
      });
      const [hook] = await webhooks.list('train');
      expect(hook).toMatchObject({
        id: 'deploy',
        hasSecret: true,
        rotatedBy: 'x',
        deliveredAt: expect.any(Number),
        params: { ref: 'request.body.ref' },
      });
      expect(JSON.stringify(hook)).not.toContain(secret);
    });

    it('takes the secret as a bearer token, and any key as delivery', async () => {
      const { secret } = await webhooks.rotate('train', 'plain', 'x');
      const send = (key: string) =>
        post('/api/maestro/webhooks/train/plain', '', {
          authorization: `Bearer ${secret}`,
          'idempotency-key': key,
        });
      const odd = `${'long and odd, ü? '.repeat(20)}`.replace(/ü/g, '~');
      const first = await send(odd);
      expect(first.status).toBe(201);
      expect((await send(odd)).body.runId).toBe(first.body.runId);
      expect((await send('other')).body.runId).not.toBe(first.body.runId);
      expect((await runOf(first.body.runId)).run_key).toMatch(
        /^webhook__plain__sha256-[0-9a-f]{64}$/,
      );
    });

    it('says the same to a wrong secret, an unknown webhook and an unknown pipeline', async () => {
      const { secret } = await webhooks.rotate('train', 'deploy', 'x');
      const body = '{"ref":"x"}';
      const answers = [];
      for (const [url, key] of [
        [URL, 'wrong'],
        ['/api/maestro/webhooks/train/none', secret],
        ['/api/maestro/webhooks/nobody/deploy', secret],
        ['/api/maestro/webhooks/train/..%2f', secret],
      ]) {
        const { status, body: answer } = await post(url, body, {
          'x-hub-signature-256': sign(key, body),
        });
        answers.push({ status, error: answer.error });
      }
      expect(answers[0].status).toBe(401);
      for (const answer of answers) expect(answer).toEqual(answers[0]);
    });

    it('refuses the secret before, one that was never made, and a removed pipeline', async () => {
      const old = await webhooks.rotate('train', 'deploy', 'x');
      await webhooks.rotate('train', 'deploy', 'x');
      const body = '{"ref":"x"}';
      const send = (secret: string) =>
        post(URL, body, { 'x-hub-signature-256': sign(secret, body) });
      expect((await send(old.secret)).status).toBe(401);
      const now = await webhooks.rotate('train', 'deploy', 'x');
      await db.knex('pipelines').update({ removed_at: 1 });
      expect((await send(now.secret)).status).toBe(401);
      await db.knex('pipelines').update({ removed_at: null });
      expect((await send(now.secret)).status).toBe(201);
      await db.knex('webhooks').delete();
      expect((await send(now.secret)).status).toBe(401);
    });

    it.each([
      ['no JSON', 'ref=main', 400, 'not valid JSON'],
      ['a field that is missing', '{}', 400, 'Param "ref"'],
      [
        'a param of another type',
        '{"ref":7}',
        400,
        'params of "train" are wrong',
      ],
      ['NUL', '{"ref":"a\\u0000b"}', 400, 'NUL'],
      ['a body that is no object', '[]', 400, 'Param "ref"'],
      ['too much', `{"ref":"${'x'.repeat(300_000)}"}`, 413, '256 KiB'],
    ])('answers %s by name', async (_, body, status, message) => {
      const { secret } = await webhooks.rotate('train', 'deploy', 'x');
      const answer = await post(URL, body, {
        'x-hub-signature-256': sign(secret, body),
      });
      expect(answer.status).toBe(status);
      expect(answer.body.error.message).toContain(message);
      expect(JSON.stringify(answer.body)).not.toContain(secret);
    });

    it('opens nothing but that one route', async () => {
      const nobody = (method: 'get' | 'post' | 'put', url: string) =>
        request(api.server)
          [method](`/api/maestro${url}`)
          .set('authorization', mockCredentials.none.header())
          .send({});
      expect((await nobody('get', '/pipelines')).status).toBe(401);
      expect((await nobody('get', '/pipelines/train/webhooks')).status).toBe(
        401,
      );
      expect((await nobody('get', '/webhooks/train/deploy')).status).toBe(404);
      expect((await nobody('put', '/webhooks/train/deploy')).status).toBe(404);
      expect((await nobody('post', '/webhooks/train')).status).toBe(404);
      expect((await nobody('get', '/webhooks')).status).toBe(404);
    });

    /** A minute that goes on for as long as the machine needs. */
    const minuteStands = () =>
      jest
        .spyOn(RateLimit.prototype as unknown as { turn(): void }, 'turn')
        .mockImplementation(() => {});

    it('does not let somebody guess for long', async () => {
      minuteStands();
      const send = () => post('/api/maestro/webhooks/train/guess', '{}', {});
      const statuses = [];
      for (let i = 0; i < 25; i++) statuses.push((await send()).status);
      expect(statuses.slice(0, 20)).toEqual(Array(20).fill(401));
      expect(statuses.slice(20)).toEqual(Array(5).fill(429));
    });

    it('lets who knows the secret in, however many guess from his address', async () => {
      minuteStands();
      const { secret } = await webhooks.rotate('train', 'plain', 'x');
      const send = async (key: string) =>
        (
          await post('/api/maestro/webhooks/train/plain', '', {
            authorization: `Bearer ${key}`,
          })
        ).status;
      const statuses = [];
      for (let i = 0; i < 21; i++) statuses.push(await send('a guess'));
      expect(statuses.pop()).toBe(429);
      expect(await send(secret)).toBe(201);
      expect(await send('a guess')).toBe(429);
    });

    it('keeps the secret encrypted, bound to its place, and turns with the keys', async () => {
      const { secret } = await webhooks.rotate('train', 'deploy', 'x');
      const [row] = await db
        .knex('webhooks')
        .where({ address: 'train/deploy' });
      expect(row.secret).toMatch(/^v1:k1:/);
      expect(row.secret).not.toContain(secret);
      const ring = SecretKeyRing.fromKeys([
        { id: 'k2', secret: 'another secret of it' },
        KEY,
      ]);
      // Those of attempts are not encrypted here.
      const { failed } = await rotateSecrets(db, ring);
      expect(failed.filter(why => why.includes('webhooks'))).toEqual([]);
      const [turned] = await db
        .knex('webhooks')
        .where({ address: 'train/deploy' });
      expect(turned.secret).toMatch(/^v1:k2:/);
      const later = new WebhookService({
        db,
        keys: ring,
        runControl: test.engine.commands,
      });
      const delivery = {
        pipeline: 'train',
        webhookId: 'deploy',
        body: Buffer.from('{"ref":"x"}'),
        authorization: `Bearer ${secret}`,
      };
      await expect(
        later.receive(await later.authenticate(delivery), delivery),
      ).resolves.toMatchObject({ created: true });
    });

    it('says what there is to rotate', async () => {
      await expect(webhooks.rotate('train', 'deplyo', 'x')).rejects.toThrow(
        'has no webhook "deplyo"; it has: deploy, plain',
      );
      await expect(webhooks.list('nobody')).rejects.toThrow(
        'Pipeline "nobody" does not exist',
      );
    });
  });
});
