import { eachDatabase } from '../database/testing';
import { taskSystems } from './__testUtils__/taskSystems';

eachDatabase((_name, databases) => {
  const setUp = taskSystems(databases);

  it('hides from a reader what the writer could not show', async () => {
    const {
      attempt,
      db,
      system: s,
    } = await setUp([{ id: 'a' }, { id: 'b' }, { id: 'c' }]);
    await s.variables.set(
      'key',
      { value: 'sesame-open', secret: true },
      'test',
    );
    const [a, b, c] = [
      await attempt('a'),
      await attempt('b'),
      await attempt('c'),
    ];
    await a.call('GET', 'variables/key');
    await a.call('POST', 'xcoms/dag/manual__1/a/uri', 'me:sesame-open@db');
    await a.call('POST', 'xcoms/dag/manual__1/a/plain', 'nothing');
    await b.call('GET', 'xcoms/dag/manual__1/a/plain');
    const masks = async (id: string) => {
      const row = await db
        .table(db.knex, 'attempts')
        .where({ attempt_id: id })
        .first();
      return row!.masks;
    };
    const before = await masks(b.id);
    expect((await b.call('GET', 'xcoms/dag/manual__1/a/uri')).body.value).toBe(
      'me:sesame-open@db',
    );
    expect(await masks(b.id)).not.toBe(before);
    await b.call('PUT', `task-instances/${b.id}/rtif`, {
      bash_command: 'psql sesame-open',
    });
    await b.call('POST', 'xcoms/dag/manual__1/b/echo', 'the sesame-open');
    // And so on, from task to task.
    expect(
      (await c.call('GET', 'xcoms/dag/manual__1/b/echo/slice')).body,
    ).toEqual(['the sesame-open']);
    await c.call('POST', 'xcoms/dag/manual__1/c/echo', 'its sesame-open');
    await c.call('PUT', 'variables/copy', { val: 'sesame-open' });
    await c.call('PUT', 'variables/other', { val: 'nothing' });
    const outputs = await db.table(db.knex, 'outputs').orderBy('task_id');
    expect(outputs.map(({ shown }) => shown)).toEqual(
      expect.arrayContaining(['"me:***@db"', '"the ***"', '"its ***"']),
    );
    for (const row of await db.table(db.knex, 'attempts')) {
      expect(JSON.stringify(row)).not.toContain('sesame-open');
    }
    const variables = await s.variables.resolveMany(db.knex, ['copy', 'other']);
    expect(Boolean(variables.get('copy')!.secret)).toBe(true);
    expect(Boolean(variables.get('other')!.secret)).toBe(false);
  });

  it('gives back to the letter what was handed on', async () => {
    const { attempt } = await setUp([{ id: 'a' }]);
    const a = await attempt('a');
    const path = 'xcoms/dag/manual__1/a/x';
    const text =
      '{"10":1.0,"2":12345678901234567890,"__proto__":{"a":-0.0},"t":"\\u00e9"}';
    expect((await a.send('POST', path, text)).status).toBe(201);
    expect((await a.call('GET', path)).text).toBe(
      `{"key":"x","value":${text}}`,
    );
    expect((await a.call('GET', `${path}/item/0`)).text).toBe(text);
    expect((await a.call('GET', `${path}/slice`)).text).toBe(`[${text}]`);
  });

  it('finds those of mapped instances by index, place and slice', async () => {
    const { attempt, db } = await setUp([{ id: 'a' }, { id: 'm' }]);
    const a = await attempt('a');
    const run = await db.table(db.knex, 'runs').first('id');
    const row = (index: number, value: string, size = value.length) => ({
      run_id: run!.id,
      task_id: 'm',
      map_index: index,
      key: 'x',
      attempt_id: a.id,
      value,
      blob: null,
      shown: null,
      size,
      created_at: 0,
    });
    await db
      .table(db.knex, 'outputs')
      .insert([
        row(0, '"zero"'),
        row(1, 'null'),
        ...Array.from({ length: 248 }, (_, i) => row(i + 2, `${i + 2}`)),
      ]);
    const get = async (rest: string) =>
      a.call('GET', `xcoms/dag/manual__1/m/x${rest}`);
    expect((await get('?map_index=1')).body.value).toBeNull();
    expect((await get('?map_index=249')).body.value).toBe(249);
    expect((await get('?map_index=250')).status).toBe(404);
    expect((await get('')).status).toBe(404);
    // Those that are null do not count.
    expect((await get('?offset=1')).body.value).toBe(2);
    expect((await get('?offset=-1')).body.value).toBe(249);
    expect((await get('/item/1')).body).toBeNull();
    expect((await get('/item/-2')).body).toBe(248);
    expect((await get('/item/250')).status).toBe(404);
    for (const odd of ['abc', '1.5', '9'.repeat(20)]) {
      expect((await get(`/item/${odd}`)).status).toBe(422);
    }
    expect((await get('/slice?start=-1&stop=0&step=-1')).body).toHaveLength(
      249,
    );
    expect((await get('/slice?start=5&stop=2&step=-1')).body).toEqual([
      5, 4, 3,
    ]);
    expect((await a.call('HEAD', 'xcoms/dag/manual__1/m/x')).range).toBe(
      'map_indexes 250',
    );
    await db
      .table(db.knex, 'outputs')
      .insert([row(250, '1', 40 << 20), row(251, '1', 40 << 20)]);
    expect(await get('/slice')).toMatchObject({
      status: 413,
      body: { detail: { message: expect.stringContaining('read a slice') } },
    });
    expect((await get('/slice?stop=251')).status).toBe(200);
  });
});
