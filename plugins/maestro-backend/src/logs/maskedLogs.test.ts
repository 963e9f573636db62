import { setTimeout as sleep } from 'node:timers/promises';
import { eachLogDatabase } from './__testUtils__/logTest';

eachLogDatabase(({ setUp, attempt, until, whole, row }) => {
  it('masks what the launch was given that succeeded, not the one before', async () => {
    const { db, executor, collector, reader } = await setUp();
    const id = await attempt(db, { masks: ['token-of-1'], state: 'claimed' });
    const logs = collector();
    logs.started({ attemptId: id });
    await until(async () => executor.reads > 0);
    logs.refused(id);
    const { reads } = executor;
    await sleep(100);
    // Nobody looks for the log of what was not launched.
    expect(executor.reads).toBeLessThanOrEqual(reads + 1);
    await db
      .knex('attempts')
      .where({ attempt_id: id })
      .update({ masks: JSON.stringify(['token-of-2']) });
    executor.write(id, 'it is token-of-2\n', true);
    logs.started({ attemptId: id });
    logs.ended(id);
    await logs.idle();
    expect((await whole(reader, id)).toString()).toBe('it is ***\n');
    logs.refused(id);
  });

  it('stores nothing that was masked with an older list, whoever widened it', async () => {
    const { db, executor, collector, reader } = await setUp();
    const [live, none] = [
      await attempt(db, { masks: ['first-one'] }),
      await attempt(db),
    ];
    await db
      .knex('attempts')
      .where({ attempt_id: none })
      .update({ masks: null });
    const logs = collector();
    for (const id of [live, none]) {
      executor.write(id, 'it is first-one\n');
      logs.started({ attemptId: id });
      logs.grew(id);
      await until(async () => (await reader.read(id)).bytes.length > 0);
      // By another process: nobody tells this one.
      await db
        .knex('attempts')
        .where({ attempt_id: id })
        .update({ masks: JSON.stringify(['first-one', 'second-one']) });
      executor.write(id, 'and second-one\n');
      logs.grew(id);
      await until(async () =>
        (await reader.read(id)).bytes.toString().endsWith('and ***\n'),
      );
      executor.write(id, 'the end\n', true);
      logs.ended(id);
    }
    await logs.idle();
    expect((await whole(reader, live)).toString()).toBe(
      'it is ***\nand ***\nthe end\n',
    );
  });

  it.each([
    ['live', false, ''],
    ['ended', true, ''],
    ['ended after a part was stored', true, 'a part'],
  ])(
    'stores with the new list what it read just before that was widened: %s',
    async (_, end, before) => {
      const { db, executor, collector, reader } = await setUp();
      const id = await attempt(db, { masks: ['first-one'] });
      const logs = collector();
      if (before) {
        executor.write(id, `${before}\n`);
        logs.grew(id);
        await until(async () => (await reader.read(id)).size > 0);
      }
      const read = executor.readLog.bind(executor);
      let isWidened = false;
      executor.readLog = async (of, options) => {
        const slice = await read(of, options);
        if (!isWidened && slice.bytes.length > 0) {
          isWidened = true;
          await db
            .knex('attempts')
            .where({ attempt_id: id })
            .update({ masks: JSON.stringify(['first-one', 'second-one']) });
        }
        return slice;
      };
      executor.write(id, 'first-one, second-one\n', end);
      logs.grew(id);
      if (end) logs.ended(id);
      const text = `${before && `${before}\n`}***, ***\n`;
      await until(async () => (await reader.read(id)).size === text.length);
      expect((await whole(reader, id)).toString()).toBe(text);
      expect(isWidened).toBe(true);
      await logs.idle();
      expect((await row(db, id)).log_state).toBe(end ? 'sealed' : 'open');
      expect((await whole(reader, id)).toString()).toBe(text);
    },
  );

  it('is not removed by the clean-up of its own earlier try', async () => {
    const { db, executor, collector, reader, store } = await setUp();
    const id = await attempt(db, { masks: ['first-one'] });
    const put = store.put.bind(store);
    let puts = 0;
    store.put = async (key, content) => {
      puts += 1;
      const done = await put(key, content);
      if (puts === 1) {
        // Nothing of it stands in the log: the same bytes are sealed again.
        await db
          .knex('attempts')
          .where({ attempt_id: id })
          .update({ masks: JSON.stringify(['first-one', 'second-one']) });
      }
      return done;
    };
    const remove = store.delete.bind(store);
    let removed = 0;
    store.delete = async key => {
      await until(async () => (await row(db, id)).log_state === 'sealed');
      await remove(key);
      removed += 1;
    };
    executor.write(id, 'first-one\n', true);
    const logs = collector();
    logs.ended(id);
    await logs.idle();
    await until(async () => removed === 1);
    expect(puts).toBe(2);
    expect((await whole(reader, id)).toString()).toBe('***\n');
  });

  it('stores no byte when the masks cannot be read', async () => {
    const { db, executor, collector, reader } = await setUp();
    const id = await attempt(db);
    executor.write(id, 'geheim', true);
    const logs = collector();
    Object.assign((logs as any).options, {
      openMasks: () => {
        const error = new Error('key "k1" is gone');
        error.name = 'InputError';
        throw error;
      },
    });
    logs.ended(id);
    await logs.idle();
    const text = (await whole(reader, id)).toString();
    expect(text).not.toContain('geheim');
    expect(text).toContain('key "k1" is gone');
  });
});
