import { eachLogDatabase } from './__testUtils__/logTest';
import { noteLostLines, writeTriggerLog } from './TriggerLog';

eachLogDatabase(({ setUp, attempt, until, whole, row }) => {
  it('stays open for a trigger, whose lines stand behind all of the process', async () => {
    const { db, executor, collector, reader } = await setUp();
    const id = await attempt(db, { masks: ['hunter22'], state: 'ended' });
    const keep = (log_kept: string | null) =>
      db.knex('attempts').where({ attempt_id: id }).update({ log_kept });
    const openMasks = (_id: string, sealed: string) => JSON.parse(sealed);
    const write = (...lines: string[]) =>
      writeTriggerLog({ db, openMasks }, id, lines, ['its-token']);
    await keep('copying');
    expect(await write('too early')).toBe('not_yet');
    const logs = collector();
    // What could still become a secret is none.
    executor.write(id, 'the process\nhunt', true);
    logs.ended(id, { kept: true });
    await until(async () => (await row(db, id)).log_kept === 'copied');
    expect(await write('A hunter22', 'B its-token')).toBe('written');
    const expected = 'the process\nhuntA ***\nB ***\n';
    // Neither who lists the executor, nor the next process, seals it.
    logs.ended(id);
    const other = collector();
    await other.resume();
    await logs.idle();
    await other.idle();
    expect((await reader.readPage(id)).text).toBe(expected);
    expect(await write('C')).toBe('written');
    expect(executor.forgotten).toEqual([]);
    await keep(null);
    logs.ended(id, { kept: false });
    await logs.idle();
    expect((await row(db, id)).log_state).toBe('sealed');
    expect((await whole(reader, id)).toString()).toBe(`${expected}C\n`);
    expect(await write('too late')).toBe('closed');
    expect(executor.forgotten).toEqual([id]);
  });

  it.each(['who is told', 'who looks for open logs'])(
    'stays open for a trigger, with its secrets, when %s finds the host gone',
    async who => {
      const { db, collector, reader } = await setUp();
      const id = await attempt(db, {
        masks: ['hunter22'],
        state: 'ended',
        instance: 'host-2',
      });
      const keep = (log_kept: string | null) =>
        db.knex('attempts').where({ attempt_id: id }).update({ log_kept });
      const openMasks = (_id: string, sealed: string) => JSON.parse(sealed);
      await keep('copying');
      const logs = collector();
      if (who === 'who is told') logs.ended(id, { kept: true });
      else await logs.resume();
      await until(async () => (await row(db, id)).log_kept === 'copied');
      expect(await row(db, id)).toMatchObject({
        log_state: 'open',
        masks: '["hunter22"]',
      });
      expect(
        await writeTriggerLog({ db, openMasks }, id, ['A hunter22'], []),
      ).toBe('written');
      // Nobody seals it before the trigger is over.
      logs.ended(id);
      const other = collector();
      await other.resume();
      await logs.idle();
      await other.idle();
      expect((await row(db, id)).log_state).toBe('open');
      await keep('complete');
      // Over, but not sealed: what came until then is not lost.
      expect(await writeTriggerLog({ db, openMasks }, id, ['B'], [])).toBe(
        'written',
      );
      if (who === 'who is told') logs.ended(id, { kept: false });
      else await collector().resume();
      await until(async () => (await row(db, id)).log_state === 'sealed');
      expect((await whole(reader, id)).toString()).toBe(
        '\n[maestro] The rest of this log is lost: the host that ran it (host-2) is gone.\nA ***\nB\n',
      );
    },
  );

  it.each(['who is told', 'who looks for open logs'])(
    'is whole when %s seals it and the host is gone since all of it was copied',
    async who => {
      const { db, executor, collector, reader } = await setUp();
      const id = await attempt(db, { masks: ['hunter22'], state: 'ended' });
      const change = (columns: object) =>
        db.knex('attempts').where({ attempt_id: id }).update(columns);
      const openMasks = (_id: string, sealed: string) => JSON.parse(sealed);
      await change({ log_kept: 'copying' });
      executor.write(id, 'the process hunter22\n', true);
      const logs = collector();
      logs.ended(id, { kept: true });
      await until(async () => (await row(db, id)).log_kept === 'copied');
      await writeTriggerLog({ db, openMasks }, id, ['A'], []);
      await change({ executor_instance: 'host-2', log_kept: 'complete' });
      if (who === 'who is told') logs.ended(id, { kept: false });
      else await collector().resume();
      await until(async () => (await row(db, id)).log_state === 'sealed');
      expect((await whole(reader, id)).toString()).toBe('the process ***\nA\n');
      expect(await row(db, id)).toMatchObject({
        log_gap: null,
        log_kept: null,
        masks: null,
      });
    },
  );

  it.each([
    ['nothing', null, { from: 7, reason: 'lost' }],
    [
      'what is only feared',
      { from: 3, reason: 'perhaps', doubt: true },
      { from: 7, reason: 'lost' },
    ],
    [
      'another gap',
      { from: 3, reason: 'cut', dropped: true },
      { from: 3, reason: 'cut. lost', dropped: true },
    ],
    ['the same', { from: 3, reason: 'lost' }, { from: 3, reason: 'lost' }],
  ])('tells lost lines beside %s', async (_what, before, after) => {
    const { db } = await setUp();
    const id = await attempt(db, { state: 'ended' });
    const rows = db.knex('attempts').where({ attempt_id: id });
    await rows.clone().update({
      log_state: 'sealed',
      log_bytes: 7,
      log_gap: before && JSON.stringify(before),
    });
    await noteLostLines(db, id, 'lost');
    expect(JSON.parse((await row(db, id)).log_gap)).toEqual(after);
    await rows.clone().update({ log_state: 'removed', log_gap: null });
    await noteLostLines(db, id, 'lost');
    expect((await row(db, id)).log_gap).toBeNull();
    await noteLostLines(db, 'nobody', 'lost');
  });

  it('loses no line to a sealing that has begun', async () => {
    const { db, executor, collector, reader, store } = await setUp();
    const id = await attempt(db, { state: 'ended' });
    const keep = (log_kept: string | null) =>
      db.knex('attempts').where({ attempt_id: id }).update({ log_kept });
    const openMasks = (_id: string, sealed: string) => JSON.parse(sealed);
    const write = (line: string) =>
      writeTriggerLog({ db, openMasks }, id, [line], []);
    await keep('copying');
    executor.write(id, 'the process\n', true);
    const logs = collector();
    logs.ended(id, { kept: true });
    await until(async () => (await row(db, id)).log_kept === 'copied');
    const put = store.put.bind(store);
    const answers: string[] = [];
    store.put = async (key, content) => {
      if (answers.length === 0) answers.push(await write('A'));
      return put(key, content);
    };
    await keep('complete');
    logs.ended(id, { kept: false });
    await logs.idle();
    expect(answers).toEqual(['written']);
    expect((await row(db, id)).log_state).toBe('sealed');
    expect((await whole(reader, id)).toString()).toBe('the process\nA\n');
  });
});
