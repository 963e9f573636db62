import { eachDatabase } from '../database/testing';
import { taskSystems } from './__testUtils__/taskSystems';

eachDatabase((_name, databases) => {
  const setUp = taskSystems(databases);

  it('changes no object but its own, whatever a run or a task is called', async () => {
    const { attempt, db } = await setUp([{ id: 'a' }]);
    const a = await attempt('a');
    const run = (key: string, body: object = {}) =>
      a.call('POST', `dag-runs/dag/${key}`, body);
    expect((await run('__proto__')).status).toBe(204);
    const { status, body } = await a.call(
      'GET',
      'task-instances/states?dag_id=dag',
    );
    expect(status).toBe(200);
    expect(Object.keys(body.task_states).sort()).toEqual([
      '__proto__',
      'manual__1',
    ]);
    expect(({} as { a?: string }).a).toBeUndefined();
    for (const key of ['x'.repeat(251), 'a%00b']) {
      expect(await run(key)).toMatchObject({
        status: 422,
        body: {
          detail: { message: expect.stringMatching(/250 characters|NUL/) },
        },
      });
    }
    expect(await run('x', { logical_date: 'soon' })).toMatchObject({
      status: 422,
      body: { detail: { message: expect.stringMatching(/logical_date/) } },
    });
    expect(await db.table(db.knex, 'runs')).toHaveLength(2);
  });

  it('ends an attempt whatever its task said', async () => {
    const { attempt, settled, db, system } = await setUp([
      { id: 'assets' },
      { id: 'waits', retries: 1 },
      { id: 'many' },
    ]);
    await system.variables.set(
      'key',
      { value: 'sesame-open', secret: true },
      'test',
    );
    const [assets, waits, many] = [
      await attempt('assets'),
      await attempt('waits'),
      await attempt('many'),
    ];
    const event = (name: string) => ({
      dest_asset_key: { name, uri: name },
      extra: { rows: 1 },
    });
    expect(
      await assets.state('success', {
        task_outlets: [
          { name: 'a\0b', type: 'Asset' },
          { name: 'x'.repeat(251), type: 'Asset' },
          { name: 'my table', type: 'Asset' },
          { name: 'good/one', type: 'Asset' },
        ],
        outlet_events: [event('\0'), event('good/one')],
      }),
    ).toMatchObject({ status: 204 });
    await waits.call('GET', 'variables/key');
    expect(
      await waits.state('up_for_retry', {
        retry_reason: `no\0data, sesame-open ${'x'.repeat(1000)}`,
        retry_delay_seconds: 1e300,
      }),
    ).toMatchObject({ status: 204 });
    expect(
      await many.state('success', {
        task_outlets: Array.from({ length: 1001 }, (_, i) => ({
          name: `a${i}`,
          type: 'Asset',
        })),
      }),
    ).toMatchObject({ status: 422 });
    expect((await many.state('success')).status).toBe(204);
    for (const task of [assets, waits, many]) task.ends();
    await settled('success', 'up_for_retry', 'success');
    const events = await db.table(db.knex, 'asset_events');
    expect(events.map(({ asset }) => asset)).toEqual(['good/one']);
    const row = (await db.table(db.knex, 'task_instances')).find(
      ({ task_no: no }) => no === 1,
    )!;
    expect(row.reason).toMatch(/^nodata, \*\*\* x+$/);
    expect(row.reason).toHaveLength(500);
    const year = 365 * 24 * 3_600_000;
    expect(Number(row.next_try_at)).toBeLessThanOrEqual(Date.now() + year);
    expect(Number(row.next_try_at)).toBeGreaterThan(Date.now() + year / 2);
  });

  it('stores no secret with a run that a task starts', async () => {
    const { attempt, system, db } = await setUp([{ id: 'a' }]);
    const a = await attempt('a');
    const start = (key: string, body: unknown) =>
      a.call('POST', `dag-runs/dag/${key}`, body);
    await system!.connections.create(
      { connId: 'db', connType: 'generic', password: 'horse-"battery' },
      'user:default/me',
    );
    await a.call('GET', 'connections/db');
    for (const conf of [
      { password: 'horse-"battery' },
      { deep: [{ 'x horse-"battery x': 1 }] },
    ]) {
      expect(await start('secret', { conf })).toMatchObject({
        status: 422,
        body: { detail: { reason: 'conf_holds_secret' } },
      });
    }
    expect(await start('noted', { note: 'as horse-"battery' })).toMatchObject({
      status: 204,
    });
    expect(
      await db
        .table(db.knex, 'runs')
        .whereNot({ run_key: 'manual__1' })
        .select('run_key', 'note', 'params'),
    ).toEqual([{ run_key: 'noted', note: 'as ***', params: '{}' }]);
  });
});
