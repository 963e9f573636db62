import { eachDatabase } from '../database/testing';
import { taskSystems } from './__testUtils__/taskSystems';

const TASKS = [
  { id: 'a' },
  { id: 'dag:on_success_callback', finally: true, callback: 'success' },
  { id: 'dag:on_failure_callback', finally: true, callback: 'failed' },
] as const;
const CLEARED = { dag_id: 'dag', run_id: 'manual__1' };

eachDatabase((_name, databases) => {
  const setUp = taskSystems(databases);

  it.each([
    ['success', 'dag:on_success_callback'],
    ['failed', 'dag:on_failure_callback'],
  ])('a callback sees the run as it is then: %s', async (state, id) => {
    const { attempt, db, settled } = await setUp([...TASKS]);
    const a = await attempt('a');
    expect((await a.call('GET', 'dag-runs/dag/manual__1/state')).body).toEqual({
      state: 'running',
    });
    await a.state(state);
    a.ends();
    const callback = await attempt(id);
    const { body } = await callback.call(
      'PATCH',
      `task-instances/${callback.id}/run`,
      {},
    );
    const [row] = await db
      .table(db.knex, 'task_instances')
      .where({ task_no: 0 });
    expect(body.dag_run).toMatchObject({
      ...CLEARED,
      state,
      end_date: new Date(Number(row.ended_at)).toISOString(),
    });
    expect(
      (await callback.call('GET', 'dag-runs/dag/manual__1/state')).body,
    ).toEqual({ state });
    expect(
      (await callback.call('GET', 'dag-runs/dag/manual__1')).body,
    ).toMatchObject({ ...CLEARED, state });
    await callback.state('failed');
    callback.ends();
    await settled(
      state,
      ...(state === 'success' ? ['failed', 'skipped'] : ['skipped', 'failed']),
    );
    const [run] = await db.table(db.knex, 'runs');
    expect(run).toMatchObject({ state });
  });

  it('is no task of the DAG', async () => {
    const { attempt } = await setUp([...TASKS]);
    const a = await attempt('a');
    await a.state('success');
    a.ends();
    const callback = await attempt('dag:on_success_callback');
    const get = async (path: string) =>
      (await callback.call('GET', `task-instances/${path}`)).body;
    expect(await get('count?dag_id=dag')).toBe(1);
    expect(await get('states?dag_id=dag')).toEqual({
      task_states: { manual__1: { a: 'success' } },
    });
    expect(
      await get(
        `previous/dag/${encodeURIComponent('dag:on_success_callback')}`,
      ),
    ).toBeNull();
    expect(
      (await get('breadcrumbs?dag_id=dag&run_id=manual__1')).breadcrumbs.map(
        (one: { task_id: string }) => one.task_id,
      ),
    ).toEqual(['a']);
  });

  it('no task keeps it from being called', async () => {
    const { attempt } = await setUp([...TASKS]);
    const a = await attempt('a');
    const { status } = await a.call(
      'PATCH',
      `task-instances/${a.id}/skip-downstream`,
      { tasks: ['dag:on_success_callback'] },
    );
    expect(status).toBeLessThan(300);
    await a.state('success');
    a.ends();
    await attempt('dag:on_success_callback');
  });

  it('writes no XCom of a task', async () => {
    const { attempt } = await setUp([...TASKS]);
    const a = await attempt('a');
    await a.call('POST', 'xcoms/dag/manual__1/a/x', '"kept"');
    await a.state('success');
    a.ends();
    const callback = await attempt('dag:on_success_callback');
    const read = () => callback.call('GET', 'xcoms/dag/manual__1/a/x');
    expect((await read()).status).toBe(200);
    const wrote = await callback.call(
      'POST',
      'xcoms/dag/manual__1/a/x',
      '"other"',
    );
    expect(wrote.status).toBeGreaterThanOrEqual(400);
    expect((await read()).body.value).toContain('kept');
  });
});
