import { eachDatabase } from '../database/testing';
import { listAssets } from '../views/listAssets';
import { listAssetState, listTaskState } from '../views/listStoredState';
import { VersionFactsCache } from '../views/VersionFactsCache';
import { taskSystems } from './__testUtils__/taskSystems';

eachDatabase((_name, databases) => {
  const setUp = taskSystems(databases);

  it('keeps the state of a task through its tries, and of no other', async () => {
    const { attempt, db } = await setUp([{ id: 'a', retries: 1 }, { id: 'b' }]);
    const a = await attempt('a');
    const b = await attempt('b');
    const path = `store/ti/${a.id}/job%2Fid`;
    expect((await a.call('GET', path)).status).toBe(404);
    expect((await a.call('PUT', path, { value: 'first' })).status).toBe(204);
    expect((await a.call('PUT', path, { value: { n: [1] } })).status).toBe(204);
    expect((await a.call('GET', path)).body).toEqual({ value: { n: [1] } });
    expect((await b.call('GET', path)).status).toBe(404);
    expect((await b.call('GET', `store/ti/${b.id}/job%2Fid`)).status).toBe(404);
    await a.state('up_for_retry');
    a.ends();
    const second = await attempt('a', 2);
    const again = `store/ti/${second.id}/job%2Fid`;
    expect((await second.call('GET', again)).body).toEqual({
      value: { n: [1] },
    });
    expect((await second.call('DELETE', again)).status).toBe(204);
    expect((await second.call('DELETE', again)).status).toBe(204);
    expect((await second.call('GET', again)).status).toBe(404);
    // One that is over writes nothing any more.
    expect((await a.call('PUT', path, { value: 1 })).status).toBe(401);
    expect(await db.table(db.knex, 'task_states')).toEqual([]);
  });

  it('forgets what has expired, and all of it when asked to', async () => {
    const { attempt } = await setUp([{ id: 'a' }]);
    const a = await attempt('a');
    const at = (key: string) => `store/ti/${a.id}/${key}`;
    await a.call('PUT', at('old'), {
      value: 1,
      expires_at: '2020-01-01T00:00:00Z',
    });
    await a.call('PUT', at('new'), {
      value: 1,
      expires_at: '2120-01-01T00:00:00Z',
    });
    expect((await a.call('GET', at('old'))).status).toBe(404);
    expect((await a.call('GET', at('new'))).status).toBe(200);
    expect((await a.call('DELETE', `store/ti/${a.id}`)).status).toBe(204);
    expect((await a.call('GET', at('new'))).status).toBe(404);
  });

  it('keeps the state of an asset for all tasks, by name or URI', async () => {
    const { attempt } = await setUp([{ id: 'a' }, { id: 'b' }]);
    const [a, b] = [await attempt('a'), await attempt('b')];
    const at = (how: string, key = 'mark') =>
      `store/asset/${how}=s3%3A%2F%2Fx%2Fy&key=${key}`;
    const put = await a.call('PUT', at('by-name/value?name'), { value: 7 });
    expect(put.status).toBe(204);
    expect((await b.call('GET', at('by-uri/value?uri'))).body).toEqual({
      value: 7,
    });
    await b.call('PUT', at('by-uri/value?uri', 'other'), { value: false });
    await b.call('DELETE', at('by-name/value?name'));
    expect((await a.call('GET', at('by-name/value?name'))).status).toBe(404);
    await b.call('DELETE', at('by-name/clear?name'));
    expect(
      (await a.call('GET', at('by-name/value?name', 'other'))).status,
    ).toBe(404);
  });

  it('shows what is kept, and nothing that has expired', async () => {
    const { attempt, db, runId } = await setUp([{ id: 'a' }, { id: 'b' }]);
    const views = { db, versions: new VersionFactsCache(db) };
    const taskState = (taskId: string, mapIndex = -1) =>
      listTaskState(views, { runId, taskId, mapIndex });
    const a = await attempt('a');
    const put = (path: string, value: unknown, expires_at?: string) =>
      a.call('PUT', `store/${path}`, { value, expires_at });
    expect(await taskState('a')).toEqual([]);
    await put(`ti/${a.id}/z`, { n: [1] }, '2120-01-01T00:00:00Z');
    await put(`ti/${a.id}/job%2Fid`, 'first');
    await put(`ti/${a.id}/old`, 1, '2020-01-01T00:00:00Z');
    const updatedAt = expect.any(Number);
    expect(await taskState('a')).toEqual([
      { key: 'job/id', value: 'first', updatedAt },
      {
        key: 'z',
        value: { n: [1] },
        updatedAt,
        expiresAt: Date.UTC(2120, 0, 1),
      },
    ]);
    expect(await taskState('b')).toEqual([]);
    expect(await taskState('a', 0)).toEqual([]);
    await expect(taskState('x')).rejects.toThrow('The run has no task "x"');
    await put('asset/by-name/value?name=orders&key=mark', 7);
    expect(await listAssetState(views, 'orders')).toEqual([
      { key: 'mark', value: 7, updatedAt, updatedBy: 'task:dag/a' },
    ]);
    expect(await listAssetState(views, 'others')).toEqual([]);
    expect((await listAssets(views)).map(({ name }) => name)).toEqual([
      'orders',
    ]);
  });

  it('takes nothing that is too large, too much, null, or secret', async () => {
    const { attempt, system, db } = await setUp([{ id: 'a' }]);
    const a = await attempt('a');
    const path = `store/ti/${a.id}/k`;
    const put = (value: unknown) => a.call('PUT', path, { value });
    expect((await put(null)).status).toBe(422);
    expect((await put('x'.repeat(70_000))).status).toBe(422);
    expect((await put('zero \0 byte')).status).toBe(204);
    expect((await a.call('GET', path)).body).toEqual({ value: 'zero \0 byte' });
    await system!.connections.create(
      { connId: 'db', connType: 'generic', password: 'horse-battery' },
      'user:default/me',
    );
    await a.call('GET', 'connections/db');
    expect(await put({ of: 'horse-battery' })).toMatchObject({
      status: 422,
      body: { detail: { reason: 'value_holds_secret' } },
    });
    // Keys are shown as values are.
    const asset = 'store/asset/by-name/value?name=orders&key=';
    for (const keyed of [`store/ti/${a.id}/of%20`, asset]) {
      expect(
        await a.call('PUT', `${keyed}horse-battery`, { value: 1 }),
      ).toMatchObject({
        status: 422,
        body: {
          detail: {
            reason: 'key_holds_secret',
            message: expect.not.stringContaining('horse'),
          },
        },
      });
    }
    expect(await db.table(db.knex, 'asset_states')).toEqual([]);
    // What has such a key from before is still read and removed.
    expect((await a.call('DELETE', `${asset}horse-battery`)).status).toBe(204);
    await system!.connections.create(
      { connId: 'odd', connType: 'generic', password: 'say "friend"' },
      'user:default/me',
    );
    await a.call('GET', 'connections/odd');
    expect(await put({ of: ['say "friend"'] })).toMatchObject({
      status: 422,
      body: { detail: { reason: 'value_holds_secret' } },
    });
    await db.table(db.knex, 'task_states').delete();
    const [{ run_id: runId }] = await db.table(db.knex, 'attempts');
    for (let from = 0; from < 1_000; from += 50) {
      await db.table(db.knex, 'task_states').insert(
        Array.from({ length: 50 }, (_, i) => ({
          run_id: runId,
          task_id: 'a',
          map_index: -1,
          key: `key ${from + i}`,
          value: '1',
          expires_at: null,
          updated_at: 1,
        })),
      );
    }
    expect(await put(1)).toMatchObject({
      status: 422,
      body: { detail: { reason: 'too_many_keys' } },
    });
    const known = `store/ti/${a.id}/key%207`;
    expect((await a.call('PUT', known, { value: 2 })).status).toBe(204);
  });

  it('gives no more assets a state than a DAG may have', async () => {
    const { attempt, db } = await setUp([{ id: 'a' }]);
    const a = await attempt('a');
    const rows = (from: number, by: string) =>
      Array.from({ length: 50 }, (_, i) => ({
        asset: `s3://${by}/${from + i}`,
        key: 'k',
        value: '1',
        updated_at: 1,
        updated_by: by,
      }));
    const states = () => db.table(db.knex, 'asset_states');
    // Others have theirs.
    for (let from = 0; from < 950; from += 50) {
      await states().insert(rows(from, 'task:dag/before'));
      await states().insert(rows(from, 'task:dagger/a'));
    }
    await states().insert(rows(950, 'task:dag/before').slice(1));
    const put = (name: string, key = 'k') =>
      a.call(
        'PUT',
        `store/asset/by-name/value?name=${encodeURIComponent(name)}&key=${key}`,
        { value: 1 },
      );
    expect((await put('last')).status).toBe(204);
    expect(await put('too-many')).toMatchObject({
      status: 422,
      body: { detail: { reason: 'too_many_assets' } },
    });
    // What has a state already can have another one.
    expect((await put('last', 'more')).status).toBe(204);
    expect((await put('s3://task:dagger/a/0')).status).toBe(204);
    await states().where({ asset: 'last' }).delete();
    expect((await put('too-many')).status).toBe(422);
    await states().where({ asset: 's3://task:dag/before/0' }).delete();
    expect((await put('too-many')).status).toBe(204);
  });
});
