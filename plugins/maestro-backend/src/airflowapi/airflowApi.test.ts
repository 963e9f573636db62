import { eachDatabase } from '../database/testing';
import { taskSystems } from './__testUtils__/taskSystems';

eachDatabase((_name, databases) => {
  const setUp = taskSystems(databases);

  it('tells a task what it is', async () => {
    const { attempt } = await setUp([{ id: 'a', retries: 2 }]);
    const a = await attempt('a');
    expect(a.request.env).toMatchObject({
      MAESTRO_AIRFLOW_DAG_ID: 'dag',
      MAESTRO_AIRFLOW_FILE: 'dag.py',
    });
    const { status, body } = await a.call(
      'PATCH',
      `task-instances/${a.id}/run`,
      { state: 'running', pid: 1, hostname: 'h', unixname: 'u' },
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      dag_run: {
        dag_id: 'dag',
        run_id: 'manual__1',
        run_type: 'manual',
        state: 'running',
        conf: {},
      },
      max_tries: 2,
      should_retry: true,
      task_reschedule_count: 0,
      xcom_keys_to_clear: [],
    });
  });

  it('refuses whoever is not that attempt', async () => {
    const { attempt } = await setUp([{ id: 'a' }, { id: 'b' }]);
    const a = await attempt('a');
    const b = await attempt('b');
    expect(
      (
        await a.call('PATCH', `task-instances/${b.id}/state`, {
          state: 'success',
        })
      ).status,
    ).toBe(404);
    const url = a.request.env.MAESTRO_TASK_API_URL;
    expect((await fetch(`${url}/execution/variables/x`)).status).toBe(401);
    expect(
      (
        await fetch(`${url}/execution/variables/x`, {
          headers: { authorization: 'Bearer mtk_wrong' },
        })
      ).status,
    ).toBe(401);
    const unknown = await a.call('GET', 'nothing/at/all');
    expect(unknown).toMatchObject({
      status: 404,
      body: { detail: { reason: 'not_found', message: expect.any(String) } },
    });
  });

  it.each([
    ['success', 'success', 0],
    ['success', 'success', 137],
    ['skipped', 'skipped', 0],
    ['failed', 'failed', 0],
  ])(
    'what a task says counts: %s is %s with exit code %i',
    async (says, is, code) => {
      const { attempt, settled } = await setUp([{ id: 'a', retries: 0 }]);
      const a = await attempt('a');
      expect((await a.state(says)).status).toBe(204);
      // Once more, as after an answer that was lost.
      expect((await a.state(says)).status).toBe(204);
      const other = says === 'success' ? 'failed' : 'success';
      expect(await a.state(other)).toMatchObject({
        status: 409,
        body: { detail: { reason: 'not_running' } },
      });
      a.ends(code);
      await settled(is);
      expect((await a.state(says)).status).toBe(409);
      expect((await a.call('GET', 'variables/x')).status).toBe(401);
    },
  );

  it('fails a task that ends without a word', async () => {
    const { attempt, settled, db } = await setUp([{ id: 'a' }]);
    (await attempt('a')).ends(0);
    await settled('failed');
    const [row] = await db.table(db.knex, 'attempts');
    expect(row.message).toMatch(/had not said how it went/);
  });

  it('retries what wants to be retried, and not what is final', async () => {
    const { attempt, settled } = await setUp([
      { id: 'again', retries: 1 },
      { id: 'final', retries: 1 },
    ]);
    const [again, final] = [await attempt('again'), await attempt('final')];
    await again.state('up_for_retry', { retry_reason: 'later' });
    await final.state('failed');
    again.ends();
    final.ends();
    const second = await attempt('again', 2);
    expect(second.request.env.MAESTRO_TRY_NUMBER).toBe('2');
    const { body } = await second.call(
      'PATCH',
      `task-instances/${second.id}/run`,
      {},
    );
    expect(body.should_retry).toBe(false);
    await second.state('success');
    second.ends();
    await settled('success', 'failed');
  });

  it('goes on with the same try at the time that a task names', async () => {
    const { attempt, settled } = await setUp([{ id: 'sensor' }]);
    const first = await attempt('sensor');
    await first.call('POST', 'xcoms/dag/manual__1/sensor/looks', 1);
    await first.state('up_for_reschedule', {
      reschedule_date: new Date(Date.now() + 50).toISOString(),
    });
    first.ends();
    const second = await attempt('sensor', 2);
    expect(second.request.env.MAESTRO_TRY_NUMBER).toBe('1');
    const { body } = await second.call(
      'PATCH',
      `task-instances/${second.id}/run`,
      {},
    );
    expect(body).toMatchObject({
      task_reschedule_count: 1,
      xcom_keys_to_clear: ['looks'],
    });
    expect(
      (
        await second.call(
          'GET',
          `task-reschedules/${second.id}/start_date?try_number=1`,
        )
      ).body,
    ).toEqual(expect.any(String));
    await second.state('success');
    second.ends();
    await settled('success');
  });

  it('begins anew when it is cleared between two looks', async () => {
    const { attempt, settled, runId, system: s } = await setUp([{ id: 'a' }]);
    const first = await attempt('a');
    await first.state('up_for_reschedule', {
      reschedule_date: '2999-01-01T00:00:00Z',
    });
    first.ends();
    await settled('up_for_reschedule');
    await s.engine.commands.clearTasks(
      runId,
      {
        taskIds: ['a'],
        dryRun: false,
        downstream: false,
        upstream: false,
        onlyFailed: false,
      },
      'user:default/test',
    );
    const second = await attempt('a', 2);
    expect(second.request.env.MAESTRO_TRY_NUMBER).toBe('1');
    const { body } = await second.call(
      'PATCH',
      `task-instances/${second.id}/run`,
      {},
    );
    expect(body.task_reschedule_count).toBe(0);
  });

  it('skips what a branch does not follow', async () => {
    const {
      attempt,
      settled,
      until,
      db,
      runId,
      system: s,
    } = await setUp([
      { id: 'branch' },
      { id: 'left', upstream: [0] },
      { id: 'right', upstream: [0] },
      {
        id: 'join',
        upstream: [1, 2],
        triggerRule: 'none_failed_min_one_success',
      },
    ]);
    const branch = await attempt('branch');
    expect(
      (
        await branch.call(
          'PATCH',
          `task-instances/${branch.id}/skip-downstream`,
          { tasks: ['left', ['nobody', 3]] },
        )
      ).status,
    ).toBe(204);
    await branch.call('POST', 'xcoms/dag/manual__1/branch/skipmixin_key', {
      followed: ['right'],
    });
    await branch.state('success');
    branch.ends();
    const right = await attempt('right');
    await right.state('success');
    right.ends();
    const last = await attempt('join');
    await last.state('success');
    last.ends();
    await settled('success', 'skipped', 'success', 'success');
    // Cleared alone it is skipped again: its branch has not changed its mind.
    await s.engine.commands.clearTasks(
      runId,
      {
        taskIds: ['left'],
        dryRun: false,
        downstream: false,
        upstream: false,
        onlyFailed: false,
      },
      'user:default/test',
    );
    await settled('success', 'skipped', 'success', 'success');
    expect(
      (
        await until(async () => {
          const row = await db
            .table(db.knex, 'runs')
            .where({ run_id: runId })
            .first();
          return row?.state === 'success' ? row : undefined;
        })
      ).clear_count,
    ).toBe(1);
  });

  it('lets tasks that do nothing pass, and never starts them', async () => {
    const empty = {
      airflow: {
        operator: 'EmptyOperator',
        empty: true as const,
      },
    };
    const { attempt, settled, db } = await setUp([
      { id: 'start', ...empty },
      { id: 'between', upstream: [0], ...empty },
      { id: 'work', upstream: [1] },
      { id: 'end', upstream: [2], ...empty },
    ]);
    const work = await attempt('work');
    await work.state('success');
    work.ends();
    await settled('success', 'success', 'success', 'success');
    expect(await db.table(db.knex, 'attempts')).toHaveLength(1);
  });

  it('keeps XComs as outputs of the task that wrote them', async () => {
    const { attempt, db } = await setUp([{ id: 'a' }, { id: 'b' }]);
    const [a, b] = [await attempt('a'), await attempt('b')];
    const own = 'xcoms/dag/manual__1/a/return_value';
    expect((await a.call('POST', own, { rows: 3 })).status).toBe(201);
    expect((await b.call('POST', own, 7)).body).toMatchObject({
      detail: { reason: 'access_denied' },
    });
    expect((await b.call('GET', own)).body).toEqual({
      key: 'return_value',
      value: { rows: 3 },
    });
    expect((await b.call('HEAD', own)).range).toBe('map_indexes 1');
    expect((await b.call('GET', `${own}/item/0`)).body).toEqual({ rows: 3 });
    expect((await b.call('GET', `${own}/slice`)).body).toEqual([{ rows: 3 }]);
    expect((await b.call('GET', `${own}/item/1`)).status).toBe(404);
    const large = { text: 'x'.repeat(300_000) };
    expect((await a.call('POST', `${own}/large`, large)).status).toBe(201);
    expect((await b.call('GET', `${own}/large`)).body.value).toEqual(large);
    expect((await a.call('DELETE', own)).status).toBe(200);
    expect((await b.call('GET', own)).status).toBe(404);
    // That key and no other, and with the object of a large one.
    expect((await b.call('GET', `${own}/large`)).status).toBe(200);
    const { blob } = (await db.table(db.knex, 'outputs').first('blob'))!;
    expect((await a.call('DELETE', `${own}/large`)).status).toBe(200);
    expect(await db.table(db.knex, 'outputs')).toEqual([]);
    expect(await db.knex('garbage').where({ location: blob! })).toHaveLength(1);
    expect(
      (await b.call('GET', 'xcoms/other/manual__1/a/return_value')).status,
    ).toBe(404);
  });

  it('hides what it hands out before it does', async () => {
    const { attempt, system: s, db } = await setUp([{ id: 'a' }]);
    await s.connections.create(
      {
        connId: 'db',
        connType: 'postgres',
        host: 'db.example',
        port: 5432,
        login: 'me',
        password: 'horse-battery',
        extra: { sslmode: 'require' },
      },
      'test',
    );
    await s.variables.set(
      'key',
      { value: 'sesame-open', secret: true },
      'test',
    );
    const a = await attempt('a');
    expect((await a.call('GET', 'connections/db')).body).toEqual({
      conn_id: 'db',
      conn_type: 'postgres',
      host: 'db.example',
      port: 5432,
      login: 'me',
      password: 'horse-battery',
      schema: null,
      extra: '{"sslmode":"require"}',
    });
    expect((await a.call('GET', 'variables/key')).body).toEqual({
      key: 'key',
      value: 'sesame-open',
    });
    expect((await a.call('GET', 'connections/none')).status).toBe(404);
    await a.call('POST', 'xcoms/dag/manual__1/a/uri', 'me:horse-battery@db');
    await a.call('PUT', `task-instances/${a.id}/rtif`, {
      bash_command: 'psql horse-battery sesame-open',
    });
    const [output] = await db.table(db.knex, 'outputs');
    expect(output.shown).toBe('"me:***@db"');
    const [row] = await db.table(db.knex, 'attempts');
    expect(JSON.parse(row.inputs!)).toMatchObject({
      connections: { db: 1 },
      secretVariables: { key: 1 },
      rendered: { bash_command: 'psql *** ***' },
    });
    expect(JSON.stringify(row)).not.toContain('horse-battery');
  });

  it('asks the policy for each connection', async () => {
    const { attempt, system: s } = await setUp([{ id: 'a' }], {
      policy: {
        default: 'deny',
        rules: [{ id: 'team', executors: ['*'], connections: ['own_*'] }],
      },
    });
    for (const connId of ['own_db', 'their_db']) {
      await s.connections.create(
        { connId, connType: 'http', host: 'h' },
        'test',
      );
    }
    const a = await attempt('a');
    expect((await a.call('GET', 'connections/own_db')).status).toBe(200);
    expect(await a.call('GET', 'connections/their_db')).toMatchObject({
      status: 403,
      body: { detail: { reason: 'access_denied' } },
    });
    // The task SDK says in the task's log only that access is denied.
    expect(s.engine.ctx.logger.info).toHaveBeenCalledWith(
      expect.stringMatching(
        `^Attempt ${a.id} was refused what it asked for: .*their_db.*"team"`,
      ),
    );
  });

  it('ends a task that should not run any more', async () => {
    const { attempt, system: s, runId } = await setUp([{ id: 'a' }]);
    const a = await attempt('a');
    const beat = () =>
      a.call('PUT', `task-instances/${a.id}/heartbeat`, {
        hostname: 'h',
        pid: 1,
      });
    expect((await beat()).status).toBe(204);
    await s.engine.commands.cancelRun(runId, 'user:default/test');
    expect(await beat()).toMatchObject({
      status: 409,
      body: { detail: { reason: 'not_running' } },
    });
  });

  it('starts, counts and looks at runs', async () => {
    const { attempt } = await setUp([{ id: 'a' }]);
    const a = await attempt('a');
    const run = 'dag-runs/dag/triggered__1';
    expect(
      (
        await a.call('POST', run, {
          logical_date: '2026-01-02T00:00:00Z',
          conf: { x: 1 },
        })
      ).status,
    ).toBe(204);
    expect(await a.call('POST', run, {})).toMatchObject({
      status: 409,
      body: { detail: { reason: 'already_exists' } },
    });
    expect((await a.call('GET', run)).body).toMatchObject({
      run_id: 'triggered__1',
      conf: { x: 1 },
      logical_date: '2026-01-02T00:00:00.000Z',
    });
    expect((await a.call('GET', `${run}/state`)).body.state).toMatch(
      /queued|running/,
    );
    expect((await a.call('GET', 'dag-runs/count?dag_id=dag')).body).toBe(2);
    expect(
      (
        await a.call(
          'GET',
          'task-instances/count?dag_id=dag&task_ids=a&run_ids=manual__1&states=running&states=queued',
        )
      ).body,
    ).toBe(1);
    expect(
      (await a.call('GET', 'task-instances/states?dag_id=dag')).body
        .task_states,
    ).toHaveProperty(['triggered__1', 'a']);
    expect(
      (
        await a.call(
          'GET',
          'dag-runs/previous?dag_id=dag&logical_date=2026-01-02T00:00:00Z',
        )
      ).body,
    ).toBeNull();
    expect((await a.call('POST', 'dag-runs/other/x', {})).status).toBe(404);
  });
});
