import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { eventually } from '../__testUtils__/eventually';
import { eachDatabase } from '../database/testing';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { createTestEngine, ScriptedExecutor, type TestEngine } from './testing';

const logger = mockLogger();

const LEASE_MS = 3_000;

/** Whose `holder` hangs until it is cancelled. */
const holds = () =>
  new ScriptedExecutor(request =>
    request.labels.taskId === 'holder'
      ? 'hang'
      : { result: 'success', exitCode: 0 },
  );

class NeverStarts extends ScriptedExecutor {
  async start(): Promise<void> {
    throw new Error('no cluster here');
  }
}

const task = (id: string, more: Record<string, unknown> = {}) => ({
  id,
  run: { command: ['true'] },
  ...more,
});

eachDatabase((_name, databases) => {
  let db: MaestroDatabase;
  let test: TestEngine | undefined;
  /** Stands still, so that a machine may be as slow as it likes. */
  let now: number;

  beforeEach(async () => {
    now = Date.parse('2026-06-01T02:00:00Z');
    db = await databases.open({ clock: () => now });
  });
  afterEach(async () => {
    await test?.stop();
  });

  async function play(
    executor: ScriptedExecutor,
    spec: Record<string, unknown>,
  ): Promise<string> {
    test = await createTestEngine(db, {
      logger,
      executor,
      settings: { pollMs: 20, reconcileMs: 50, leaseMs: LEASE_MS },
    });
    await test.register('p', spec);
    return test.trigger('p');
  }
  const becomes = async (runId: string, id: string, state: string) => {
    const end = Date.now() + 60_000;
    while ((await test!.states(runId))[id] !== state && Date.now() < end) {
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    expect((await test!.states(runId))[id]).toBe(state);
    return (await test!.instances(runId))[id];
  };
  const timers = () =>
    db.table(db.knex, 'timers').where({ kind: 'queued_timeout' });
  const eventsOf = async (type: string) =>
    (await db.table(db.knex, 'events').where({ type })).map(event =>
      JSON.parse(event.body),
    );

  it.each<[string, Record<string, unknown>, RegExp]>([
    [
      'a slot of its pool',
      {
        tasks: [
          task('holder', { pool: 'gpu', priority: 9 }),
          task('a', { pool: 'gpu', retries: 3, queuedTimeout: 'PT0.2S' }),
          task('after', { dependsOn: ['a'] }),
        ],
      },
      /^it waited longer than 200 ms for pool "gpu" \(1 of 1 slots in use\) \(another try would only queue/,
    ],
    [
      'maxActiveTasks',
      {
        maxActiveTasks: 1,
        tasks: [
          task('holder', { priority: 9 }),
          task('a', { queuedTimeout: 'PT0.2S' }),
          task('after', { dependsOn: ['a'] }),
        ],
      },
      /for maxActiveTasks of "p" \(1 of 1 slots in use\)/,
    ],
    [
      'a pool that does not exist',
      {
        tasks: [
          task('holder'),
          task('a', { pool: 'tpu', queuedTimeout: 'PT0.2S' }),
          task('after', { dependsOn: ['a'] }),
        ],
      },
      /for pool "tpu", which does not exist/,
    ],
  ])('ends the wait for %s, and says for what', async (_, spec, reason) => {
    await db.table(db.knex, 'pools').insert({
      name: 'gpu',
      slots: 1,
      description: null,
      updated_at: 1,
    });
    const runId = await play(holds(), spec);
    await becomes(runId, 'holder', 'running');
    await becomes(runId, 'a', 'scheduled');
    now += 200;
    const failed = await becomes(runId, 'a', 'failed');
    expect(failed.reason).toMatch(reason);
    // Nothing was launched, and no try was used.
    expect(failed).toMatchObject({ attempt_seq: 0, try_number: 0 });
    await becomes(runId, 'after', 'upstream_failed');
    expect(await eventsOf('queued_timeout')).toEqual([
      {
        task: 'a',
        timeoutMs: 200,
        waitedFor: expect.stringContaining(''),
      },
    ]);
    expect(await timers()).toEqual([]);
  });

  it('names an executor that has not started', async () => {
    const runId = await play(new NeverStarts(), {
      tasks: [task('a', { queuedTimeout: 'PT0.2S' })],
    });
    await becomes(runId, 'a', 'scheduled');
    now += 200;
    expect((await becomes(runId, 'a', 'failed')).reason).toMatch(
      /for executor "scripted", which has not started: no cluster here/,
    );
  });

  it('takes back what was given to an executor and does not run', async () => {
    const executor = new ScriptedExecutor();
    executor.loseLaunches = true;
    const runId = await play(executor, {
      tasks: [task('a', { retries: 3, queuedTimeout: 'PT0.5S' })],
    });
    await becomes(runId, 'a', 'queued');
    now += 500;
    const isTakenBack = async () =>
      (await db.knex('attempts'))[0].cancel_requested_at !== null;
    await eventually(isTakenBack);
    now += LEASE_MS;
    const failed = await becomes(runId, 'a', 'failed');
    expect(failed.reason).toMatch(
      /^it was ready for longer than 500 ms and executor "scripted" had not started it/,
    );
    const [attempt] = await db.knex('attempts');
    expect(attempt).toMatchObject({
      failure: 'queued_timeout',
      started_at: null,
    });
    expect(JSON.parse(attempt.follow_up).action).toBe('fail');
    expect(await timers()).toEqual([]);
  });

  it('does not touch what runs, and begins anew with each retry', async () => {
    let tries = 0;
    const executor = new ScriptedExecutor(() => {
      tries += 1;
      return tries === 1
        ? {
            result: 'failed',
            failure: 'exit_code',
            exitCode: 1,
            message: 'exit code 1',
          }
        : 'hang';
    });
    const runId = await play(executor, {
      tasks: [
        task('a', {
          retries: 1,
          // Longer than its queuedTimeout: a wait for a retry is none for a slot.
          retryDelay: 'PT4S',
          queuedTimeout: 'PT3S',
        }),
      ],
    });
    await becomes(runId, 'a', 'up_for_retry');
    now += 4_000;
    await becomes(runId, 'a', 'running');
    expect(await timers()).toEqual([]);
    now += 3_500;
    // Long enough for several looks at what is due.
    await new Promise(resolve => setTimeout(resolve, 300));
    expect((await test!.states(runId)).a).toBe('running');
    executor.end(executor.launched[1].attemptId, {
      result: 'success',
      exitCode: 0,
    });
    expect((await test!.finished(runId)).state).toBe('success');
  });

  it('is over with a cancel of the run', async () => {
    const runId = await play(holds(), {
      maxActiveTasks: 1,
      tasks: [
        task('holder', { priority: 9 }),
        task('a', { queuedTimeout: 'PT1H' }),
      ],
    });
    await becomes(runId, 'holder', 'running');
    expect(await timers()).toHaveLength(1);
    await test!.engine.commands.cancelRun(runId, 'user:default/ada');
    await test!.finished(runId);
    expect(await timers()).toEqual([]);
  });
});
