import { eachDatabase } from '../database/testing';
import { dagOf, taskSystems } from './__testUtils__/taskSystems';

eachDatabase((_name, databases) => {
  const setUp = taskSystems(databases);

  it('answers no question about more runs than it can read', async () => {
    const { attempt, db } = await setUp([{ id: 'a' }]);
    const a = await attempt('a');
    const { id: _, ...run } = (await db.table(db.knex, 'runs').first())!;
    const rows = Array.from({ length: 1_000 }, (_unused, i) => ({
      ...run,
      run_id: `more-${i}`,
      run_key: `more__${i}`,
      logical_date: i,
      state: 'success' as const,
    }));
    for (let i = 0; i < rows.length; i += 20) {
      await db.table(db.knex, 'runs').insert(rows.slice(i, i + 20));
    }
    expect((await a.call('GET', 'dag-runs/count?dag_id=dag')).body).toBe(1001);
    expect(
      (await a.call('GET', 'dag-runs/count?dag_id=dag&states=success')).body,
    ).toBe(1000);
    expect((await a.call('GET', 'dag-runs/count?dag_id=nobody')).body).toBe(0);
    for (const question of ['count', 'states']) {
      expect(
        await a.call('GET', `task-instances/${question}?dag_id=dag`),
      ).toMatchObject({
        status: 422,
        body: {
          detail: {
            message: expect.stringMatching(/logical_dates or run_ids/),
          },
        },
      });
    }
    expect(
      (
        await a.call(
          'GET',
          'task-instances/count?dag_id=dag&run_ids=manual__1&run_ids=more__1',
        )
      ).body,
    ).toBe(1);
  });

  it.each([
    'asset-events/by-asset?name=x&limit=-1',
    'asset-events/by-asset?name=x&limit=999999999999999',
    'variables/keys?limit=-1&offset=-5',
    'task-instances/count?dag_id=dag&map_index=999999999999999',
    'dag-runs/count?dag_id=dag&states=odd',
  ])('takes numbers that mean nothing: %s', async path => {
    const { attempt } = await setUp([{ id: 'a' }]);
    const a = await attempt('a');
    expect((await a.call('GET', path)).status).toBe(200);
    expect(
      (await a.call('GET', 'xcoms/dag/manual__1/a/x?map_index=999999999999999'))
        .status,
    ).toBe(404);
  });

  const GRANTED = {
    policy: {
      default: 'deny' as const,
      rules: [
        {
          id: 'team-dags',
          owners: ['group:default/team'],
          executors: ['*'],
          variables: ['team_*'],
          dags: ['shared_*'],
          dagsOf: ['group:default/team'],
        },
      ],
    },
  };

  it('reaches DAGs only, and starts those that the policy grants', async () => {
    const {
      attempt,
      store,
      db,
      system: s,
    } = await setUp([{ id: 'a' }], GRANTED);
    const dag = dagOf([{ id: 'b' }]);
    const of = (name: string, owner: string, source: string) => ({
      ...dag,
      name,
      owner,
      airflow: { ...dag.airflow!, dagId: name, source },
    });
    const { airflow: _, ...native } = dag;
    await store({
      ...native,
      name: 'native',
      tasks: [{ ...dag.tasks[0], airflow: undefined }],
    });
    await store(of('same_files', 'group:default/others', 'dags'));
    await store(of('shared_one', 'group:default/others', 'elsewhere'));
    await store(of('same_owner', dag.owner, 'elsewhere'));
    await store(of('foreign', 'group:default/others', 'elsewhere'));
    await store(of('gone', dag.owner, 'dags'));
    await db
      .table(db.knex, 'pipelines')
      .where({ name: 'gone' })
      .update({ removed_at: 1 });
    await s.engine.commands.triggerRun({
      pipeline: 'foreign',
      trigger: 'manual',
      params: {},
      runKey: 'old',
      actor: 'user:default/test',
    });
    const a = await attempt('a');
    const starts = async (name: string) =>
      (await a.call('POST', `dag-runs/${name}/x`, {})).status;
    expect({
      native: await starts('native'),
      same_files: await starts('same_files'),
      shared_one: await starts('shared_one'),
      same_owner: await starts('same_owner'),
      foreign: await starts('foreign'),
      gone: await starts('gone'),
      itself: await starts('dag'),
    }).toEqual({
      native: 404,
      same_files: 403,
      shared_one: 204,
      same_owner: 204,
      foreign: 403,
      gone: 404,
      itself: 204,
    });
    expect((await a.call('GET', 'dags/native')).status).toBe(404);
    // Its state can be waited for all the same.
    expect((await a.call('GET', 'dag-runs/foreign/old/state')).status).toBe(
      200,
    );
    expect(await a.call('POST', 'dag-runs/foreign/old/clear')).toMatchObject({
      status: 403,
      body: {
        detail: {
          message: expect.stringContaining(
            'rule "team-dags" of maestro.policy grants group:default/team only shared_*, those of group:default/team',
          ),
        },
      },
    });
    expect((await a.call('POST', 'dag-runs/shared_one/x/clear')).status).toBe(
      204,
    );
    const cleared = await db
      .table(db.knex, 'events')
      .where('actor', 'task:dag/a');
    expect(cleared.length).toBeGreaterThan(0);
  });

  it('reads, sets, lists and deletes the variables that the policy grants', async () => {
    const { attempt, system: s } = await setUp([{ id: 'a' }], GRANTED);
    for (const key of ['team_x', 'other']) {
      await s.variables.set(key, { value: key }, 'user:default/test');
    }
    const a = await attempt('a');
    const statuses = async (key: string) => [
      (await a.call('GET', `variables/${key}`)).status,
      (await a.call('PUT', `variables/${key}`, { val: '2' })).status,
      (await a.call('DELETE', `variables/${key}`)).status,
    ];
    expect((await a.call('GET', 'variables/keys')).body).toEqual({
      keys: ['team_x'],
      total_entries: 1,
    });
    expect(await statuses('team_x')).toEqual([200, 201, 204]);
    expect(await statuses('other')).toEqual([403, 403, 403]);
    expect(await a.call('GET', 'variables/other')).toMatchObject({
      body: {
        detail: {
          reason: 'access_denied',
          message: expect.stringContaining(
            'variable "other": rule "team-dags" of maestro.policy grants group:default/team only team_*',
          ),
        },
      },
    });
    // One that is not there is refused all the same.
    expect((await a.call('GET', 'variables/unknown')).status).toBe(403);
  });
});
