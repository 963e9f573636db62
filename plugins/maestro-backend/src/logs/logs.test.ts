import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { mockServices } from '@backstage/backend-test-utils';
import type {
  LogPlace,
  LogSlice,
  TaskExecutor,
} from '@maestro/plugin-maestro-node';
import { FileArtifactStore } from '../artifacts/FileArtifactStore';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import { LogCollector, type LogCollectorSettings } from './LogCollector';
import { LogReader } from './LogReader';

/** Raw logs in memory, with the promises that the contract makes. */
class FakeExecutor {
  readonly name = 'local';
  readonly instance = 'host-1';
  readonly logs = new Map<string, { bytes: Buffer; end: boolean }>();
  readonly forgotten: string[] = [];
  failReads = 0;
  reads = 0;

  write(attemptId: string, bytes: Buffer | string, end = false) {
    const before = this.logs.get(attemptId)?.bytes ?? Buffer.alloc(0);
    this.logs.set(attemptId, {
      bytes: Buffer.concat([before, Buffer.from(bytes as Buffer)]),
      end,
    });
  }

  async readLog(
    id: string,
    o: { offset: number; limit: number },
  ): Promise<LogSlice> {
    this.reads += 1;
    if (this.failReads > 0) {
      this.failReads -= 1;
      throw new Error('the API server is away');
    }
    const log = this.logs.get(id) ?? { bytes: Buffer.alloc(0), end: true };
    const bytes = log.bytes.subarray(o.offset, o.offset + o.limit);
    return {
      offset: o.offset,
      bytes,
      end: log.end && o.offset + bytes.length >= log.bytes.length,
    };
  }

  async forget(id: string) {
    this.forgotten.push(id);
  }

  async list() {
    return [...this.logs].map(([attemptId, log]) => ({
      attemptId,
      phase: log.end ? ('ended' as const) : ('running' as const),
    }));
  }
}

/** One whose bytes have no offsets where they come from. */
class PlacedExecutor extends FakeExecutor {
  readonly resumed: (LogPlace | undefined)[] = [];
  doubt?: string;

  async readLog(
    id: string,
    o: { offset: number; limit: number; resume?: { place?: LogPlace } },
  ) {
    if (o.resume) this.resumed.push(o.resume.place);
    const slice = await super.readLog(id, o);
    const at = slice.offset + slice.bytes.length;
    return slice.bytes.length === 0
      ? slice
      : { ...slice, doubt: this.doubt, place: { at, token: `t${at}` } };
  }
}

const MiB = 1024 * 1024;

eachDatabase((_name, databases) => {
  let directory: string;
  const collectors: LogCollector[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'maestro-logs-'));
  });
  afterEach(async () => {
    for (const collector of collectors.splice(0)) await collector.stop();
    await rm(directory, { recursive: true, force: true });
  });

  async function setUp() {
    const db = await databases.open();
    const executor = new FakeExecutor();
    const store = new FileArtifactStore({ directory });
    const collector = (
      settings: Partial<LogCollectorSettings> = {},
      maxBytes = 100 * MiB,
      of = executor,
    ) => {
      const made = new LogCollector({
        db,
        store,
        openMasks: (_id, sealed) => JSON.parse(sealed),
        maxBytes,
        executors: new Map([['local', of as unknown as TaskExecutor]]),
        logger: mockServices.logger.mock(),
        settings: {
          flushMs: 5,
          pollMs: 20,
          sealDelayMs: 1,
          giveUpMs: 300,
          ...settings,
        },
      });
      collectors.push(made);
      return made;
    };
    return {
      db,
      executor,
      store,
      collector,
      reader: new LogReader({ db, store }),
    };
  }

  let nextId = 1;
  async function attempt(
    db: MaestroDatabase,
    options: {
      masks?: string[];
      state?: string;
      instance?: string;
    } = {},
  ): Promise<string> {
    const id = nextId++;
    const attemptId = `attempt-${id}`;
    await db.knex('attempts').insert({
      id,
      attempt_id: attemptId,
      run_id: id,
      pipeline_id: 1,
      task_no: 0,
      map_index: -1,
      seq: 1,
      try_number: 1,
      state: options.state ?? 'running',
      executor: 'local',
      executor_instance: options.instance ?? 'host-1',
      claimed_at: Date.UTC(2026, 10, 22),
      masks: JSON.stringify(options.masks ?? []),
    });
    return attemptId;
  }

  async function until(what: () => Promise<boolean>) {
    for (let i = 0; !(await what()); i++) {
      if (i > 500) throw new Error('waited in vain');
      await sleep(10);
    }
  }

  const whole = async (reader: LogReader, id: string) =>
    buffer(await reader.stream(id));
  const row = (db: MaestroDatabase, id: string) =>
    db.knex('attempts').where({ attempt_id: id }).first();

  it('keeps bytes exactly, masked, live and sealed alike', async () => {
    const { db, executor, collector, reader, store } = await setUp();
    const id = await attempt(db, { masks: ['hunter22'] });
    const logs = collector();
    const odd = Buffer.from([0xff, 0, 0xc3, 0x28, 0x0a, 0x80]);
    executor.write(id, Buffer.concat([Buffer.from('pw hunter22\n'), odd]));
    logs.started({ attemptId: id });
    logs.grew(id);
    const expected = Buffer.concat([Buffer.from('pw ***\n'), odd]);
    await until(async () => (await reader.read(id)).bytes.equals(expected));
    expect((await reader.read(id)).end).toBe(false);
    executor.write(id, 'last hunt', true);
    logs.ended(id);
    await logs.idle();
    const full = Buffer.concat([expected, Buffer.from('last hunt')]);
    expect(await whole(reader, id)).toEqual(full);
    expect(await reader.read(id, { offset: -4 })).toMatchObject({
      bytes: Buffer.from('hunt'),
      end: true,
      size: full.length,
    });
    const sealed = await row(db, id);
    expect(sealed).toMatchObject({
      log_state: 'sealed',
      log_location: `logs/2026/11/${id}.log.gz`,
      masks: null,
      log_gap: null,
    });
    // Everybody's own tools read it too.
    const object = await buffer((await store.open(sealed.log_location)).stream);
    expect(gunzipSync(object)).toEqual(full);
    expect(await db.knex('log_chunks')).toEqual([]);
    expect(executor.forgotten).toEqual([id]);
  });

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

  it('says where nobody knows whether something is missing', async () => {
    const { db, collector, reader } = await setUp();
    const executor = new PlacedExecutor();
    executor.doubt = 'it was read late';
    const id = await attempt(db);
    executor.write(id, 'one\n', true);
    const logs = collector({}, 100 * MiB, executor);
    logs.ended(id);
    await logs.idle();
    // Nothing stands in the log that the task did not write.
    expect(await reader.readPage(id)).toMatchObject({
      text: 'one\n',
      completeness: 'unknown',
      gap: 'executor "local" is not certain that these are all lines: it was read late',
    });
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

  it('keeps head and tail of a log over the limit, with bounded storage', async () => {
    const { db, executor, collector, reader } = await setUp();
    const id = await attempt(db);
    const line = (i: number) => `${String(i).padStart(15, '0')}\n`;
    const raw = Buffer.from(
      Array.from({ length: 512 * 1024 }, (_, i) => line(i)).join(''),
    );
    executor.write(id, raw, false);
    const logs = collector({}, 2 * MiB);
    logs.started({ attemptId: id });
    logs.grew(id);
    await until(async () => (await reader.read(id)).size === raw.length);
    const [{ live }] = await db.knex('log_chunks').sum({ live: 'size' });
    expect(Number(live)).toBeLessThan(3 * MiB);
    const liveText = (await whole(reader, id)).toString();
    executor.write(id, '', true);
    logs.ended(id);
    await logs.idle();
    const text = (await whole(reader, id)).toString();
    expect(text).toBe(liveText);
    expect(text.startsWith(line(0) + line(1))).toBe(true);
    expect(text.endsWith(line(512 * 1024 - 1))).toBe(true);
    expect(text).toContain(
      '\n[maestro] The log is larger than 2 MiB: the first 1 MiB and the last 1 MiB are kept',
    );
    expect(text.length).toBeLessThan(3 * MiB);
    const tail = await reader.read(id, { offset: -16 });
    expect(tail.bytes.toString()).toBe(line(512 * 1024 - 1));
    expect(tail.gap).toMatch(/what was between them is dropped/);
    // In the dropped part one lands at what follows it.
    const jumped = await reader.read(id, { offset: 3 * MiB, limit: 16 });
    expect(jumped.offset).toBeGreaterThan(3 * MiB);
    expect(raw.subarray(jumped.offset, jumped.offset + 16)).toEqual(
      jumped.bytes,
    );
  });

  it('keeps places for live logs while the store never answers', async () => {
    const { db, executor, collector, reader, store } = await setUp();
    const put = store.put.bind(store);
    let asked = 0;
    store.put = () => {
      asked += 1;
      return new Promise(() => {});
    };
    const logs = collector({ writeMs: 2_000 });
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
    // None of the writes was given up meanwhile.
    expect(asked).toBe(3);
    // What is not stored stays readable, and in the end it is.
    await until(async () => asked === 6);
    for (const [i, id] of ended.entries()) {
      await until(async () => (await reader.read(id)).size > 0);
      expect((await whole(reader, id)).toString()).toBe(`log ${i}\n`);
      expect((await row(db, id)).log_state).toBe('open');
    }
    store.put = put;
    await logs.stop();
    const later = collector();
    ended.forEach(id => later.ended(id));
    await later.idle();
    for (const id of ended) {
      expect((await row(db, id)).log_state).toBe('sealed');
    }
  }, 60_000);

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
      async () => (await readdir(join(directory, 'logs/2026/11'))).length === 1,
    );
  });

  it.each([
    ['sealed', false],
    ['sealed, and its run deleted', true],
  ])(
    'lets go of what another process with the same executor has %s',
    async (_, deleted) => {
      const { db, executor, collector, reader } = await setUp();
      const [id, other] = [await attempt(db), await attempt(db)];
      const second = new FakeExecutor();
      for (const copy of [executor, second]) {
        copy.write(id, 'line\n');
        copy.write(other, 'line\n');
      }
      const one = collector();
      const two = collector({ sweepMs: 300 }, undefined, second);
      two.started({ attemptId: id });
      two.started({ attemptId: other });
      two.grew(id);
      await until(async () => (await reader.read(id)).size === 5);
      await two.resume();
      executor.write(id, '', true);
      await db
        .knex('attempts')
        .where({ attempt_id: id })
        .update({ state: 'ended' });
      one.ended(id);
      await one.idle();
      expect((await row(db, id)).log_state).toBe('sealed');
      expect(second.forgotten).toEqual([]);
      if (deleted) await db.knex('attempts').where({ attempt_id: id }).delete();
      await until(async () => second.forgotten.includes(id));
      expect(second.forgotten).not.toContain(other);
    },
  );

  it('takes a large log over many turns and lets others go on meanwhile', async () => {
    const { db, executor, collector, reader } = await setUp();
    const [large, small] = [await attempt(db), await attempt(db)];
    const raw = Buffer.alloc(20 * MiB, 'epoch 1 loss=0.5\n');
    executor.write(large, raw, true);
    executor.write(small, 'quick', true);
    const logs = collector();
    let longest = 0;
    let last = performance.now();
    const watch = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    logs.ended(large);
    logs.ended(small);
    await until(async () => (await row(db, small)).log_state === 'sealed');
    expect((await row(db, large)).log_state).toBe('open');
    await logs.idle();
    clearInterval(watch);
    expect(longest).toBeLessThan(1_000);
    expect((await whole(reader, large)).equals(raw)).toBe(true);
    // Any place of it, without unpacking what stands before.
    const piece = await reader.read(large, {
      offset: 19 * MiB + 5,
      limit: 100,
    });
    expect(piece.bytes).toEqual(raw.subarray(19 * MiB + 5, 19 * MiB + 105));
  }, 120_000);

  it('waits out an executor that is away, and gives up with a gap at last', async () => {
    const { db, executor, collector, reader } = await setUp();
    const [back, gone] = [await attempt(db), await attempt(db)];
    executor.write(back, 'all of it', true);
    executor.failReads = 1;
    const logs = collector({ giveUpMs: 1_000 });
    logs.ended(back);
    await logs.idle();
    expect((await whole(reader, back)).toString()).toBe('all of it');

    executor.write(gone, 'first part ');
    logs.started({ attemptId: gone });
    logs.grew(gone);
    await until(async () => (await reader.read(gone)).size === 11);
    executor.failReads = Infinity;
    logs.ended(gone);
    await logs.idle();
    expect((await whole(reader, gone)).toString()).toBe(
      'first part \n[maestro] The rest of this log is lost: Executor "local" cannot give the log: the API server is away.\n',
    );
    expect((await reader.read(gone)).gap).toMatch(/API server is away/);
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

  it('keeps the log in the database while the object store is full', async () => {
    const { db, executor, collector, reader, store } = await setUp();
    const id = await attempt(db);
    executor.write(id, 'kept', true);
    const put = jest.spyOn(store, 'put');
    put.mockRejectedValueOnce(
      Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' }),
    );
    const logs = collector();
    logs.ended(id);
    await until(async () => (await reader.read(id)).size === 4);
    expect(executor.forgotten).toEqual([]);
    await logs.idle();
    expect((await whole(reader, id)).toString()).toBe('kept');
    expect((await row(db, id)).log_state).toBe('sealed');
    expect(executor.forgotten).toEqual([id]);
  });

  it('says once what is missing at the end, however often the object store is away', async () => {
    const { db, executor, collector, reader, store } = await setUp();
    const id = await attempt(db);
    executor.write(id, 'kept\n', true);
    const read = executor.readLog.bind(executor);
    executor.readLog = async (of, options) => {
      const slice = await read(of, options);
      return slice.end && slice.bytes.length === 0
        ? { ...slice, missing: 'the pod is gone' }
        : { ...slice, end: false };
    };
    const put = jest.spyOn(store, 'put');
    for (let i = 0; i < 3; i++) {
      put.mockRejectedValueOnce(new Error('ENOSPC: no space left'));
    }
    const logs = collector();
    logs.ended(id);
    await logs.idle();
    expect(put).toHaveBeenCalledTimes(4);
    expect((await whole(reader, id)).toString()).toBe(
      'kept\n\n[maestro] Gap: executor "local" could not read some lines: the pod is gone.\n',
    );
    expect((await reader.read(id)).gap).toMatch(/the pod is gone/);
  }, 30_000);

  it('says again what is missing behind bytes that came after all', async () => {
    const { db, executor, collector, reader, store } = await setUp();
    const id = await attempt(db);
    executor.write(id, 'a', true);
    const read = executor.readLog.bind(executor);
    executor.readLog = async (of, options) => {
      const slice = await read(of, options);
      return slice.end && slice.bytes.length === 0
        ? { ...slice, missing: 'it is away' }
        : { ...slice, end: false };
    };
    const put = store.put.bind(store);
    let puts = 0;
    store.put = async (key, content) => {
      puts += 1;
      if (puts > 1) return put(key, content);
      executor.write(id, 'b', true);
      throw new Error('ENOSPC: no space left');
    };
    const logs = collector();
    logs.ended(id);
    await logs.idle();
    const gap =
      '\n[maestro] Gap: executor "local" could not read some lines: it is away.\n';
    expect((await whole(reader, id)).toString()).toBe(`a${gap}b${gap}`);
  }, 30_000);

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

  it('gives text of whole characters, and gets on with bytes that are none', async () => {
    const { db, executor, collector, reader } = await setUp();
    const id = await attempt(db);
    const text = 'aé€\u{1f600}'.repeat(50);
    executor.write(
      id,
      Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0xf0, 0x9f])]),
      true,
    );
    const logs = collector();
    logs.ended(id);
    await logs.idle();
    let read = '';
    let offset = 0;
    for (let turns = 0; ; turns++) {
      expect(turns).toBeLessThan(1_000);
      const page = await reader.readPage(id, { offset, limit: 5 });
      read += page.text;
      offset = page.nextOffset;
      if (page.end) break;
    }
    expect(read.startsWith(text)).toBe(true);
    expect(read.slice(text.length)).toMatch(/^\ufffd+$/);
    const tail = await reader.readPage(id, { offset: -6 });
    expect(tail.text).toBe('\ufffd'.repeat(tail.text.length));
  });

  it('knows no log of an unknown attempt', async () => {
    const { reader } = await setUp();
    await expect(reader.read('nobody')).rejects.toMatchObject({
      name: 'NotFoundError',
    });
    await expect(reader.stream('nobody')).rejects.toMatchObject({
      name: 'NotFoundError',
    });
  });
});
