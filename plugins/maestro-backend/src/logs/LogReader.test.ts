import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { eachLogDatabase, MiB } from './__testUtils__/logTest';
import { TurnMeter } from './__testUtils__/TurnMeter';

eachLogDatabase(({ setUp, attempt, until, whole, row }) => {
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

  it('takes a large log in turns that do not grow with it, and lets others go on meanwhile', async () => {
    const { db, executor, collector, reader, store } = await setUp();
    const [large, small] = [await attempt(db), await attempt(db)];
    const raw = Buffer.alloc(20 * MiB, 'epoch 1 loss=0.5\n');
    executor.write(large, raw, true);
    executor.write(small, 'quick', true);
    const read = executor.readLog.bind(executor);
    executor.readLog = async (id, options) => {
      // However slow the small one is: it need not wait for the large one.
      if (id === large && options.offset >= 10 * MiB) {
        await until(async () => executor.forgotten.includes(small));
      }
      return read(id, options);
    };
    const logs = collector();
    const meter = new TurnMeter(db, executor);
    logs.ended(large);
    logs.ended(small);
    await logs.idle();
    meter.stop();
    expect(executor.forgotten).toEqual([small, large]);
    // Read, stored, read back and deleted: all of it was seen.
    expect(meter.total).toBeGreaterThanOrEqual(4 * raw.length);
    expect(meter.most).toBeLessThan(3 * MiB);
    expect((await whole(reader, large)).equals(raw)).toBe(true);
    // Any place of it, without unpacking what stands before.
    const reads = jest.spyOn(store, 'read');
    const piece = await reader.read(large, {
      offset: 19 * MiB + 5,
      limit: 100,
    });
    expect(piece.bytes).toEqual(raw.subarray(19 * MiB + 5, 19 * MiB + 105));
    expect(reads).toHaveBeenCalledTimes(1);
  }, 120_000);

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
