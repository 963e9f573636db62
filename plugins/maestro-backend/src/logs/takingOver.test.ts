import { setTimeout as sleep } from 'node:timers/promises';
import { eachLogDatabase, MiB, PlacedExecutor } from './__testUtils__/logTest';

eachLogDatabase(({ setUp, attempt, until, whole, row }) => {
  it('goes on in another process, also from the middle of a secret', async () => {
    const { db, executor, collector, reader } = await setUp();
    const id = await attempt(db, { masks: ['0123456789'] });
    executor.write(id, 'a 01234');
    const first = collector();
    first.started({ attemptId: id });
    first.grew(id);
    await until(async () => (await reader.read(id)).size === 2);
    await first.stop();
    executor.write(id, '56789 b', true);
    await db.knex('attempts').update({ state: 'ended' });
    const second = collector();
    await second.resume();
    await second.idle();
    expect((await whole(reader, id)).toString()).toBe('a *** b');
    expect(Number((await row(db, id)).log_raw_offset)).toBe(14);
  });

  it('keeps with the bytes where they stood, and hands it to who goes on', async () => {
    const { db, collector, reader } = await setUp();
    const executor = new PlacedExecutor();
    const id = await attempt(db, { masks: ['hunter22'] });
    const place = async () => JSON.parse((await row(db, id)).log_place);
    executor.write(id, 'one\n');
    const first = collector({}, 100 * MiB, executor);
    first.grew(id);
    await until(async () => (await reader.read(id)).size === 4);
    expect(await place()).toEqual({ at: 4, token: 't4' });
    // Half a secret is held back, and a place behind it would leave it out.
    executor.write(id, 'two\nhunt');
    first.grew(id);
    await until(async () => (await reader.read(id)).size === 8);
    expect(await place()).toEqual({ at: 4, token: 't4' });
    await first.stop();
    expect(executor.resumed).toEqual([undefined]);
    executor.write(id, 'er22\n', true);
    const second = collector({}, 100 * MiB, executor);
    second.ended(id);
    await second.idle();
    expect(executor.resumed).toEqual([undefined, { at: 4, token: 't4' }]);
    expect((await whole(reader, id)).toString()).toBe('one\ntwo\n***\n');
    expect((await row(db, id)).log_place).toBeNull();
    expect((await reader.read(id)).completeness).toBe('complete');
  });

  it('of two processes that collect the same log, none doubles a byte', async () => {
    const { db, executor, collector, reader } = await setUp();
    const id = await attempt(db);
    const [one, two] = [collector(), collector()];
    const lines = Array.from({ length: 60 }, (_, i) => `line ${i}\n`);
    for (const [i, line] of lines.entries()) {
      executor.write(id, line, i === lines.length - 1);
      one.grew(id);
      two.grew(id);
      if (i % 10 === 0) await sleep(8);
    }
    one.ended(id);
    two.ended(id);
    await Promise.all([one.idle(), two.idle()]);
    expect((await whole(reader, id)).toString()).toBe(lines.join(''));
  });

  it('seals what is stored of a host that is gone, and leaves a living one alone', async () => {
    const { db, collector, reader } = await setUp();
    const dead = await attempt(db, { state: 'ended', instance: 'host-2' });
    const living = await attempt(db, { state: 'ended', instance: 'host-3' });
    await db.knex('executor_instances').insert({
      executor: 'local',
      instance: 'host-3',
      scheduler: 's',
      seen_at: Date.now(),
      ttl: 60_000,
    });
    const logs = collector();
    await logs.resume();
    await logs.idle();
    expect((await whole(reader, dead)).toString()).toMatch(
      /lost: the host that ran it \(host-2\) is gone/,
    );
    expect((await row(db, living)).log_state).toBe('open');
  });

  it('asked for the log of another host, it leaves that to it: here it would be empty', async () => {
    const { db, executor, collector, reader } = await setUp();
    const living = await attempt(db, { state: 'ended', instance: 'host-3' });
    const dead = await attempt(db, { state: 'ended', instance: 'host-2' });
    await db.knex('executor_instances').insert({
      executor: 'local',
      instance: 'host-3',
      scheduler: 's',
      seen_at: Date.now(),
      ttl: 60_000,
    });
    const logs = collector();
    // As after a command, or after its host was found to be gone.
    logs.ended(living);
    logs.ended(dead);
    await logs.idle();
    expect((await row(db, living)).log_state).toBe('open');
    expect((await whole(reader, dead)).toString()).toMatch(
      /lost: the host that ran it \(host-2\) is gone/,
    );
    expect(executor.reads).toBe(0);
    expect(executor.forgotten).toEqual([]);
  });
});
