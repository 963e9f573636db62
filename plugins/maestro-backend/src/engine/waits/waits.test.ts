import { eachDatabase } from '../../database/testing';
import { ScriptedExecutor } from '../testing';
import {
  answer,
  createWaitTest,
  type WaitTest,
} from './__testUtils__/waitTest';
import { RealWorld } from './RealWorld';

const after = (id: string, more = {}) => ({
  id: 'after',
  dependsOn: [id],
  run: { command: ['true'] },
  ...more,
});
const SECOND = 1_000;

eachDatabase((_name, databases) => {
  let test: WaitTest;
  afterEach(() => test.stop());
  const begin = async (...tasks: object[]) => {
    test = await createWaitTest(databases);
    await test.register('p', { tasks });
    return test.trigger('p');
  };
  const state = (runId: string, task: string) => async () =>
    (await test.states(runId))[task];
  const answers = async () => (await test.waits()).map(wait => wait.answer);
  const outputs = async (runId: string) => {
    const { id } = await test.run(runId);
    const rows = await test.db
      .table(test.db.knex, 'outputs')
      .where({ run_id: id });
    return Object.fromEntries(
      rows.map(row => [`${row.task_id}.${row.key}`, JSON.parse(row.value!)]),
    );
  };
  const nothingIsLeft = async () => {
    expect(await test.waits()).toEqual([]);
    expect(await test.timers()).toEqual([]);
  };

  it('waits for a time without a slot, and not a second less', async () => {
    const runId = await begin(
      { id: 'pause', wait: { for: 'PT10M' }, sla: 'PT5M' },
      after('pause'),
    );
    await test.until(state(runId, 'pause'), 'deferred');
    expect(await test.timers()).toEqual([
      {
        ref: `${(await test.run(runId)).id}/0/-1`,
        dueAt: test.now() + 600_000,
      },
    ]);
    expect(await test.timers('task_sla')).toHaveLength(1);
    test.pass(599 * SECOND);
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(await test.states(runId)).toEqual({
      pause: 'deferred',
      after: 'none',
    });
    test.pass(SECOND);
    expect((await test.finished(runId)).state).toBe('success');
    const { pause } = await test.instances(runId);
    expect(pause).toMatchObject({
      try_number: 1,
      attempt_seq: 0,
      sla_state: 'missed',
    });
    await nothingIsLeft();
  });

  it('waits until an instant that an expression gives, also one that is over', async () => {
    const runId = await begin(
      { id: 'past', wait: { until: '2020-01-01T00:00:00Z' } },
      { id: 'own', wait: { until: '${{ run.logical_date }}' } },
      { id: 'wrong', wait: { until: '${{ run.id }}' } },
    );
    expect((await test.finished(runId)).state_reason).toBe('failed: wrong');
    const { wrong } = await test.instances(runId);
    expect(wrong.reason).toContain('expected an instant');
    await nothingIsLeft();
  });

  it('asks a server until the answer is right, and tells what it found', async () => {
    test = await createWaitTest(databases);
    const wait = {
      http: { url: 'https://x/ready', until: 'response.body.ready == true' },
      every: 'PT30S',
    };
    await test.register('p', { tasks: [{ id: 'w', wait }, after('w')] });
    test.outside.answer = () => answer(503);
    const runId = await test.trigger('p');
    await test.until(answers, ['HTTP 503']);
    expect(await test.timers()).toMatchObject([{ dueAt: test.now() + 30_000 }]);
    test.outside.answer = () => answer(200, 'starting');
    test.pass(30 * SECOND);
    await test.until(
      async () =>
        (
          await answers()
        )[0]?.startsWith(
          'HTTP 200, and response.body.ready == true could not be evaluated',
        ),
      true,
    );
    test.outside.answer = () => answer(200, { ready: true });
    test.pass(30 * SECOND);
    expect((await test.finished(runId)).state).toBe('success');
    expect(await outputs(runId)).toEqual({ 'w.status': 200 });
    expect(test.outside.asked).toHaveLength(3);
    await nothingIsLeft();
  });

  it('gives up when its time is over, whatever retries it has', async () => {
    test = await createWaitTest(databases);
    test.outside.answer = () => answer(404);
    await test.register('p', {
      tasks: [
        {
          id: 'w',
          wait: { http: { url: 'https://x/' } },
          timeout: 'PT1M',
          retries: 3,
        },
      ],
    });
    const runId = await test.trigger('p');
    await test.until(answers, ['HTTP 404']);
    test.pass(60 * SECOND);
    expect((await test.finished(runId)).state).toBe('failed');
    const { w } = await test.instances(runId);
    expect(w.reason).toContain('the last look found: HTTP 404');
    expect(w.try_number).toBe(1);
    await nothingIsLeft();
  });

  it('changes nothing by an answer that comes for an earlier wait', async () => {
    test = await createWaitTest(databases);
    let late: (() => void) | undefined;
    test.outside.answer = () =>
      new Promise(resolve => {
        late ??= () => resolve(answer(200));
      });
    await test.register('p', {
      tasks: [{ id: 'w', wait: { http: { url: 'https://x/' } } }],
    });
    const runId = await test.trigger('p');
    await test.until(async () => test.outside.asked.length, 1);
    const [first] = await test.waits();
    await test.engine.commands.clearTasks(
      runId,
      { downstream: false, upstream: false, onlyFailed: false, dryRun: false },
      'user:default/ada',
    );
    const [second] = await test.waits();
    expect(second.wait_id).not.toBe(first.wait_id);
    late!();
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(await test.states(runId)).toEqual({ w: 'deferred' });
    await test.engine.commands.cancelRun(runId, 'user:default/ada');
    expect((await test.finished(runId)).state_reason).toBe('cancelled');
    await nothingIsLeft();
  });

  it('looks again when a look was lost, after its lease', async () => {
    test = await createWaitTest(databases);
    test.outside.answer = () => new Promise(() => {});
    await test.register('p', {
      tasks: [{ id: 'w', wait: { http: { url: 'https://x/' } } }],
    });
    const runId = await test.trigger('p');
    await test.until(async () => test.outside.asked.length, 1);
    expect(await test.timers()).toMatchObject([{ dueAt: test.now() + 30_000 }]);
    // Another process takes over what this one has lost.
    await test.engine.stop();
    const other = await test.secondProcess();
    other.outside.answer = () => answer(200);
    test.pass(30 * SECOND);
    await test.until(state(runId, 'w'), 'success');
    await other.stop();
    await nothingIsLeft();
  });

  it.each([
    [5, 'is sent', 17],
    [11, 'is left to its timer: its lease could end before it does', 16],
  ])(
    'a request that stood behind others for %d s %s',
    async (seconds, _what, asked) => {
      const tasks = Array.from({ length: 17 }, (_, i) => ({
        id: `c${i}`,
        http: { url: `https://x/${i}`, method: 'POST' },
      }));
      test = await createWaitTest(databases);
      const held: Array<() => void> = [];
      test.outside.answer = () =>
        new Promise(resolve => held.push(() => resolve(answer(200))));
      await test.register('p', { tasks });
      const runId = await test.trigger('p');
      const count = (wanted: string) => async () =>
        Object.values(await test.states(runId)).filter(is => is === wanted)
          .length;
      await test.until(async () => test.outside.asked.length, 16);
      await test.until(
        async () => (await test.timers()).map(timer => timer.dueAt),
        tasks.map(() => test.now() + 30 * SECOND),
      );
      test.passSteady(seconds * SECOND);
      test.outside.answer = () => answer(200);
      held.forEach(release => release());
      await test.until(count('success'), asked);
      expect(test.outside.asked).toHaveLength(asked);
      test.pass(30 * SECOND);
      expect((await test.finished(runId)).state).toBe('success');
      expect(new Set(test.outside.asked.map(({ url }) => url)).size).toBe(17);
      expect(test.outside.asked).toHaveLength(17);
      await nothingIsLeft();
    },
  );

  it('sends a request, checks the answer and hands on its parts', async () => {
    test = await createWaitTest(databases);
    test.outside.answer = () => answer(201, { id: 7, tags: ['a'] });
    await test.register('p', {
      params: { properties: { n: { type: 'integer', default: 3 } } },
      tasks: [
        {
          id: 'call',
          http: {
            method: 'POST',
            url: 'https://x/jobs?n=${{ params.n }}',
            headers: { 'X-Run': '${{ run.id }}' },
            body: { n: '${{ params.n }}', name: 'job ${{ params.n }}' },
            expect: 'response.status == 201',
            outputs: { id: 'response.body.id', tag: 'response.body.tags[0]' },
          },
        },
        after('call'),
      ],
    });
    const runId = await test.trigger('p');
    expect((await test.finished(runId)).state).toBe('success');
    expect(await outputs(runId)).toEqual({
      'call.status': 201,
      'call.id': 7,
      'call.tag': 'a',
    });
    // The address as it was, also when nobody waits any more.
    expect(
      (await test.db.knex('task_instances').where({ task_no: 0 }).first())
        .reason,
    ).toBe('waited for the answer of POST https://x/jobs?n=3');
    const [request] = test.outside.asked;
    expect(request).toMatchObject({
      method: 'POST',
      url: 'https://x/jobs?n=3',
      headers: { 'x-run': runId, 'content-type': 'application/json' },
    });
    expect(JSON.parse(request.body!)).toEqual({ n: 3, name: 'job 3' });
    expect(request.headers['idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('tries a request again that failed, with a key of its own for each try', async () => {
    test = await createWaitTest(databases);
    test.outside.answer = () => answer(500, { error: 'out of disk' });
    await test.register('p', {
      tasks: [
        {
          id: 'call',
          http: { url: 'https://x/' },
          retries: 1,
          retryDelay: 'PT10S',
        },
        after('call'),
      ],
    });
    const runId = await test.trigger('p');
    await test.until(state(runId, 'call'), 'up_for_retry');
    const { call } = await test.instances(runId);
    expect(call.reason).toContain(
      'response.status < 300 is false: {"error":"out of disk"}',
    );
    test.pass(10 * SECOND);
    expect((await test.finished(runId)).state).toBe('failed');
    const keys = test.outside.asked.map(
      ({ headers }) => headers['idempotency-key'],
    );
    expect(new Set(keys).size).toBe(2);
    await nothingIsLeft();
  });

  it.each([
    ['a call', { http: { url: '/jobs', connection: 'aws' } }],
    ['a wait', { wait: { http: { url: '/ready', connection: 'aws' } } }],
    ['a look at S3', { wait: { object: { path: 's3://raw/x' } } }],
    // What no rule names may do nothing at all.
    ['a pause', { wait: { for: 'PT1S' } }, 'No rule of maestro.policy names'],
    [
      'a question',
      { approve: { message: 'ok?' } },
      'No rule of maestro.policy',
    ],
  ])(
    'asks the policy of today before %s begins',
    async (_, more, said = 'rule "all" of maestro.policy grants') => {
      test = await createWaitTest(databases);
      await test.register('p', { tasks: [{ id: 'w', ...more }] });
      // Changed since the version was made.
      test.engine.ctx.policy = {
        default: 'deny',
        rules: said.startsWith('No')
          ? []
          : [{ id: 'all', connections: ['mlflow'] }],
      };
      const runId = await test.trigger('p');
      expect((await test.finished(runId)).state).toBe('failed');
      const { w } = await test.instances(runId);
      expect(w).toMatchObject({ state: 'failed', attempt_seq: 0 });
      expect(w.reason).toContain(said);
      expect(test.outside.asked).toEqual([]);
      await nothingIsLeft();
    },
  );

  it('fails by name where a connection is missing', async () => {
    const runId = await begin({
      id: 'call',
      http: { url: '/jobs', connection: 'nowhere' },
    });
    await test.finished(runId);
    const { call } = await test.instances(runId);
    expect(call.reason).toContain('Connection "nowhere" is missing');
    await nothingIsLeft();
  });

  it.each([
    ['an address', { http: { url: '${{ tasks.one.outputs.dsn }}' } }],
    ['a host', { http: { url: 'ftp://${{ tasks.one.outputs.dsn }}' } }],
    ['a path', { http: { url: '/${{ tasks.one.outputs.dsn }}' } }],
    ['an instant', { wait: { until: '${{ tasks.one.outputs.dsn }}' } }],
    [
      'an expression',
      { wait: { until: '${{ {"a": 1}[tasks.one.outputs.dsn] }}' } },
    ],
    [
      'an answer',
      {
        http: {
          url: 'https://x/',
          headers: { a: '${{ tasks.one.outputs.dsn }}' },
        },
      },
    ],
  ])('tells no secret in what is wrong with %s', async (_, what) => {
    const secret = `S3cret${'0123456789'.repeat(5)}`;
    test = await createWaitTest(
      databases,
      new ScriptedExecutor(() => ({
        result: 'success',
        exitCode: 0,
        outputs: JSON.stringify({ dsn: secret }),
      })),
    );
    test.ctx.inputs.resolveForTask = async () => ({
      env: {},
      secrets: [secret],
      inputs: {},
    });
    // The excerpt of it ends within the secret.
    test.outside.answer = () => answer(400, `${'x'.repeat(270)}${secret}`);
    await test.register('p', {
      tasks: [
        { id: 'one', connections: ['pg'], run: { command: ['true'] } },
        { id: 'w', dependsOn: ['one'], ...what },
      ],
    });
    const runId = await test.trigger('p');
    expect((await test.finished(runId)).state).toBe('failed');
    const { reason } = (await test.instances(runId)).w;
    expect(reason).toMatch(/\*\*\*/);
    expect(reason).not.toMatch(/s3cret/i);
  });

  it('waits for a file', async () => {
    const runId = await begin({
      id: 'f',
      wait: { object: { path: '/data/x' }, every: 'PT1M' },
    });
    await test.until(answers, ['it is not there']);
    test.outside.files['/data/x'] = { size: 3, modifiedAt: 5 };
    test.pass(60 * SECOND);
    expect((await test.finished(runId)).state).toBe('success');
    expect(await outputs(runId)).toEqual({ 'f.size': 3, 'f.modified_at': 5 });
  });

  const S3 = {
    access: {
      endpoint: 'http://minio:9000',
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'admin', secretAccessKey: 'S3cret-key' },
    },
    secrets: ['S3cret-key'],
  };

  it('waits for an object of S3, whatever S3 says until then', async () => {
    test = await createWaitTest(databases);
    const asked: unknown[] = [];
    test.ctx.inputs.forS3 = async (_tx, connId) => {
      asked.push(connId);
      return S3;
    };
    test.outside.lookAtS3 = () => {
      throw new Error('refuses (HTTP 403) the key S3cret-key');
    };
    await test.register('p', {
      params: { type: 'object', properties: { day: { type: 'string' } } },
      tasks: [
        {
          id: 'f',
          wait: { object: { path: 's3://raw/${{ params.day }}/x' } },
        },
      ],
    });
    const runId = await test.trigger('p', { params: { day: '1 2' } });
    await test.until(answers, ['refuses (HTTP 403) the key ***']);
    expect((await test.instances(runId)).f.reason).toBe(
      'waits for the object s3://raw/1 2/x',
    );
    test.outside.lookAtS3 = () => undefined;
    test.pass(60 * SECOND);
    await test.until(answers, ['it is not there']);
    test.outside.lookAtS3 = (bucket, key) => {
      asked.push(`${bucket} ${key}`);
      return { size: 3, modifiedAt: 5, etag: 'e' };
    };
    test.pass(60 * SECOND);
    expect((await test.finished(runId)).state).toBe('success');
    expect(await outputs(runId)).toEqual({
      'f.size': 3,
      'f.modified_at': 5,
      'f.etag': 'e',
    });
    expect(new Set(asked)).toEqual(new Set(['aws_default', 'raw 1 2/x']));
    await nothingIsLeft();
  });

  it('gives up an object of S3 that does not come, with what was found last', async () => {
    test = await createWaitTest(databases);
    test.ctx.inputs.forS3 = async () => S3;
    test.outside.lookAtS3 = bucket => {
      throw new Error(`there is no bucket "${bucket}"`);
    };
    await test.register('p', {
      tasks: [
        {
          id: 'f',
          wait: { object: { path: 's3://raw/x', connection: 'lake' } },
          timeout: 'PT2M',
        },
      ],
    });
    const runId = await test.trigger('p');
    await test.until(answers, ['there is no bucket "raw"']);
    test.pass(120 * SECOND);
    expect((await test.finished(runId)).state).toBe('failed');
    expect((await test.instances(runId)).f.reason).toContain(
      'for the object s3://raw/x, and its time is over; the last look found: there is no bucket "raw"',
    );
    await nothingIsLeft();
  });

  it.each([
    ['a connection that is missing', {}, 'Connection "aws_default" is missing'],
    [
      'a path that is no object of S3',
      { connection: 'lake', path: '${{ params.path }}' },
      '"/data/***/x" names no object of S3; expected s3://bucket/key',
    ],
    [
      'a path of S3 without a connection',
      { path: '${{ "s3://raw/x" }}' },
      'For s3:// name the connection',
    ],
  ])('fails at once for %s', async (_, more, said) => {
    test = await createWaitTest(databases);
    const { forS3 } = test.ctx.inputs;
    test.ctx.inputs.forS3 = async (tx, connId) =>
      connId === 'lake' ? S3 : forS3(tx, connId);
    // The scripted one knows no schemes.
    test.outside.object = path => new RealWorld().object(path);
    await test.register('p', {
      params: { type: 'object', properties: { path: { type: 'string' } } },
      tasks: [{ id: 'f', wait: { object: { path: 's3://raw/x', ...more } } }],
    });
    const runId = await test.trigger('p', {
      params: { path: '/data/S3cret-key/x' },
    });
    expect((await test.finished(runId)).state).toBe('failed');
    expect((await test.instances(runId)).f.reason).toContain(said);
    await nothingIsLeft();
  });

  it('is marked, and leaves nothing behind', async () => {
    const runId = await begin(
      { id: 'pause', wait: { for: 'P1D' } },
      after('pause'),
    );
    await test.engine.commands.markTasks(
      runId,
      { taskIds: ['pause'], state: 'success', dryRun: false },
      'user:default/ada',
    );
    expect((await test.finished(runId)).state).toBe('success');
    await nothingIsLeft();
  });

  it('is ended by the timeout of its run', async () => {
    test = await createWaitTest(databases);
    await test.register('p', {
      timeout: 'PT1M',
      tasks: [{ id: 'pause', wait: { for: 'P1D' } }],
    });
    const runId = await test.trigger('p');
    await test.until(state(runId, 'pause'), 'deferred');
    test.pass(60 * SECOND);
    expect((await test.finished(runId)).state_reason).toBe('run timed out');
    await nothingIsLeft();
  });
});
