import { eachDatabase } from '../database/testing';
import { definitionOf, StoreSeed } from './testing/StoreSeed';
import { whyNotRunning } from './whyNotRunning';

const NOW = 1_000_000;

eachDatabase((_name, databases) => {
  describe('whyNotRunning', () => {
    let seed: StoreSeed;
    let executorOk = true;
    const engine = {
      status: async () => ({
        ok: true,
        defaultExecutor: 'local',
        executors: [{ name: 'local', ok: executorOk, maxParallel: 2, live: 0 }],
      }),
    };
    const why = async (runId: string, taskId?: string) =>
      (await whyNotRunning(seed.views(), engine, { runId, taskId })).chain;
    const codes = async (runId: string, taskId?: string) =>
      (await why(runId, taskId)).map(cause => cause.code);

    beforeEach(async () => {
      executorOk = true;
      seed = new StoreSeed(await databases.open({ clock: () => NOW }));
    });

    it('goes from a task to what it waits for', async () => {
      const a = await seed.pipeline(definitionOf('a', ['x', 'y', 'z']));
      const run = await seed.run(a, { state: 'running' });
      await seed.task(run.id, 0, {
        state: 'up_for_retry',
        next_try_at: NOW + 5_000,
      });
      await seed.task(run.id, 1, { state: 'none' });
      await seed.task(run.id, 2, { state: 'none' });
      const chain = await why(run.runId, 'z');
      expect(chain.map(cause => cause.code)).toEqual([
        'upstream_running',
        'upstream_running',
        'waiting_for_retry',
      ]);
      expect(chain[2].until).toBe(NOW + 5_000);
    });

    it('reads of attempts that start only what it says of them', async () => {
      const a = await seed.pipeline(definitionOf('a', ['x']));
      const run = await seed.run(a, { state: 'running' });
      await seed.task(run.id, 0, { state: 'queued', queued_at: NOW });
      await seed.attempt({ id: run.id, pipelineId: a.id }, 0, 1, {
        state: 'claimed',
        lease_owner: null,
        lease_until: NOW + 1_000,
        message: 'exceeded quota: none',
      });
      const asked: string[] = [];
      seed.db.knex.on('query', ({ sql }: { sql: string }) => {
        if (/from .?attempts/.test(sql)) asked.push(sql);
      });
      expect(await codes(run.runId, 'x')).toEqual(['launch_refused']);
      expect(asked.length).toBeGreaterThan(0);
      for (const sql of asked) {
        expect(sql).not.toMatch(/select \*|command|\benv\b|inputs|masks/);
      }
    });

    it('says what a task waits for outside, who unblocks it and until when', async () => {
      const definition = definitionOf('a', ['ask', 'after']);
      definition.tasks[0] = {
        ...definition.tasks[0],
        kind: 'approve',
        approve: {
          message: 'Deploy?',
          approvers: ['group:default/ml-team'],
          onTimeout: 'fail',
        },
      };
      const a = await seed.pipeline(definition);
      const run = await seed.run(a, { state: 'running' });
      await seed.task(run.id, 0, {
        state: 'deferred',
        started_at: NOW - 9_000,
      });
      await seed.task(run.id, 1, { state: 'none' });
      await seed.db.knex('waits').insert({
        run_id: run.id,
        task_no: 0,
        map_index: -1,
        wait_id: 'w',
        kind: 'approval',
        what: 'a decision: Deploy?',
        trigger: JSON.stringify({ message: 'Deploy?' }),
        trigger_timeout_at: NOW + 60_000,
        created_at: NOW - 9_000,
      });
      const chain = await why(run.runId, 'after');
      expect(chain.map(cause => cause.code)).toEqual([
        'upstream_running',
        'waiting_for_event',
      ]);
      expect(chain[1]).toEqual({
        code: 'waiting_for_event',
        message: `Task "ask" waits for a decision: Deploy? (by group:default/ml-team); it gives up at ${new Date(
          NOW + 60_000,
        ).toISOString()}.`,
        since: NOW - 9_000,
        names: ['ask'],
        action: { kind: 'approve', label: 'Decide', target: 'ask' },
      });
    });

    it('names who holds the slots of the executor', async () => {
      const a = await seed.pipeline(definitionOf('a', ['x']));
      const waiting = await seed.run(a, { state: 'running' });
      await seed.task(waiting.id, 0, {
        state: 'scheduled',
        ready_at: NOW - 100,
      });
      const holders: string[] = [];
      for (let i = 0; i < 2; i++) {
        const run = await seed.run(a, { state: 'running' });
        holders.push(`a/${run.runId}/x`);
        await seed.attempt({ id: run.id, pipelineId: a.id }, 0, 1, {
          state: 'running',
        });
      }
      // One that ended holds nothing.
      await seed.attempt({ id: waiting.id, pipelineId: a.id }, 0, 1);
      const [cause] = await why(waiting.runId);
      expect(cause).toMatchObject({
        code: 'executor_slots_full',
        names: ['local', ...holders],
      });
    });

    it('looks at pool, maxActiveTasks and health of the task at the end of the chain', async () => {
      const definition = definitionOf('a', ['x', 'y'], { maxActiveTasks: 1 });
      definition.tasks[0].pool = 'gpu';
      const a = await seed.pipeline(definition);
      const run = await seed.run(a, { state: 'running' });
      await seed.task(run.id, 0, { state: 'scheduled', ready_at: NOW });
      await seed.task(run.id, 1, { state: 'none' });
      executorOk = false;
      await expect(codes(run.runId, 'y')).resolves.toEqual([
        'upstream_running',
        'executor_away',
        'pool_absent',
      ]);
      const now = Date.now();
      await seed.db
        .knex('pools')
        .insert({ name: 'gpu', slots: 1, updated_at: now });
      executorOk = true;
      await expect(codes(run.runId, 'x')).resolves.toEqual(['launching']);
      const other = await seed.run(a, { state: 'running' });
      await seed.attempt({ id: other.id, pipelineId: a.id }, 0, 1, {
        state: 'running',
        pool: 'gpu',
      });
      await expect(codes(run.runId, 'x')).resolves.toEqual([
        'pool_full',
        'max_active_tasks',
      ]);
    });

    it('says that no scheduler has the executor, and that a newer build is needed', async () => {
      const definition = definitionOf('a', ['x']);
      definition.tasks[0].executor = 'gpu';
      const a = await seed.pipeline(definition);
      const run = await seed.run(a, { state: 'running' });
      await seed.task(run.id, 0, { state: 'scheduled', ready_at: NOW });
      const [absent] = await why(run.runId);
      expect(absent).toMatchObject({
        code: 'executor_absent',
        names: ['gpu'],
      });
      const versions = seed.db.knex('pipeline_versions');
      const [{ definition: text }] = await versions.clone().select();
      await versions.update({ definition: `needs task.soon\n${text}` });
      const [newer] = await why(run.runId);
      expect(newer).toMatchObject({
        code: 'newer_code_needed',
        names: ['task.soon'],
        message: expect.stringContaining('start a scheduler of the newer'),
      });
    });

    it('says which runs are in the way of a queued one', async () => {
      const a = await seed.pipeline(
        definitionOf('a', ['x'], { maxActiveRuns: 1 }),
      );
      const active = await seed.run(a, { state: 'running' });
      const queued = await seed.run(a, { state: 'queued' });
      const chain = await why(queued.runId);
      expect(chain.map(cause => cause.code)).toEqual([
        'run_queued',
        'max_active_runs',
      ]);
      expect(chain[1].names).toEqual([active.runId]);
    });

    it('says what a queued run of a backfill waits for', async () => {
      const a = await seed.pipeline(
        definitionOf('a', ['x'], { maxActiveRuns: 1 }),
        { paused: true },
      );
      const id = await seed.backfill(a, { max_active: 1 });
      // Neither the pipeline's limit nor its pause holds a backfill.
      await seed.run(a, { state: 'running' });
      const queued = await seed.run(a, { state: 'queued', backfill_id: id });
      await expect(codes(queued.runId)).resolves.toEqual([
        'run_queued',
        'scheduler_behind',
      ]);

      const other = await seed.backfill(a, { backfill_id: 'backfill-2' });
      const rival = await seed.run(a, { state: 'running', backfill_id: other });
      for (const [backfill, run] of [
        [id, queued],
        [other, rival],
      ] as const) {
        await seed.member({ id: backfill, pipelineId: a.id }, 1_000, {
          outcome: 'run',
          run_id: run.id,
        });
      }
      expect((await why(queued.runId))[1]).toMatchObject({
        code: 'same_due_time',
        names: [rival.runId],
      });

      const active = await seed.run(a, { state: 'running', backfill_id: id });
      expect((await why(queued.runId))[1]).toMatchObject({
        code: 'backfill_max_active',
        message: '1 run of its backfill is active and it allows 1 at once.',
        names: [active.runId],
      });

      await seed.db
        .knex('backfills')
        .where({ id })
        .update({ state: 'paused', changed_by: 'user:default/me' });
      expect((await why(queued.runId))[1]).toMatchObject({
        code: 'backfill_paused',
        message: 'Its backfill backfill-1 is paused by user:default/me.',
        action: { kind: 'unpause_backfill', target: 'backfill-1' },
      });
    });

    it('does not count runs of backfills against the pipeline', async () => {
      const a = await seed.pipeline(
        definitionOf('a', ['x'], { maxActiveRuns: 1 }),
      );
      const id = await seed.backfill(a);
      await seed.run(a, { state: 'running', backfill_id: id });
      const queued = await seed.run(a, { state: 'queued', created_at: NOW });
      await expect(codes(queued.runId)).resolves.toEqual(['run_queued']);
    });

    it('says that a run is over, and knows no task that it does not have', async () => {
      const a = await seed.pipeline(definitionOf('a', ['x']));
      const run = await seed.run(a, { state: 'failed', state_reason: 'x' });
      await expect(codes(run.runId)).resolves.toEqual(['run_finished']);
      await expect(why(run.runId, 'nope')).rejects.toMatchObject({
        name: 'NotFoundError',
      });
      await expect(why('nope')).rejects.toMatchObject({
        name: 'NotFoundError',
      });
    });
  });
});
