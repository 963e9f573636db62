import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { num } from '../database/conversion';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import { createTestEngine, type TestEngine } from '../engine/testing';
import { TimerLoop } from './TimerLoop';

const logger = mockLogger();
const PIPELINES = 40;

/** Hundreds of runs on a busy machine; what never comes is to be said, too. */
const COME_MS = 180_000;

eachDatabase((_name, databases) => {
  jest.setTimeout(COME_MS + 60_000);
  let db: MaestroDatabase;
  let test: TestEngine;
  let now: number;
  const due = Date.parse('2026-11-22T04:00:00Z');

  const herd = async (spec: (no: number) => object = () => ({})) => {
    for (let no = 0; no < PIPELINES; no++) {
      await test.register(`p${no}`, {
        schedule: { dates: [new Date(due).toISOString()] },
        tasks: [{ id: 'a', run: { command: ['true'] } }],
        ...spec(no),
      });
    }
  };
  const come = async (runs: number) => {
    now = due;
    test.engine.pokeTimers();
    const end = Date.now() + COME_MS;
    for (;;) {
      const over = await db
        .table(db.knex, 'runs')
        .where({ state: 'success' })
        .select('run_key');
      if (over.length === runs) return;
      if (Date.now() > end) {
        throw new Error(`${over.length} of ${runs} runs are a success`);
      }
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  };

  beforeEach(async () => {
    now = due - 1000;
    db = await databases.open({ clock: () => now });
    test = await createTestEngine(db, {
      logger,
      settings: { pollMs: 60_000, reconcileMs: 60_000 },
    });
  });
  afterEach(() => test.stop());

  it('starts what is due at one instant with few statements each', async () => {
    await herd();
    let statements = 0;
    db.knex.on('query', ({ sql }) => {
      // But those of this test, which looks until they are over.
      if (!/^select .run_key. from .runs. where .state. =/.test(sql))
        statements += 1;
    });
    await come(PIPELINES);
    // 36 each, when every due time and every start is a transaction of its own.
    expect(statements / PIPELINES).toBeLessThan(25);
    const ticks = await db.table(db.knex, 'ticks');
    expect(new Set(ticks.map(tick => num(tick.run_id!))).size).toBe(PIPELINES);
  });

  it('does not let a due time that cannot be decided keep the others from it', async () => {
    await herd();
    const broken = await db
      .table(db.knex, 'pipelines')
      .where({ name: 'p7' })
      .first('id', 'current_version_id');
    const read = test.ctx.versions.definition;
    test.ctx.versions.definition = async (tx, id) => {
      if (id === num(broken!.current_version_id!))
        throw new Error('unreadable');
      return read(tx, id);
    };
    await come(PIPELINES - 1);
    const undecided = await db.table(db.knex, 'timers').where({ kind: 'tick' });
    expect(undecided.map(timer => timer.ref)).toEqual([
      `${num(broken!.id)}/default`,
    ]);
  });

  it('does not let a run that cannot be started keep the others from it', async () => {
    await herd();
    const broken = await db
      .table(db.knex, 'pipelines')
      .where({ name: 'p7' })
      .first('id', 'current_version_id');
    const read = test.ctx.versions.definition;
    let asked = 0;
    test.ctx.versions.definition = async (tx, id) => {
      // The first one asks to decide the due time.
      if (id === num(broken!.current_version_id!) && ++asked > 1) {
        throw new Error('unreadable');
      }
      return read(tx, id);
    };
    await come(PIPELINES - 1);
    const left = await db
      .table(db.knex, 'runs')
      .whereNot({ state: 'success' })
      .select('pipeline_id', 'state');
    expect(left).toEqual([{ pipeline_id: broken!.id, state: 'queued' }]);
    // It is not lost: the poll starts it when it can be.
    test.ctx.versions.definition = read;
    test.engine.claimSoon();
    await come(PIPELINES);
  });

  it('decides no more than 200 due times at once, however many pipelines catch up', async () => {
    // Nothing is due before all of them are there.
    now = due - 31 * 86_400_000;
    const days = Array.from({ length: 30 }, (_, day) =>
      new Date(due - day * 86_400_000).toISOString(),
    );
    const decided = new Map<string, number>();
    db.knex.on('query', ({ sql, bindings, __knexTxId: id }) => {
      if (!/insert into .ticks./.test(sql)) return;
      // Seven columns a row.
      decided.set(id, (decided.get(id) ?? 0) + bindings.length / 7);
    });
    for (let no = 0; no < 16; no++) {
      await test.register(`p${no}`, {
        schedule: {
          dates: days,
          catchup: true,
          startDate: days[days.length - 1],
        },
        tasks: [{ id: 'a', run: { command: ['true'] } }],
      });
    }
    await come(16 * days.length);
    const ticks = await db.table(db.knex, 'ticks');
    expect(ticks).toHaveLength(16 * days.length);
    // Twelve of each of the sixteen.
    expect(Math.max(...decided.values())).toBe(192);
    expect(new Set(ticks.map(tick => num(tick.run_id!))).size).toBe(
      16 * days.length,
    );
  });

  it('keeps the limits, and what may only be changed alone is', async () => {
    Object.assign(test.executor.capabilities, { maxParallel: 3 });
    await herd(no =>
      no % 4 === 0
        ? {
            maxActiveTasks: 1,
            tasks: [
              { id: 'a', run: { command: ['true'] }, produces: [`asset${no}`] },
            ],
          }
        : {},
    );
    await come(PIPELINES);
    const attempts = await db.table(db.knex, 'attempts');
    expect(attempts).toHaveLength(PIPELINES);
  });

  it('looks again at once when a timer came due during the look', async () => {
    const timers = db.table(db.knex, 'timers');
    await timers.insert({ kind: 'past', ref: '1', due_at: now + 1 } as never);
    // By the clock of the database the time comes between the two questions.
    const clock = jest
      .spyOn(db, 'now')
      .mockResolvedValueOnce(now)
      .mockResolvedValue(now + 1);
    const fired: string[] = [];
    const waited: number[] = [];
    const loop = new TimerLoop({
      db,
      logger,
      clock: {
        ...test.ctx.clock,
        after: (ms: number) => {
          waited.push(ms);
          return () => {};
        },
      },
      pollMs: 60_000,
      fire: async timer => {
        fired.push(timer.ref);
      },
      fireTicks: async () => {},
    });
    loop.poke();
    while (waited.length === 0) {
      await new Promise(resolve => setTimeout(resolve, 5));
    }
    await loop.stop();
    clock.mockRestore();
    expect(waited).toEqual([0]);
    expect(fired).toEqual([]);
  });
});
