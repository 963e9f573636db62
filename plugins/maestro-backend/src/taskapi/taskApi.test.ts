import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ConfigReader } from '@backstage/config';
import { ServiceUnavailableError } from '@backstage/errors';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { eventually } from '../__testUtils__/eventually';
import { FileArtifactStore } from '../artifacts/FileArtifactStore';
import { eachDatabase } from '../database/testing';
import { emptyGarbage } from '../housekeeping/retention';
import { PipelineVersions } from '../pipelines/versionFiles';
import { newAttemptToken } from './attemptToken';
import { readTaskApiSettings, TaskApiServer } from './TaskApiServer';
import { type RunChange, TaskReports } from './TaskReports';

const MiB = 1024 * 1024;

eachDatabase((_name, databases) => {
  let directory: string;
  const servers: TaskApiServer[] = [];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'maestro-taskapi-'));
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
    await rm(directory, { recursive: true, force: true });
  });

  async function setUp() {
    const db = await databases.open({ clock: () => 5_000 });
    const store = new FileArtifactStore({ directory });
    const changes: RunChange[] = [];
    await db.knex('pipeline_versions').insert({
      id: 1,
      pipeline_id: 1,
      number: 1,
      hash: 'h',
      definition: JSON.stringify({
        name: 'training',
        tasks: [
          { id: 'train' },
          {
            id: 'check',
            produces: [
              { asset: 'flights_drift', on: { alert: 'drift' } },
              { asset: 'checked', on: 'success' },
            ],
          },
        ],
      }),
      created_at: 1,
    });
    await db.knex('runs').insert({
      id: 7,
      run_id: 'run-7',
      pipeline_id: 1,
      version_id: 1,
      run_key: 'k',
      trigger: 'manual',
      state: 'running',
      run_after: 1,
      created_at: 1,
      params: '{}',
    });
    const hints: string[] = [];
    const { token, hash } = newAttemptToken();
    await db.knex('attempts').insert({
      id: 3,
      attempt_id: 'a-3',
      run_id: 7,
      pipeline_id: 1,
      task_no: 1,
      map_index: -1,
      seq: 1,
      try_number: 1,
      state: 'running',
      executor: 'local',
      executor_instance: 'i',
      claimed_at: 1,
      token_hash: hash,
      masks: JSON.stringify(['hunter22']),
    });
    const reports = new TaskReports({
      db,
      store,
      versions: new PipelineVersions({ db }),
      openMasks: (_id, sealed) => JSON.parse(sealed),
      onRunChanged: change => changes.push(change),
      onTimersDue: () => hints.push('timers'),
    });
    const server = new TaskApiServer({
      settings: readTaskApiSettings(new ConfigReader({})),
      reports,
      logger: mockLogger(),
    });
    servers.push(server);
    await server.start();
    const url = server.url()!;
    const call = async (
      method: string,
      path: string,
      body?: string | Buffer,
      headers: Record<string, string> = {},
    ) => {
      const response = await fetch(`${url}${path}`, {
        method,
        body: body as BodyInit | undefined,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          ...headers,
        },
      });
      return { status: response.status, body: await response.text() };
    };
    const run = () => db.knex('runs').where({ id: 7 }).first();
    return { db, store, changes, hints, token, url, call, run, reports };
  }

  const alert = (change: object = {}) =>
    JSON.stringify({
      kind: 'drift',
      severity: 'warning',
      message: 'p = 0.01',
      values: { p: 0.01 },
      ...change,
    });

  it('answers to health without a token, and to nothing else', async () => {
    const { url, call } = await setUp();
    expect((await fetch(`${url}/v1/health`)).status).toBe(200);
    for (const [method, path] of [
      ['POST', '/v1/alerts'],
      ['PUT', '/v1/reports/r'],
      ['PUT', '/v1/outputs/o'],
    ]) {
      expect((await fetch(`${url}${path}`, { method })).status).toBe(401);
    }
    expect((await call('POST', '/api/maestro/runs', '{}')).status).toBe(404);
    expect((await call('POST', '/v1/alerts/x', '{}')).status).toBe(404);
    expect((await call('PUT', '/v1/reports', '{}')).status).toBe(404);
    expect((await call('DELETE', '/v1/outputs/x')).status).toBe(405);
  });

  it('wakes the scheduler after an alert that somebody waits for, and only then', async () => {
    const { db, call, hints } = await setUp();
    const send = (change: object) => call('POST', '/v1/alerts', alert(change));
    await db.knex('asset_consumers').insert({
      asset: 'checked',
      pipeline_id: 4,
      schedule_id: 'retrain',
    });
    expect((await send({})).status).toBe(201);
    expect(hints).toEqual([]);
    await db.knex('asset_events').delete();
    await db.knex('asset_consumers').update({ asset: 'flights_drift' });
    expect((await send({})).status).toBe(201);
    expect(hints).toEqual(['timers']);
    // The event is there already: nothing new is due.
    expect((await send({})).status).toBe(201);
    expect(hints).toEqual(['timers']);
  });

  it.each(['40P01', '40001'])(
    'says it again when the database gave it up for another one: %s',
    async code => {
      const { db, call, changes } = await setUp();
      const real = db.transaction.bind(db);
      const spy = jest.spyOn(db, 'transaction').mockImplementationOnce(fn =>
        real(async tx => {
          await fn(tx);
          throw Object.assign(new Error('given up'), { code });
        }),
      );
      for (const [method, path, body] of [
        ['POST', '/v1/alerts', alert()],
        ['PUT', '/v1/outputs/score', '1'],
      ]) {
        expect((await call(method, path, body)).status).toBeLessThan(300);
      }
      expect(spy).toHaveBeenCalledTimes(3);
      expect(changes).toHaveLength(2);
      expect(await db.knex('asset_events').pluck('asset')).toEqual([
        'flights_drift',
      ]);
      expect(await db.knex('events').where({ type: 'alert' })).toHaveLength(1);
      spy.mockImplementation(() =>
        Promise.reject(Object.assign(new Error('given up'), { code })),
      );
      expect((await call('POST', '/v1/alerts', alert())).status).toBe(500);
      expect(spy).toHaveBeenCalledTimes(3 + 5);
    },
  );

  it('makes an alert of the kind one event of its asset, without secrets', async () => {
    const { db, call } = await setUp();
    await db.knex('asset_consumers').insert({
      asset: 'flights_drift',
      pipeline_id: 4,
      schedule_id: 'retrain',
    });
    const send = (change: object) => call('POST', '/v1/alerts', alert(change));
    expect((await send({ kind: 'quality' })).status).toBe(201);
    expect(await db.knex('asset_events')).toEqual([]);
    await send({ message: 'hunter22 drifts', values: { D: 0.4 } });
    await send({ message: 'again' });
    const events = await db.knex('asset_events');
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      asset: 'flights_drift',
      source: 'alert',
      task_id: 'check',
      attempt_id: 'a-3',
      source_key: 'attempt:a-3:flights_drift',
    });
    expect(JSON.parse(events[0].extra)).toEqual({
      alert: 'drift',
      severity: 'warning',
      message: '*** drifts',
      values: { D: 0.4 },
    });
    const [timer] = await db.knex('timers').where({ kind: 'asset' });
    expect(timer.ref).toBe(`${events[0].id}/4/retrain`);
    const types = await db.knex('events').orderBy('seq').pluck('type');
    expect(types).toEqual(['alert', 'alert', 'asset', 'alert']);
  });

  it('keeps of a large alert what an asset event can hold', async () => {
    const { db, call } = await setUp();
    const values = { list: Array.from({ length: 2_000 }, (_, i) => i) };
    await call(
      'POST',
      '/v1/alerts',
      alert({ values, message: 'ü'.repeat(9_000) }),
    );
    const [event] = await db.knex('asset_events');
    expect(Buffer.byteLength(event.extra)).toBeLessThanOrEqual(2_048);
    expect(JSON.parse(event.extra)).toEqual({
      alert: 'drift',
      severity: 'warning',
      message: 'ü'.repeat(300),
    });
  });

  it('makes an alert an event of the run and keeps the worst severity', async () => {
    const { db, changes, call, run } = await setUp();
    expect(
      (await call('POST', '/v1/alerts', alert({ severity: 'critical' })))
        .status,
    ).toBe(201);
    expect((await call('POST', '/v1/alerts', alert())).status).toBe(201);
    expect(await run()).toMatchObject({
      alert_count: 2,
      alert_severity: 'critical',
    });
    const events = await db
      .knex('events')
      .where({ type: 'alert' })
      .orderBy('seq');
    expect(events).toMatchObject([
      { type: 'alert', attempt_id: 'a-3' },
      { type: 'alert', attempt_id: 'a-3' },
    ]);
    expect(JSON.parse(events[1].body)).toEqual({
      taskId: 'check',
      mapIndex: -1,
      kind: 'drift',
      severity: 'warning',
      message: 'p = 0.01',
      values: { p: 0.01 },
    });
    expect(changes).toEqual([
      { runId: 'run-7', pipeline: 'training', revision: 1 },
      { runId: 'run-7', pipeline: 'training', revision: 2 },
    ]);
  });

  it('masks secrets in an alert, which is sent to people', async () => {
    const { db, call } = await setUp();
    await call(
      'POST',
      '/v1/alerts',
      alert({ message: 'pw hunter22', values: { a: ['xhunter22'] } }),
    );
    const [event] = await db.knex('events');
    expect(event.body).not.toContain('hunter22');
    expect(JSON.parse(event.body)).toMatchObject({
      message: 'pw ***',
      values: { a: ['x***'] },
    });
  });

  it('takes many alerts at once, and no more than 1,000', async () => {
    const { db, call, run } = await setUp();
    const statuses = await Promise.all(
      Array.from({ length: 4 }, () => call('POST', '/v1/alerts', alert())),
    );
    expect(statuses.map(s => s.status)).toEqual([201, 201, 201, 201]);
    expect((await run()).alert_count).toBe(4);
    await db.knex('runs').update({ alert_count: 1_000 });
    const refused = await call('POST', '/v1/alerts', alert());
    expect(refused.status).toBe(429);
    expect(refused.body).toMatch(/1000 alerts already; send one/);
  });

  it.each([
    ['severity', alert({ severity: 'fatal' })],
    ['kind', alert({ kind: '../x' })],
    ['message', alert({ message: '' })],
    ['body', '[]'],
    ['no JSON', '{"kind":'],
  ])('refuses an alert and names what is wrong: %s', async (what, body) => {
    const { call, run } = await setUp();
    const answer = await call('POST', '/v1/alerts', body);
    expect(answer.status).toBe(400);
    expect(answer.body).toContain(what);
    expect((await run()).alert_count).toBe(0);
  });

  it('keeps a report and replaces it under its name, without a rest', async () => {
    const { db, store, call } = await setUp();
    const html = { 'content-type': 'text/html; charset=utf-8' };
    for (const body of ['<p>1</p>', '<p>two</p>']) {
      expect(
        (
          await call(
            'PUT',
            '/v1/reports/data.html?title=Data%20report',
            body,
            html,
          )
        ).status,
      ).toBe(201);
    }
    const rows = await db.knex('artifacts');
    expect(rows).toMatchObject([
      {
        task_no: 1,
        map_index: -1,
        attempt_id: 'a-3',
        name: 'data.html',
        title: 'Data report',
        content_type: 'text/html; charset=utf-8',
      },
    ]);
    expect(Number(rows[0].size)).toBe(10);
    expect(await text((await store.open(rows[0].location)).stream)).toBe(
      '<p>two</p>',
    );
    expect(await readdir(join(directory, 'artifacts/run-7'))).toHaveLength(1);
    expect(await db.knex('events').pluck('type')).toEqual(['report', 'report']);
  });

  it.each([
    ['a path', 'PUT', '/v1/reports/..%2F..%2Fetc', 400],
    ['a dot', 'PUT', '/v1/reports/.hidden', 400],
    ['a NUL', 'PUT', '/v1/reports/a%00b', 400],
    ['broken encoding', 'PUT', '/v1/reports/%ff', 400],
    ['a long name', 'PUT', `/v1/reports/${'a'.repeat(129)}`, 400],
  ])('refuses %s as a name', async (_what, method, path, status) => {
    const { call } = await setUp();
    const answer = await call(method, path, '{}');
    expect(answer.status).toBe(status);
    expect(await readdir(directory)).toEqual([]);
  });

  it('refuses what a browser would run, and a report that is too large', async () => {
    const { db, call } = await setUp();
    const type = { 'content-type': 'application/javascript' };
    expect((await call('PUT', '/v1/reports/x', 'x', type)).status).toBe(415);
    const large = await call(
      'PUT',
      '/v1/reports/x',
      Buffer.alloc(10 * MiB + 1),
      {
        'content-type': 'image/png',
      },
    ).catch(error => ({ status: 413, body: String(error) }));
    expect(large.status).toBe(413);
    expect(await db.knex('artifacts')).toEqual([]);
    const rest = await readdir(directory, { recursive: true });
    expect(rest.filter(path => path.includes('-x'))).toEqual([]);
  });

  it('keeps no more than 100 reports of a run, but replaces', async () => {
    const { db, call } = await setUp();
    await db.knex('artifacts').insert(
      Array.from({ length: 100 }, (_, i) => ({
        run_id: 7,
        task_no: 1,
        map_index: -1,
        attempt_id: 'a-3',
        name: `r${i}`,
        content_type: 'text/csv',
        size: 1,
        location: `artifacts/run-7/r${i}`,
        created_at: 1,
      })),
    );
    const csv = { 'content-type': 'text/csv' };
    expect((await call('PUT', '/v1/reports/r100', 'x', csv)).status).toBe(429);
    expect((await call('PUT', '/v1/reports/r99', 'x', csv)).status).toBe(201);
    expect(await readdir(join(directory, 'artifacts/run-7'))).toHaveLength(1);
  });

  it('hides the secrets of the task in a report, wherever it is cut', async () => {
    const { db, store, call } = await setUp();
    const html = { 'content-type': 'text/html' };
    const page = `<p>${'x'.repeat(70_000)}hunter22</p>hunter22`;
    expect((await call('PUT', '/v1/reports/r', page, html)).status).toBe(201);
    const [{ location, size }] = await db.knex('artifacts');
    const stored = await text((await store.open(location)).stream);
    expect(stored).toBe(page.replaceAll('hunter22', '***'));
    expect(Number(size)).toBe(stored.length);
  });

  it('while the store is full asks for the report again, and leaves a note, no row', async () => {
    const { db, store, call } = await setUp();
    jest
      .spyOn(store, 'put')
      .mockRejectedValueOnce(new ServiceUnavailableError('it is full'));
    const html = { 'content-type': 'text/html' };
    const refused = await call('PUT', '/v1/reports/r', 'x', html);
    expect(refused.status).toBe(503);
    expect(refused.body).toMatch(/send it again later/);
    expect(await db.knex('artifacts')).toEqual([]);
    expect(await db.knex('garbage')).toHaveLength(1);
    expect((await call('PUT', '/v1/reports/r', 'x', html)).status).toBe(201);
    // The note of what is shown is gone, that of what failed is not.
    expect(await db.knex('garbage')).toHaveLength(1);
  });

  it.each([
    ['a report', '/v1/reports/r', 'text/html', 'x'],
    [
      'a large output',
      '/v1/outputs/o',
      'application/json',
      `"${'x'.repeat(300_000)}"`,
    ],
  ])(
    'leaves a note of %s whose row never came, which goes in an hour',
    async (_what, path, type, body) => {
      const { db, store, call } = await setUp();
      // The process dies once the bytes are stored.
      const put = store.put.bind(store);
      jest.spyOn(store, 'put').mockImplementationOnce(async (key, content) => {
        await put(key, content);
        throw new Error('killed');
      });
      const answer = await call('PUT', path, body, { 'content-type': type });
      expect(answer.status).toBe(500);
      const [note] = await db.knex('garbage');
      expect(await store.size(note.location)).toBeGreaterThan(0);
      const sweep = () =>
        emptyGarbage({ db, store }, new AbortController().signal);
      // It may still be on its way.
      expect(await sweep()).toEqual({ deleted: 0 });
      expect(await store.size(note.location)).toBeGreaterThan(0);
      await db.knex('garbage').update({ since: 5_000 });
      expect(await sweep()).toMatchObject({ deleted: 1 });
      await expect(store.size(note.location)).rejects.toThrow('is not in');
      expect(await db.knex('garbage')).toEqual([]);
    },
  );

  it('shows nothing whose bytes may be gone: its hour is over', async () => {
    const { db, store, call } = await setUp();
    const put = store.put.bind(store);
    jest.spyOn(store, 'put').mockImplementationOnce(async (key, content) => {
      const done = await put(key, content);
      await db.knex('garbage').update({ since: 5_000 });
      return done;
    });
    const html = { 'content-type': 'text/html' };
    expect((await call('PUT', '/v1/reports/r', 'x', html)).status).toBe(500);
    expect(await db.knex('artifacts')).toEqual([]);
    expect(await db.knex('garbage')).toHaveLength(1);
  });

  it('hands an output on as it is, and shows it without its secrets', async () => {
    const { db, call } = await setUp();
    const value = '{"url":"https://u:hunter22@host","hunter22":[1.0]}';
    expect((await call('PUT', '/v1/outputs/o', value)).status).toBe(201);
    expect((await call('PUT', '/v1/outputs/plain', '1.0')).status).toBe(201);
    expect(await db.knex('outputs').orderBy('key')).toMatchObject([
      { key: 'o', value, shown: '{"url":"https://u:***@host","***":[1]}' },
      { key: 'plain', value: '1.0', shown: null },
    ]);
  });

  it('refuses a large output with a secret in it, which nothing could hide', async () => {
    const { call, db, store } = await setUp();
    const send = (secret: string) => {
      const value = ['x'.repeat(300_000), `pg://u:${secret}@db`];
      return call('PUT', '/v1/outputs/o', JSON.stringify(value));
    };
    const { status, body } = await send('hunter22');
    expect(status).toBe(422);
    expect(body).toMatch(/above 256 KiB cannot hold a secret.* hand on where/);
    // Handed out while the object was written.
    const put = store.put.bind(store);
    store.put = async (...args) => {
      await db.knex('attempts').update({ masks: '["hunter22","just-now"]' });
      return put(...args);
    };
    expect((await send('just-now')).status).toBe(422);
    expect(await db.knex('outputs')).toEqual([]);
    expect(await db.knex('garbage')).toEqual([]);
    expect(await readdir(join(directory, 'outputs/run-7'))).toEqual([]);
    expect((await send('open')).status).toBe(201);
  });

  it('stores outputs as they are written, large ones as files', async () => {
    const { db, store, call } = await setUp();
    expect((await call('PUT', '/v1/outputs/accuracy', ' 0.80')).status).toBe(
      201,
    );
    const large = JSON.stringify('x'.repeat(300_000));
    expect((await call('PUT', '/v1/outputs/rows', large)).status).toBe(201);
    const rows = await db.knex('outputs').orderBy('key');
    expect(rows).toMatchObject([
      { task_id: 'check', key: 'accuracy', value: ' 0.80', blob: null },
      { task_id: 'check', key: 'rows', value: null },
    ]);
    expect(Number(rows[1].size)).toBe(300_002);
    expect(await text((await store.open(rows[1].blob)).stream)).toBe(large);
    // Small again: the file goes.
    expect((await call('PUT', '/v1/outputs/rows', '[]')).status).toBe(201);
    expect(await readdir(join(directory, 'outputs/run-7'))).toEqual([]);
    expect((await call('PUT', '/v1/outputs/x', 'NaN')).status).toBe(400);
    expect(
      (await call('PUT', '/v1/outputs/x', Buffer.from([0x22, 0xff, 0x22])))
        .status,
    ).toBe(400);
  });

  it('refuses an attempt that is over, also when it ends during the request', async () => {
    const { db, call, url, token, reports } = await setUp();
    const { hostname, port } = new URL(url);
    const authenticated = jest.spyOn(reports, 'authenticate');
    const socket = connect(Number(port), hostname);
    const answered = text(socket);
    socket.write(
      `POST /v1/alerts HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${
        alert().length
      }\r\n\r\n`,
    );
    // It is let in, and waits for its body.
    await eventually(() => authenticated.mock.results.length === 1);
    await authenticated.mock.results[0].value;
    await db.knex('attempts').update({ token_hash: null, state: 'ended' });
    socket.write(alert());
    expect(await answered).toMatch(/^HTTP\/1\.1 401/);
    expect((await call('PUT', '/v1/outputs/x', '1')).status).toBe(401);
    expect(await db.knex('events')).toEqual([]);
    expect(await db.knex('outputs')).toEqual([]);
  });

  it('bounds what one attempt can hold open', async () => {
    const { url, token, call, reports } = await setUp();
    const { hostname, port } = new URL(url);
    const authenticated = jest.spyOn(reports, 'authenticate');
    const sockets = Array.from({ length: 4 }, () => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => {});
      socket.write(
        `PUT /v1/outputs/x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Length: 100\r\n\r\n`,
      );
      return socket;
    });
    // Each of them waits for its body then: a request that asked before would
    // take the place of one.
    await eventually(() => authenticated.mock.results.length === 4);
    await Promise.all(authenticated.mock.results.map(({ value }) => value));
    expect((await call('POST', '/v1/alerts', alert())).status).toBe(429);
    const isFree = async () =>
      (await call('POST', '/v1/alerts', alert())).status === 201;
    sockets.forEach(socket => socket.destroy());
    await eventually(isFree);
    expect((await call('POST', '/v1/alerts', alert())).status).toBe(201);
  });
});
