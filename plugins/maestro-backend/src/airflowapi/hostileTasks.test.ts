import { eachDatabase } from '../database/testing';
import { taskSystems } from './testing';

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
});
