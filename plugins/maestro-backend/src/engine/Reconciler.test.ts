import type { WantedAttempt } from '@maestro/plugin-maestro-node';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import type { Dispatcher } from './Dispatcher';
import type { Engine } from './Engine';
import { type ProcessClock, SYSTEM_CLOCK } from './ProcessClock';
import { Reconciler } from './Reconciler';
import { createTestEngine, ScriptedExecutor, type TestEngine } from './testing';

const logger = mockLogger();

/** So many times as fast as the one on the wall. */
const SPEED = 20;
const FAST: ProcessClock = {
  ...SYSTEM_CLOCK,
  now: () => Date.now(),
  elapsed: () => performance.now() * SPEED,
  after: (ms, fn) => {
    const timer = setTimeout(fn, ms / SPEED);
    return () => clearTimeout(timer);
  },
};

/** One whose listing is not answered until it is released. */
class SilentExecutor extends ScriptedExecutor {
  lists = 0;
  isSilent = false;
  failure: Error | undefined;
  private waiting: (() => void)[] = [];

  constructor() {
    super(() => 'hang');
    Object.assign(this, { name: 'silent', instance: 'silent' });
  }

  release(): void {
    this.isSilent = false;
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  wanted: readonly WantedAttempt[] = [];

  override async list(options: { wanted?: readonly WantedAttempt[] } = {}) {
    this.lists += 1;
    this.wanted = options.wanted ?? [];
    if (this.isSilent) {
      await new Promise<void>(resolve => this.waiting.push(resolve));
    }
    if (this.failure) throw this.failure;
    return super.list();
  }
}

eachDatabase((_name, databases) => {
  let db: MaestroDatabase;
  let silent: SilentExecutor;
  let test: TestEngine;

  beforeEach(async () => {
    db = await databases.open();
    silent = new SilentExecutor();
    const executor = new ScriptedExecutor(() => 'hang');
    test = await createTestEngine(db, {
      logger,
      executor,
      otherExecutors: [silent],
      clock: FAST,
      // Only the listing tells of what ended, and soon.
      settings: {
        leaseMs: 60_000 * SPEED,
        reconcileMs: 1_000,
        pollMs: 1_000,
      },
    });
  });
  afterEach(async () => {
    silent.release();
    await test.stop();
  });

  const eventually = async (what: string, check: () => Promise<boolean>) => {
    const end = Date.now() + 60_000;
    while (!(await check())) {
      if (Date.now() > end) throw new Error(`It did not come: ${what}`);
      await new Promise(resolve => setTimeout(resolve, 10));
    }
  };
  const running = async (name: string, executor?: string) => {
    await test.register(name, {
      tasks: [{ id: 't', run: { command: ['x'] }, executor }],
    });
    const runId = await test.trigger(name);
    await eventually(
      `${name} runs`,
      async () => (await test.states(runId)).t === 'running',
    );
    return runId;
  };
  /** Ends it so that only the listing tells. */
  const endUnseen = (executor: ScriptedExecutor) => {
    executor.mute = true;
    for (const attemptId of executor.objects.keys()) {
      executor.end(attemptId, { result: 'success', exitCode: 0 });
    }
  };

  it('an executor that is silent does not hold up the others, round after round', async () => {
    silent.isSilent = true;
    for (const name of ['first', 'second']) {
      test.executor.mute = false;
      const runId = await running(name);
      endUnseen(test.executor);
      expect((await test.finished(runId)).state).toBe('success');
    }
    const beats = async () =>
      (
        await db.table(db.knex, 'executor_instances').where({
          executor: 'scripted',
        })
      )[0].seen_at;
    const before = await beats();
    await eventually('it is heard of', async () => (await beats()) > before);
  });

  it('is asked once while it does not answer, named when that takes long, and taken at its word when it does', async () => {
    const runId = await running('p', 'silent');
    silent.isSilent = true;
    const { lists } = silent;
    endUnseen(silent);
    await eventually('it is asked', async () => silent.lists === lists + 1);
    // A round that began before that is joined, and fails for nobody yet.
    await eventually('it is named', () =>
      test.engine.reconcile().then(
        () => false,
        ({ message }) =>
          /^Executor "silent" has not answered for \d+ s/.test(message),
      ),
    );
    await eventually(
      'it is told',
      async () => test.engine.stalledFor() !== undefined,
    );
    expect(silent.lists).toBe(lists + 1);
    expect((await test.states(runId)).t).toBe('running');
    silent.release();
    expect((await test.finished(runId)).state).toBe('success');
    await eventually(
      'all is well',
      async () => test.engine.stalledFor() === undefined,
    );
  });

  it('says what it wants, and where that was seen', async () => {
    await running('p', 'silent');
    const [attemptId] = silent.objects.keys();
    const wants = (object?: string) =>
      eventually('it is wanted', async () => {
        const { wanted } = silent;
        return (
          wanted.length === 1 &&
          wanted[0].attemptId === attemptId &&
          wanted[0].object === object
        );
      });
    await wants();
    await db
      .table(db.knex, 'attempts')
      .where({ attempt_id: attemptId })
      .update({ object: 'pod old/maestro-a' });
    await wants('pod old/maestro-a');
    endUnseen(silent);
    await eventually(
      'nothing is wanted',
      async () => silent.wanted.length === 0,
    );
    expect(silent.wanted).toEqual([]);
  });

  it('is told with its error when that comes late, and asked again', async () => {
    await running('p', 'silent');
    silent.isSilent = true;
    const { lists } = silent;
    await eventually('it is asked', async () => silent.lists > lists);
    const error = jest.spyOn(logger, 'error').mockClear();
    // Longer than a round waits.
    await new Promise(resolve => setTimeout(resolve, 15_000 / SPEED));
    silent.failure = new Error('no route to host');
    silent.release();
    await eventually('it is told', async () =>
      error.mock.calls.some(([text]) => String(text).includes('looked at')),
    );
    expect(error).toHaveBeenCalledWith(
      'Executor "silent" could not be looked at: Error: no route to host',
    );
    const asked = silent.lists;
    await eventually('it is asked again', async () => silent.lists > asked);
  });
});

it('looks at overdue claims once at a time, also behind a look that failed', async () => {
  const asked: Array<(error: Error) => void> = [];
  const engine = {
    ctx: {
      clock: FAST,
      executors: new Map([['one', { name: 'one', instance: 'here' }]]),
      db: {
        now: () => new Promise((_, reject) => asked.push(reject)),
      },
    },
    isRefused: () => false,
  };
  const reconciler = new Reconciler(
    engine as unknown as Engine,
    {} as unknown as Dispatcher,
  );
  const first = reconciler.lookAtOverdueClaims();
  await reconciler.lookAtOverdueClaims();
  expect(asked).toHaveLength(1);
  asked[0](new Error('the database is away'));
  await expect(first).rejects.toThrow('the database is away');
  const next = reconciler.lookAtOverdueClaims();
  expect(asked).toHaveLength(2);
  asked[1](new Error('still away'));
  await expect(next).rejects.toThrow('still away');
});
