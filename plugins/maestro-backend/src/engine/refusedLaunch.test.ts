import {
  LaunchLater,
  ExecutorError,
  type LaunchRequest,
} from '@maestro/plugin-maestro-node';
import { eachDatabase } from '../database/testing';
import { nextLaunchMs } from './refusedLaunch';
import { ScriptedExecutor } from './testing';
import { createWaitTest, type WaitTest } from './waits/__testUtils__/waitTest';

const QUOTA = 'pods "x" is forbidden: exceeded quota: none';
const LIMIT_MS = 10 * 60_000;
const MINUTE = 60_000;
const CLEAR = {
  taskIds: ['t'],
  downstream: false,
  upstream: false,
  onlyFailed: false,
  dryRun: false,
};

/** One with a quota, which is used up until a test lifts it. */
class FullExecutor extends ScriptedExecutor {
  override readonly capabilities;
  isFull = true;
  readonly asked: LaunchRequest[] = [];
  /** A launch is on its way until this is called. */
  hold: Promise<void> | undefined;

  constructor(boundsStart: boolean) {
    super();
    this.capabilities = {
      ...new ScriptedExecutor().capabilities,
      boundsStart,
    };
  }

  override async launch(request: LaunchRequest): Promise<void> {
    this.asked.push(request);
    await this.hold;
    if (!this.isFull) {
      await super.launch(request);
      return;
    }
    const { waitedMs = 0 } = request;
    if (waitedMs >= LIMIT_MS) {
      throw new ExecutorError('queued_timeout', `not taken: ${QUOTA}`);
    }
    throw new LaunchLater(QUOTA, { giveUpInMs: LIMIT_MS - waitedMs });
  }
}

eachDatabase((_name, databases) => {
  let test: WaitTest;
  let executor: FullExecutor;
  afterEach(() => test.stop());

  const begin = async (
    task: object = {},
    spec: object = {},
    boundsStart = true,
  ) => {
    executor = new FullExecutor(boundsStart);
    test = await createWaitTest(databases, executor);
    await test.register('p', {
      tasks: [
        {
          id: 't',
          run: { command: ['x', '${{ vars.word }}'] },
          timeout: 'PT1M',
          retries: 2,
          ...task,
        },
      ],
      ...spec,
    });
    test.variables.word = 'first';
    return test.trigger('p');
  };
  const attempts = () => test.db.table(test.db.knex, 'attempts').orderBy('id');
  const attempt = async () => (await attempts())[0];
  const waits = () =>
    test.until(async () => {
      const row = await attempt();
      return row && [row.state, row.lease_owner, row.message];
    }, ['claimed', null, QUOTA]);
  const asked = (times: number) =>
    test.until(async () => executor.asked.length, times);
  const again = async () => {
    const times = executor.asked.length;
    test.pass(MINUTE + 7_000);
    await asked(times + 1);
  };
  const quiet = () => new Promise(resolve => setTimeout(resolve, 300));

  it('waits without a try, a retry or a timeout, and runs when there is room', async () => {
    const runId = await begin();
    await waits();
    expect(await test.states(runId)).toEqual({ t: 'queued' });
    for (let i = 0; i < 7; i++) {
      await again();
      await waits();
    }
    const { attempt_id: attemptId } = await attempt();
    expect(executor.asked.map(request => request.attemptId)).toEqual(
      Array(8).fill(attemptId),
    );
    executor.isFull = false;
    await again();
    expect((await test.finished(runId)).state).toBe('success');
    expect(await attempts()).toMatchObject([
      { state: 'ended', result: 'success', message: null, try_number: 1 },
    ]);
    // Once, not with each launch.
    const events = await test.db
      .table(test.db.knex, 'events')
      .where({ type: 'launch_refused' });
    expect(events.map(({ body }) => JSON.parse(body))).toEqual([
      { task: 't', reason: QUOTA },
    ]);
  });

  it('a timeout that begins with the launch is no part of the wait either', async () => {
    const runId = await begin({}, {}, false);
    const timeouts = () => test.timers('task_timeout');
    await waits();
    expect(await timeouts()).toEqual([]);
    for (let i = 0; i < 3; i++) {
      await again();
      await waits();
    }
    expect(await timeouts()).toEqual([]);
    // A launch that hangs is bounded each time.
    let letGo = () => {};
    executor.hold = new Promise(resolve => {
      letGo = resolve;
    });
    await again();
    const { attempt_id: ref } = await attempt();
    expect(await timeouts()).toEqual([{ ref, dueAt: test.now() + MINUTE }]);
    test.pass(MINUTE);
    await test.until(
      async () => (await attempt()).cancel_requested_at !== null,
      true,
    );
    letGo();
    await test.until(async () => (await attempt()).failure, 'timeout');
    await test.engine.commands.cancelRun(runId, 'user:default/ada');
    await test.finished(runId);
    expect(await timeouts()).toEqual([]);
  });

  it('is looked for without all that an attempt holds', async () => {
    await begin();
    await waits();
    const looks: string[] = [];
    test.db.knex.on('query', ({ sql }: { sql: string }) => {
      if (/from .?attempts/.test(sql) && /lease_until.? </.test(sql)) {
        looks.push(sql);
      }
    });
    await again();
    expect(looks.length).toBeGreaterThan(0);
    for (const sql of looks) {
      expect(sql).not.toMatch(/\*|command|\benv\b|inputs|masks/);
    }
  });

  it('is not asked before its time', async () => {
    const runId = await begin();
    await waits();
    await quiet();
    expect(executor.asked).toHaveLength(1);
    test.pass(1_500);
    await quiet();
    expect(executor.asked).toHaveLength(1);
    await test.engine.commands.cancelRun(runId, 'user:default/ada');
    await test.finished(runId);
  });

  it('is told how long it waited, and ends when its executor has had enough', async () => {
    const runId = await begin();
    await waits();
    test.pass(LIMIT_MS - 30_000);
    await asked(2);
    expect(executor.asked[1].waitedMs).toBe(LIMIT_MS - 30_000);
    await waits();
    // Not a minute later: then it is over.
    test.pass(30_001);
    await asked(3);
    expect((await test.finished(runId)).state).toBe('failed');
    expect(await attempts()).toMatchObject([
      { failure: 'queued_timeout', message: `not taken: ${QUOTA}` },
    ]);
  });

  it('is rendered anew: a new token, and what changed meanwhile', async () => {
    const runId = await begin();
    await waits();
    const before = await attempt();
    expect(before.token_hash).toBeNull();
    test.variables.word = 'second';
    executor.isFull = false;
    await again();
    await test.finished(runId);
    expect(executor.launched[0].command).toEqual(['x', 'second']);
    expect((await attempt()).command).toBe('["x","second"]');
  });

  it('fails by its configuration when that is gone', async () => {
    const runId = await begin();
    await waits();
    delete test.variables.word;
    test.pass(MINUTE);
    expect((await test.finished(runId)).state).toBe('failed');
    expect(await attempts()).toMatchObject([
      { failure: 'config', message: expect.stringContaining('word') },
    ]);
  });

  it('is cancelled at once', async () => {
    const runId = await begin();
    await waits();
    await test.engine.commands.cancelRun(runId, 'user:default/ada');
    expect(await attempts()).toMatchObject([
      {
        state: 'ended',
        failure: 'cancelled',
        message: `cancelled by user:default/ada: not launched, because ${QUOTA}`,
      },
    ]);
    await test.finished(runId);
    test.pass(MINUTE);
    await quiet();
    expect(executor.asked).toHaveLength(1);
  });

  it('is cancelled while a launch is on its way', async () => {
    const runId = await begin();
    await waits();
    let letGo = () => {};
    executor.hold = new Promise(resolve => {
      letGo = resolve;
    });
    await again();
    await test.engine.commands.cancelRun(runId, 'user:default/ada');
    letGo();
    expect((await test.finished(runId)).state).toBe('failed');
    expect(await attempts()).toMatchObject([{ failure: 'cancelled' }]);
  });

  it('begins anew when its task is cleared', async () => {
    const runId = await begin();
    await waits();
    await test.engine.commands.clearTasks(runId, CLEAR, 'user:default/ada');
    await test.until(async () => (await attempts()).length, 2);
    executor.isFull = false;
    await test.until(async () => {
      test.pass(MINUTE);
      return (await test.run(runId)).state;
    }, 'success');
    expect(await attempts()).toMatchObject([
      { result: 'failed' },
      { result: 'success', try_number: 1 },
    ]);
  });

  it('of a map leaves its list when the map is cleared', async () => {
    const runId = await begin(
      { run: { command: ['x'] }, map: { over: 'params.list' } },
      {
        params: {
          type: 'object',
          properties: { list: { type: 'array', default: [1, 2] } },
        },
      },
    );
    await test.until(
      async () => (await attempts()).map(row => row.lease_owner),
      [null, null],
    );
    await test.engine.commands.clearTasks(runId, CLEAR, 'user:default/ada');
    executor.isFull = false;
    await test.until(async () => {
      test.pass(MINUTE);
      return (await test.run(runId)).state;
    }, 'success');
    expect((await attempts()).map(row => row.result)).toEqual([
      'failed',
      'failed',
      'success',
      'success',
    ]);
  });

  it('queuedTimeout bounds it too', async () => {
    const runId = await begin({ queuedTimeout: 'PT5M' });
    await waits();
    test.pass(5 * MINUTE);
    await test.finished(runId);
    expect(await attempts()).toMatchObject([
      {
        failure: 'queued_timeout',
        message: expect.stringContaining(QUOTA),
      },
    ]);
  });

  it('goes on after all schedulers were away for long', async () => {
    const runId = await begin();
    await waits();
    await test.stop();
    test.pass(5 * MINUTE);
    const next = await test.successor();
    await test.until(async () => executor.asked.length > 1, true);
    executor.isFull = false;
    await test.until(async () => {
      test.pass(MINUTE);
      return (await test.run(runId)).state;
    }, 'success');
    expect(await attempts()).toHaveLength(1);
    await next.stop();
  });

  it('waits although its scheduler stopped while it was refused', async () => {
    const runId = await begin();
    await waits();
    let letGo = () => {};
    executor.hold = new Promise(resolve => {
      letGo = resolve;
    });
    await again();
    const stopped = test.stop();
    // So long that nothing else is waited for.
    await quiet();
    letGo();
    await stopped;
    expect(await attempt()).toMatchObject({
      state: 'claimed',
      lease_owner: null,
      message: QUOTA,
    });
    executor.isFull = false;
    const next = await test.successor();
    await again();
    expect((await test.finished(runId)).state).toBe('success');
    expect(await attempts()).toHaveLength(1);
    await next.stop();
  });

  it('is launched although as many as are looked at in one go cannot be', async () => {
    const runId = await begin();
    await waits();
    await test.stop();
    const [sound] = await attempts();
    const rows = test.db.table(test.db.knex, 'attempts');
    await rows.clone().where({ id: sound.id }).update({ id: 1_000 });
    for (let id = 1; id <= 130; id++) {
      await rows.clone().insert({
        ...sound,
        id,
        attempt_id: `broken-${id}`,
        // There is none.
        run_id: 4700 + id,
      });
    }
    executor.isFull = false;
    const next = await test.successor();
    await again();
    expect((await test.finished(runId)).state).toBe('success');
    // And from the first one again, which somebody may have mended.
    const error = jest.spyOn(next.ctx.logger, 'error').mockClear();
    await test.until(
      async () =>
        error.mock.calls.some(([text]) => String(text).startsWith('Run 4701 ')),
      true,
    );
    await next.stop();
  });

  it('is launched by one of several schedulers', async () => {
    const runId = await begin();
    await waits();
    const next = await test.successor();
    for (let i = 0; i < 5; i++) {
      await again();
      await quiet();
      await waits();
    }
    expect(executor.asked).toHaveLength(6);
    executor.isFull = false;
    await again();
    await test.finished(runId);
    expect(executor.launched).toHaveLength(1);
    await next.stop();
  });
});

it.each([
  [0, 2_000],
  [7_000, 2_000],
  [60_000, 15_000],
  [24 * 3_600_000, 60_000],
  // A clock that was set back.
  [-90_000, 2_000],
])('after %s ms it is launched again in %s ms', (waited, delay) => {
  expect(nextLaunchMs(waited, 0.5)).toBe(delay);
  expect(nextLaunchMs(waited, 0)).toBe(delay * 0.9);
  expect(nextLaunchMs(waited, 0.999_999)).toBeCloseTo(delay * 1.1, -1);
});
