import { jitterOf } from '@maestro/plugin-maestro-common';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { eventually } from '../__testUtils__/eventually';
import { num } from '../database/conversion';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import { createTestEngine, type TestEngine } from '../engine/testing';

const logger = mockLogger();
const at = (iso: string) => Date.parse(iso);
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

eachDatabase((_name, databases) => {
  let db: MaestroDatabase;
  let test: TestEngine;
  let now: number;

  const due = at('2026-11-22T04:00:00Z');
  const spread = (name: string, of = due) =>
    jitterOf(name, { id: 'default', jitterMs: 10 * MINUTE }, of);
  const daily = (schedule: object = {}) => ({
    schedule: { cron: '0 4 * * *', jitter: 'PT10M', ...schedule },
    sla: 'PT1H',
    tasks: [{ id: 'a', run: { command: ['true'] } }],
  });
  const runs = async () => db.table(db.knex, 'runs').orderBy('id');
  const looked = async () => {
    test.engine.pokeTimers();
    await new Promise(resolve => setTimeout(resolve, 100));
    await test.engine.idle();
  };

  beforeEach(async () => {
    now = at('2026-11-22T03:00:00Z');
    db = await databases.open({ clock: () => now });
    test = await createTestEngine(db, {
      logger,
      settings: { pollMs: 20, reconcileMs: 100 },
    });
  });
  afterEach(() => test.stop());

  it('moves the start only: due time, key, logical date and deadline stay', async () => {
    await test.register('p', daily());
    now = due + spread('p') - 1;
    await looked();
    expect(await runs()).toEqual([]);
    now = due + spread('p');
    test.engine.pokeTimers();
    await eventually(async () => (await runs()).length === 1);
    const [run] = await runs();
    expect(run.run_key).toBe('scheduled__2026-11-22T04:00:00.000Z');
    expect(num(run.logical_date!)).toBe(due);
    expect(num(run.data_interval_end!)).toBe(due);
    expect(num(run.run_after)).toBe(due + spread('p'));
    expect(num(run.sla_deadline!)).toBe(due + 60 * MINUTE);
    const [tick] = await db.table(db.knex, 'ticks');
    expect(num(tick.due_at)).toBe(due);
  });

  it('keeps a due time that was reached when a new version comes before its start', async () => {
    await test.register('p', daily());
    // Due, and not started yet.
    now = due + 1;
    await test.register('p', daily({ catchup: false, when: 'true' }));
    now = due + spread('p');
    test.engine.pokeTimers();
    await eventually(async () => (await runs()).length === 1);
    expect(num((await runs())[0].logical_date!)).toBe(due);
  });

  it('leaves a due time that was reached and waits for its start to the schedule, not to a backfill', async () => {
    await test.register('p', daily());
    const request = {
      pipeline: 'p',
      from: due - 2 * DAY,
      to: due + DAY,
      params: {},
      maxActive: 5,
      order: 'oldest' as const,
      only: 'missing' as const,
    };
    const days = async () =>
      (await runs()).map(run => [run.trigger, num(run.logical_date!)]);
    // Due, and not started yet.
    now = due + 1;
    await test.engine.backfills.create(request, 'user:default/me');
    await expect(
      test.engine.backfills.preview({ ...request, from: due }),
    ).rejects.toThrow(
      'starts what was due since 2026-11-22T04:00:00.000Z itself',
    );
    await eventually(
      async () =>
        (
          await db.table(db.knex, 'backfills').where({ state: 'done' })
        ).length === 1,
    );
    const filled = [
      ['backfill', due - 2 * DAY],
      ['backfill', due - DAY],
    ];
    expect(await days()).toEqual(filled);
    now = due + spread('p');
    test.engine.pokeTimers();
    await eventually(async () => (await runs()).length === 3);
    expect(await days()).toEqual([...filled, ['scheduled', due]]);
    // Decided by then: a backfill sees what became of it.
    const preview = await test.engine.backfills.preview({
      ...request,
      from: due,
    });
    expect(preview.due).toMatchObject([
      { at: due, reason: expect.any(String) },
    ]);
  });

  it('starts at once what is already late when the jitter is taken away', async () => {
    await test.register('p', daily());
    now = due + 1;
    await test.register('p', daily({ jitter: undefined }));
    test.engine.pokeTimers();
    await eventually(async () => (await runs()).length === 1);
    expect(num((await runs())[0].run_after)).toBe(due);
  });

  it('gives every due time one outcome, also where it is longer than their distance', async () => {
    await test.register('p', {
      ...daily({ cron: '* * * * *', jitter: 'PT5M', catchup: true }),
      maxActiveRuns: 100,
    });
    for (let i = 0; i < 30; i++) {
      now += MINUTE;
      await looked();
    }
    now += 10 * MINUTE;
    test.engine.pokeTimers();
    const dues = async () =>
      (await db.table(db.knex, 'ticks').orderBy('due_at')).map(tick =>
        num(tick.due_at),
      );
    await eventually(async () => (await dues()).length >= 34);
    const all = await dues();
    all.forEach((one, i) => {
      expect(one).toBe(at('2026-11-22T03:01:00Z') + i * MINUTE);
    });
    expect((await runs()).map(run => num(run.logical_date!))).toEqual(all);
  });
});
