import { LaunchLater, type LaunchRequest } from '@maestro/plugin-maestro-node';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { eventually } from '../__testUtils__/eventually';
import { eachDatabase } from '../database/testing';
import { type TestEngine, createTestEngine, ScriptedExecutor } from './testing';
import type { EngineSettings } from './types';

/** One whose launches answer when a test lets them. */
class SlowExecutor extends ScriptedExecutor {
  override readonly capabilities;
  /** Launches that wait for their answer. */
  readonly waiting: (() => void)[] = [];
  most = 0;
  isFast = false;
  /** A quota is used up. */
  isRefusing = false;

  constructor(limits: { maxParallel: number; launchesAtOnce?: number }) {
    super(() => 'hang');
    this.capabilities = { ...new ScriptedExecutor().capabilities, ...limits };
  }

  override async launch(request: LaunchRequest): Promise<void> {
    if (this.isRefusing) throw new LaunchLater('exceeded quota');
    if (!this.isFast) {
      await new Promise<void>(resolve => {
        this.waiting.push(resolve);
        this.most = Math.max(this.most, this.waiting.length);
      });
    }
    await super.launch(request);
  }

  answer(count: number): void {
    this.waiting.splice(0, count).forEach(resolve => resolve());
  }
}

eachDatabase((_name, databases) => {
  let test: TestEngine | undefined;
  let executor: SlowExecutor;
  afterEach(async () => {
    // Whoever ends waits for its launches.
    executor.isFast = true;
    executor.answer(Infinity);
    await test?.stop();
  });

  const start = async (
    limits: { maxParallel: number; launchesAtOnce?: number },
    tasks: number,
    settings: Partial<EngineSettings> = {},
  ) => {
    executor = new SlowExecutor(limits);
    test = await createTestEngine(await databases.open(), {
      executor,
      // Never full: a look at what is ready goes on behind one that is.
      otherExecutors: [
        Object.assign(new ScriptedExecutor(), { name: 'other' }),
      ],
      logger: mockLogger(),
      // What is claimed must not wait for the poll, as would who comes too late.
      settings: {
        pollMs: 60_000,
        reconcileMs: 60_000,
        leaseMs: 600_000,
        ...settings,
      },
    });
    await test.register('p', {
      tasks: Array.from({ length: tasks }, (_, i) => ({
        id: `t${i}`,
        run: { command: ['x'] },
      })),
    });
    await test.trigger('p');
  };
  const waits = async (count: number) => {
    await eventually(() => executor.waiting.length === count);
  };
  /** Time for claims that must not happen. */
  const quiet = () => new Promise(resolve => setTimeout(resolve, 200));

  it('what does not answer is not joined by all the others', async () => {
    await start({ maxParallel: 100, launchesAtOnce: 4 }, 40);
    await eventually(() => executor.waiting.length >= 4);
    await quiet();
    await test!.engine.reconcile();
    await quiet();
    expect(executor.waiting.length).toBeLessThanOrEqual(8);
  });

  it('what is too late to begin keeps nobody out, though it does not answer', async () => {
    await start({ maxParallel: 100, launchesAtOnce: 3 }, 20, {
      // A launch has half of it.
      leaseMs: 2_000,
      pollMs: 50,
    });
    await eventually(() => executor.waiting.length >= 13);
    expect(executor.launched).toEqual([]);
  });

  it('room that comes while others are looked at is for those that are first', async () => {
    await start({ maxParallel: 100, launchesAtOnce: 1 }, 3);
    await waits(1);
    await test!.register('later', {
      tasks: [{ id: 'last', run: { command: ['x'] } }],
    });
    const { id } = await test!.run(await test!.trigger('later'));
    await quiet();
    const { runs } = test!.engine;
    const change = runs.change.bind(runs);
    const { db } = test!.ctx;
    const claimed = async () => (await db.table(db.knex, 'attempts')).length;
    let isBetween = false;
    runs.change = async (run, fn) => {
      // The run that is first has taken the room, and been told that there is no more.
      if (run === Number(id) && !isBetween && (await claimed()) === 2) {
        // Its launch may still be on its way.
        await eventually(() => executor.waiting.length > 0);
        isBetween = true;
        executor.answer(1);
        await new Promise(resolve => setTimeout(resolve, 100));
      }
      return change(run, fn);
    };
    executor.answer(1);
    for (let i = 0; i < 6_000 && executor.launched.length < 4; i++) {
      await new Promise(resolve => setTimeout(resolve, 10));
      if (isBetween) executor.answer(1);
    }
    expect(isBetween).toBe(true);
    expect(executor.launched.map(({ labels }) => labels.taskId)).toEqual([
      't0',
      't1',
      't2',
      'last',
    ]);
  });

  it('what was refused comes back no more at once than what is new', async () => {
    await start({ maxParallel: 100, launchesAtOnce: 3 }, 12, { pollMs: 50 });
    executor.isRefusing = true;
    executor.answer(Infinity);
    const refused = async () =>
      (
        await test!.ctx.db
          .table(test!.ctx.db.knex, 'attempts')
          .where({ state: 'claimed' })
          .whereNull('lease_owner')
      ).length;
    await eventually(async () => (await refused()) >= 9);
    executor.isRefusing = false;
    for (let i = 0; i < 6_000 && executor.launched.length < 12; i++) {
      if (executor.waiting.length === 3) executor.answer(2);
      else if (i % 50 === 49) executor.answer(1);
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    expect(executor.launched).toHaveLength(12);
    expect(executor.most).toBeLessThanOrEqual(6);
  });

  it.each([1, 3, 7])(
    'all are launched in the end without the poll, %s at once',
    async launchesAtOnce => {
      await start({ maxParallel: 100, launchesAtOnce }, 20);
      for (let i = 0; i < 6_000 && executor.launched.length < 20; i++) {
        executor.answer(1);
        await new Promise(resolve => setTimeout(resolve, 10));
      }
      expect(executor.launched).toHaveLength(20);
      expect(executor.most).toBeLessThanOrEqual(2 * launchesAtOnce);
    },
  );

  it('the number that may run counts besides', async () => {
    await start({ maxParallel: 3, launchesAtOnce: 8 }, 10);
    await waits(3);
    executor.answer(3);
    await eventually(() => executor.launched.length === 3);
    await quiet();
    expect(executor.waiting).toHaveLength(0);
    expect(executor.launched).toHaveLength(3);
  });

  it('who says no number gets all at once', async () => {
    await start({ maxParallel: 100 }, 10);
    await waits(10);
    expect(executor.most).toBe(10);
  });
});
