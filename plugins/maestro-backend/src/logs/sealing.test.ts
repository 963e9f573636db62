import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { STORING_MS } from '../database/operations/retention/announceObject';
import { emptyGarbage } from '../housekeeping/retention';
import { eachLogDatabase, FakeExecutor, MiB } from './__testUtils__/logTest';

eachLogDatabase(({ setUp, attempt, until, whole, row, directory }) => {
  it('seals a log that nobody looked at before, and one that is empty', async () => {
    const { db, executor, collector, reader } = await setUp();
    const [short, empty] = [await attempt(db), await attempt(db)];
    executor.write(short, 'one line\n', true);
    const logs = collector();
    logs.ended(short);
    logs.ended(short);
    logs.ended(empty);
    await logs.idle();
    expect((await whole(reader, short)).toString()).toBe('one line\n');
    expect((await row(db, empty)).log_state).toBe('none');
    expect(await reader.readPage(empty)).toEqual({
      text: '',
      offset: 0,
      nextOffset: 0,
      size: 0,
      end: true,
      gap: undefined,
      completeness: 'complete',
    });
    expect(executor.forgotten.sort()).toEqual([short, empty].sort());
  });

  it('finishes what a crash left after sealing: chunks and the raw log', async () => {
    const { db, executor, collector, reader } = await setUp();
    const id = await attempt(db, { state: 'ended' });
    executor.write(id, 'text', true);
    const first = collector();
    first.ended(id);
    await first.idle();
    const { id: key } = await row(db, id);
    await db
      .knex('log_chunks')
      .insert({ attempt: key, offset: 0, size: 4, bytes: Buffer.from('text') });
    executor.forgotten.length = 0;
    await collector().resume();
    expect(await db.knex('log_chunks')).toEqual([]);
    expect(executor.forgotten).toEqual([id]);
    expect((await whole(reader, id)).toString()).toBe('text');
  });

  it('keeps places for live logs while the store never answers', async () => {
    const { db, executor, collector, reader, store } = await setUp();
    const put = store.put.bind(store);
    let asked = 0;
    const hanging: (() => void)[] = [];
    store.put = () => {
      asked += 1;
      return new Promise((_, reject) => {
        hanging.push(() => reject(new Error('it is away')));
      });
    };
    // It gives none of the writes up while this test looks.
    const logs = collector({ writeMs: 600_000 });
    const ended: string[] = [];
    for (let i = 0; i < 6; i++) {
      const id = await attempt(db, { state: 'ended' });
      executor.write(id, `log ${i}\n`, true);
      logs.ended(id);
      ended.push(id);
    }
    await until(async () => asked === 3);
    const live = await attempt(db);
    executor.write(live, 'it lives\n');
    logs.grew(live);
    await until(async () => (await reader.read(live)).size > 0);
    expect(asked).toBe(3);
    const stopped = logs.stop();
    hanging.splice(0).forEach(end => end());
    await stopped;
    // One that gives them up comes to all of them, and asks for none twice.
    const hurried = collector({ writeMs: 100 });
    ended.forEach(id => hurried.ended(id));
    await until(async () => asked === 3 + 6);
    // What is not stored stays readable, and in the end it is.
    for (const [i, id] of ended.entries()) {
      await until(async () => (await reader.read(id)).size > 0);
      expect((await whole(reader, id)).toString()).toBe(`log ${i}\n`);
      expect((await row(db, id)).log_state).toBe('open');
    }
    store.put = put;
    hanging.forEach(end => end());
    await hurried.stop();
    const later = collector();
    ended.forEach(id => later.ended(id));
    await later.idle();
    for (const id of ended) {
      expect((await row(db, id)).log_state).toBe('sealed');
    }
  });

  it('leaves no object of a process that died before the log showed it', async () => {
    let now = Date.UTC(2026, 10, 23);
    const { db, executor, collector, reader, store } = await setUp({
      clock: () => now,
    });
    const id = await attempt(db, { state: 'ended' });
    executor.write(id, 'all of it\n', true);
    const put = store.put.bind(store);
    let dies = true;
    let letGo = () => {};
    store.put = async (key, content) => {
      const done = await put(key, content);
      if (!dies) return done;
      dies = false;
      return new Promise((_, reject) => {
        letGo = () => reject(new Error('the test is over'));
      });
    };
    collector({ writeMs: 600_000 }).ended(id);
    await until(async () => !dies);
    // By then the executor has lost some, so that another object is written.
    const later = new FakeExecutor();
    later.write(id, 'it\n', true);
    const next = collector({}, 100 * MiB, later);
    next.ended(id);
    await next.idle();
    const objects = () => readdir(join(directory(), 'logs/2026/11'));
    expect(await objects()).toHaveLength(2);
    const garbage = () =>
      emptyGarbage({ db, store }, new AbortController().signal);
    expect(await garbage()).toEqual({ deleted: 0 });
    now += 2 * STORING_MS;
    expect(await garbage()).toEqual({ deleted: 1 });
    expect(await objects()).toHaveLength(1);
    expect(await db.knex('garbage')).toEqual([]);
    expect((await whole(reader, id)).toString()).toBe('it\n');
    letGo();
  });

  it('seals once, however often it hears of the end while it does', async () => {
    const { db, executor, collector, reader, store } = await setUp();
    const id = await attempt(db);
    const raw = Buffer.alloc(3 * MiB, 'line\n');
    executor.write(id, raw, false);
    const logs = collector();
    logs.grew(id);
    await until(async () => (await reader.read(id)).size === raw.length);
    const put = store.put.bind(store);
    let puts = 0;
    store.put = async (key, content) => {
      puts += 1;
      // As the engine and the executor do, when sealing takes seconds.
      logs.ended(id);
      logs.grew(id);
      const done = await put(key, content);
      logs.ended(id);
      return done;
    };
    executor.write(id, '', true);
    logs.ended(id);
    await logs.idle();
    await sleep(100);
    expect(puts).toBe(1);
    expect((await whole(reader, id)).equals(raw)).toBe(true);
  });

  it('never replaces a sealed log by what another process left of its chunks', async () => {
    const { db, executor, collector, reader, store } = await setUp();
    const id = await attempt(db);
    const raw = Buffer.alloc(3 * MiB, 'line\n');
    executor.write(id, raw, false);
    const [one, two] = [collector(), collector()];
    const put = store.put.bind(store);
    let puts = 0;
    store.put = async (key, content) => {
      puts += 1;
      if (puts === 1) {
        // The second one seals and removes the chunks before the first begins.
        two.ended(id);
        await until(async () => (await row(db, id)).log_state === 'sealed');
        await two.idle();
      }
      return put(key, content);
    };
    one.grew(id);
    await until(async () => (await reader.read(id)).size === raw.length);
    executor.write(id, '', true);
    one.ended(id);
    await Promise.all([one.idle(), two.idle()]);
    expect(puts).toBe(2);
    expect((await whole(reader, id)).equals(raw)).toBe(true);
  });

  it('never replaces a sealed log by one of a process that had less of it', async () => {
    const { db, executor, collector, reader, store } = await setUp();
    const id = await attempt(db);
    executor.write(id, 'all of it\n', true);
    const late = new FakeExecutor();
    late.readLog = async (_id, { offset }) => ({
      ...{ offset, bytes: Buffer.alloc(0), end: true },
      missing: 'the pod is gone',
    });
    const [one, two] = [collector({}, 100 * MiB, late), collector()];
    const put = store.put.bind(store);
    let puts = 0;
    store.put = async (key, content) => {
      puts += 1;
      if (puts === 1) {
        // The one that has everything seals before the other's object is there.
        two.ended(id);
        await until(async () => (await row(db, id)).log_state === 'sealed');
      }
      return put(key, content);
    };
    one.ended(id);
    await Promise.all([one.idle(), two.idle()]);
    expect(puts).toBe(2);
    expect((await whole(reader, id)).toString()).toBe('all of it\n');
    expect((await row(db, id)).log_gap).toBeNull();
    // And the object that nobody needs is gone.
    await until(
      async () =>
        (await readdir(join(directory(), 'logs/2026/11'))).length === 1,
    );
  });

  it.each([
    ['sealed', false],
    ['sealed, and its run deleted', true],
  ])(
    'lets go of what another process with the same executor has %s',
    async (_, deleted) => {
      const { db, executor, collector, reader } = await setUp();
      const [id, later, other] = [
        await attempt(db),
        await attempt(db),
        await attempt(db),
      ];
      const second = new FakeExecutor();
      for (const copy of [executor, second]) {
        for (const each of [id, later, other]) copy.write(each, 'line\n');
      }
      const one = collector();
      const two = collector({ sweepMs: 300 }, undefined, second);
      two.started({ attemptId: other });
      const copied = async (of: string) => {
        two.started({ attemptId: of });
        two.grew(of);
        await until(async () => (await reader.read(of)).size === 5);
      };
      const isOver = async (of: string) => {
        executor.write(of, '', true);
        await db
          .knex('attempts')
          .where({ attempt_id: of })
          .update({ state: 'ended' });
        one.ended(of);
        await one.idle();
        expect((await row(db, of)).log_state).toBe('sealed');
        if (deleted) {
          await db.knex('attempts').where({ attempt_id: of }).delete();
        }
      };
      await copied(id);
      await copied(later);
      await isOver(id);
      // It has not looked yet.
      expect(second.forgotten).toEqual([]);
      await two.resume();
      await until(async () => second.forgotten.includes(id));
      // And it goes on looking.
      await isOver(later);
      await until(async () => second.forgotten.includes(later));
      expect(second.forgotten).not.toContain(other);
    },
  );

  it('keeps the log in the database while the object store is full', async () => {
    const { db, executor, collector, reader, store } = await setUp();
    const id = await attempt(db);
    executor.write(id, 'kept', true);
    const put = jest
      .spyOn(store, 'put')
      .mockRejectedValue(
        Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' }),
      );
    const logs = collector();
    logs.ended(id);
    await until(async () => (await reader.read(id)).size === 4);
    await until(async () => put.mock.calls.length > 0);
    expect(executor.forgotten).toEqual([]);
    put.mockRestore();
    await logs.idle();
    expect((await whole(reader, id)).toString()).toBe('kept');
    expect((await row(db, id)).log_state).toBe('sealed');
    expect(executor.forgotten).toEqual([id]);
  });
});
