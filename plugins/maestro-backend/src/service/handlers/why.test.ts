import type {
  EngineStatus,
  PipelineDefinition,
  TaskDefinition,
  TaskState,
  WaitKind,
} from '@maestro/plugin-maestro-common';
import { eachDatabase } from '../../database/testing';
import type { RunRow } from '../../database/tables';
import { definitionOf, type StoreSeed } from '../../views/testing/StoreSeed';
import { seededApi } from '../__testUtils__/seededApi';

/*
 * The table of the core (`whyTable.test.ts`) from rows of the store to the
 * answer over HTTP: what is stored is found, and says so.
 */

interface Scene {
  seed: StoreSeed;
  definition: PipelineDefinition;
  pipeline: { id: number; versionId: number };
  now: number;
}

interface Row {
  what: string;
  /** Tasks of the pipeline, a chain, and what is special about them. */
  tasks?: Record<string, Partial<TaskDefinition>>;
  over?: Partial<PipelineDefinition>;
  /** The run that is asked about; without it the pipeline is. */
  run?: Partial<RunRow>;
  /** States of its tasks; the last task is asked. Default: none of them. */
  states?: TaskState[];
  /** States of the tasks of the run of the due time before. */
  before?: TaskState[];
  also?(scene: Scene, run: { id: number; runId: string }): Promise<unknown>;
  engine?: Partial<EngineStatus>;
  /** The chain, and the kind of action of its last link. */
  codes: string[];
  action?: string;
}

const running: Partial<RunRow> = { state: 'running' };
const queued: Partial<RunRow> = { state: 'queued' };
const ready: Pick<Row, 'run' | 'states'> = {
  run: running,
  states: ['scheduled'],
};
const executor = { name: 'local', ok: true, maxParallel: 99, live: 0 };
const scheduler = {
  name: 's1',
  host: 'h',
  role: 'all' as const,
  version: '1',
  startedAt: 1,
  seenAt: 1,
  alive: true,
  self: true,
  executors: ['local'],
};
const schedule = { id: 's', timezone: 'UTC', catchup: false };
/** A task of another run that holds a slot. */
const holder =
  (attempt: object) =>
  async ({ seed, pipeline }: Scene) => {
    const other = await seed.run(pipeline, running);
    const of = { id: other.id, pipelineId: pipeline.id };
    await seed.attempt(of, 0, 1, { state: 'running', ...attempt });
  };
const tick =
  (reason: string) =>
  ({ seed, pipeline, now }: Scene) =>
    seed.db.knex('ticks').insert({
      pipeline_id: pipeline.id,
      schedule_id: 's',
      due_at: now - 1_000,
      outcome: 'skipped',
      reason,
      decided_at: now,
    });
const pool = (slots: number) => (scene: Scene) =>
  scene.seed.db.knex('pools').insert({
    name: scene.definition.tasks[0].pool,
    slots,
    updated_at: 1,
  });

const deferred = (kind: WaitKind, action: string): Row => ({
  what: `deferred: ${kind}`,
  run: running,
  states: ['deferred'],
  also: async ({ seed, pipeline, now }, run) => {
    const child = await seed.run(pipeline, running);
    await seed.db.knex('waits').insert({
      run_id: run.id,
      task_no: 0,
      map_index: -1,
      wait_id: kind,
      kind,
      what: 'something outside',
      trigger: JSON.stringify({ message: 'Deploy?' }),
      awaited_asset: kind === 'asset' ? 'drift' : null,
      child_run: kind === 'pipeline' ? child.id : null,
      created_at: now,
    });
  },
  codes: ['waiting_for_event'],
  action,
});

const ROWS: Row[] = [
  {
    what: 'a paused pipeline',
    also: ({ seed, pipeline }) =>
      seed.db.knex('pipelines').where({ id: pipeline.id }).update({
        paused: true,
        paused_at: 5,
        paused_by: 'user:default/me',
      }),
    codes: ['pipeline_paused', 'not_scheduled'],
    action: 'trigger',
  },
  {
    what: 'a condition that did not hold',
    over: { schedules: [{ ...schedule, dates: [1], when: 'false' }] },
    also: tick('when'),
    codes: ['gate_closed', 'not_scheduled'],
    action: 'trigger',
  },
  {
    what: 'overlap: skip',
    over: { schedules: [{ ...schedule, dates: [1] }], overlap: 'skip' },
    also: tick('overlap'),
    codes: ['overlap_skipped', 'not_scheduled'],
    action: 'trigger',
  },
  {
    what: 'jitter',
    over: {
      schedules: [
        { ...schedule, dates: [Date.now() - 1_000], jitterMs: 86_400_000 },
      ],
    },
    codes: ['jitter', 'not_scheduled'],
    action: 'trigger',
  },
  {
    what: 'a day that the calendar leaves out',
    over: {
      schedules: [
        {
          ...schedule,
          cron: '0 * * * *',
          days: [(new Date().getUTCDay() + 3) % 7],
        },
      ],
    },
    codes: ['calendar', 'next_due'],
    action: 'trigger',
  },
  {
    what: 'a pipeline for a newer build',
    also: ({ seed, definition, pipeline }) =>
      seed.db
        .knex('pipeline_versions')
        .where({ id: pipeline.versionId })
        .update({
          definition: `needs task.soon\n${JSON.stringify(definition)}`,
        }),
    codes: ['newer_code_needed'],
    action: 'open_status',
  },
  {
    what: 'a queued run',
    run: queued,
    codes: ['run_queued'],
  },
  {
    what: 'the run limit',
    over: { maxActiveRuns: 1 },
    run: queued,
    also: ({ seed, pipeline }) => seed.run(pipeline, running),
    codes: ['run_queued', 'max_active_runs'],
    action: 'open_run',
  },
  {
    what: 'a backfill that is paused',
    run: queued,
    also: async ({ seed, pipeline }, run) => {
      const id = await seed.backfill(pipeline, {
        backfill_id: 'paused',
        state: 'paused',
      });
      const runs = seed.db.knex('runs').where({ id: run.id });
      await runs.update({ backfill_id: id });
    },
    codes: ['run_queued', 'backfill_paused'],
    action: 'unpause_backfill',
  },
  {
    what: 'the limit of a backfill',
    run: queued,
    also: async ({ seed, pipeline }, run) => {
      const id = await seed.backfill(pipeline, {
        backfill_id: 'full',
        max_active: 1,
      });
      const runs = seed.db.knex('runs').where({ id: run.id });
      await runs.update({ backfill_id: id });
      await seed.run(pipeline, { ...running, backfill_id: id });
    },
    codes: ['run_queued', 'backfill_max_active'],
    action: 'open_run',
  },
  {
    what: 'a queued run, and no scheduler',
    run: queued,
    engine: { executors: [], schedulers: [{ ...scheduler, alive: false }] },
    codes: ['run_queued', 'no_scheduler'],
    action: 'open_status',
  },
  {
    what: 'a ready task, and only a portal',
    ...ready,
    engine: { executors: [], schedulers: [{ ...scheduler, role: 'portal' }] },
    codes: ['no_scheduler'],
    action: 'open_status',
  },
  {
    what: 'a retry, and no scheduler',
    run: running,
    states: ['up_for_retry'],
    engine: { executors: [], schedulers: [{ ...scheduler, alive: false }] },
    codes: ['waiting_for_retry', 'no_scheduler'],
    action: 'open_status',
  },
  {
    what: 'a wait, and no scheduler',
    tasks: { a: { kind: 'wait', wait: { forMs: 1_000 } } },
    run: running,
    states: ['deferred'],
    engine: { executors: [], schedulers: [] },
    codes: ['waiting_for_event', 'no_scheduler'],
    action: 'open_status',
  },
  {
    what: 'a due time, and no scheduler',
    over: { schedules: [{ ...schedule, cron: '0 4 * * *' }] },
    engine: { executors: [], schedulers: [{ ...scheduler, role: 'portal' }] },
    codes: ['no_scheduler', 'next_due'],
    action: 'trigger',
  },
  {
    what: 'a full pool',
    tasks: { a: { pool: 'full' } },
    ...ready,
    also: async scene => {
      await pool(1)(scene);
      await holder({ pool: 'full' })(scene);
    },
    codes: ['pool_full'],
    action: 'open_pool',
  },
  {
    what: 'a pool without slots',
    tasks: { a: { pool: 'closed' } },
    ...ready,
    also: pool(0),
    codes: ['pool_full'],
    action: 'open_pool',
  },
  {
    what: 'a pool that is not there',
    tasks: { a: { pool: 'nowhere' } },
    ...ready,
    codes: ['pool_absent'],
    action: 'open_pool',
  },
  {
    what: 'maxActiveTasks',
    over: { maxActiveTasks: 1 },
    ...ready,
    also: holder({}),
    codes: ['max_active_tasks'],
    action: 'open_run',
  },
  {
    what: 'maxActive of a task',
    tasks: { a: { maxActive: 1 } },
    ...ready,
    also: holder({ task_id: 'a' }),
    codes: ['max_active_task'],
    action: 'open_run',
  },
  {
    what: 'a full executor',
    tasks: { a: { executor: 'small' } },
    ...ready,
    also: holder({ executor: 'small' }),
    engine: { executors: [{ ...executor, name: 'small', maxParallel: 1 }] },
    codes: ['executor_slots_full'],
    action: 'open_run',
  },
  {
    what: 'an executor that has not started',
    ...ready,
    engine: { executors: [{ ...executor, ok: false, message: 'no cluster' }] },
    codes: ['executor_away'],
    action: 'open_status',
  },
  {
    what: 'an executor that nobody has',
    tasks: { a: { executor: 'tpu' } },
    ...ready,
    codes: ['executor_absent'],
    action: 'open_status',
  },
  {
    what: 'map.parallel',
    tasks: { a: { map: { items: [1, 2], maxItems: 9, parallel: 1 } } },
    run: running,
    states: ['running'],
    also: async ({ seed }, run) => {
      await seed.task(run.id, 0, { map_index: 0, state: 'running' });
      await seed.task(run.id, 0, { map_index: 1, state: 'scheduled' });
    },
    codes: ['running', 'map_full'],
    action: 'open_task',
  },
  {
    what: 'a task that waits for its slot only so long',
    tasks: { a: { pool: 'nowhere', queuedTimeoutMs: 60_000 } },
    ...ready,
    codes: ['pool_absent', 'queued_timeout'],
  },
  {
    what: 'a task that is ready for long',
    ...ready,
    also: ({ seed }, run) =>
      seed.db
        .knex('task_instances')
        .where({ run_id: run.id })
        .update({ ready_at: Date.now() - 60_000 }),
    codes: ['scheduler_behind'],
    action: 'open_status',
  },
  {
    what: 'a task that is ready',
    ...ready,
    codes: ['launching'],
  },
  {
    what: 'an executor that has no room for it now',
    run: running,
    states: ['queued'],
    also: ({ seed, pipeline }, run) =>
      seed.attempt({ id: run.id, pipelineId: pipeline.id }, 0, 1, {
        state: 'claimed',
        lease_owner: null,
        lease_until: Date.now() + 60_000,
        message: 'exceeded quota: none',
      }),
    codes: ['launch_refused'],
    action: 'wait',
  },
  {
    what: 'a retry',
    run: running,
    states: ['up_for_retry'],
    codes: ['waiting_for_retry'],
    action: 'open_log',
  },
  {
    what: 'an upstream that waits for its retry',
    tasks: { a: {}, b: {} },
    run: running,
    states: ['up_for_retry', 'none'],
    codes: ['upstream_running', 'waiting_for_retry'],
    action: 'open_log',
  },
  {
    what: 'a trigger rule',
    tasks: { a: {}, b: { triggerRule: 'all_done' } },
    run: running,
    states: ['running', 'none'],
    codes: ['rule_not_met', 'running'],
    action: 'open_log',
  },
  {
    what: 'the list that a task is mapped over',
    tasks: { a: {}, b: { map: { over: 'tasks.a.outputs.x', maxItems: 9 } } },
    run: running,
    states: ['running', 'none'],
    codes: ['map_source', 'running'],
    action: 'open_log',
  },
  {
    what: 'a setup further above',
    tasks: { a: { setup: true }, b: {}, c: { triggerRule: 'always' } },
    run: running,
    states: ['running', 'none', 'none'],
    codes: ['waiting_for_setup', 'running'],
    action: 'open_log',
  },
  {
    what: 'everything, for finally',
    tasks: { a: {}, b: { finally: true, upstream: [] } },
    run: running,
    states: ['running', 'none'],
    codes: ['waiting_for_end', 'running'],
    action: 'open_log',
  },
  {
    what: 'a group that is run again',
    tasks: { a: { group: 0 }, b: {} },
    over: { groups: [{ no: 0, id: 'g', retries: 1, retryDelayMs: 1_000 }] },
    run: running,
    states: ['failed', 'none'],
    codes: ['group_up_for_retry'],
    action: 'wait',
  },
  {
    what: 'dependsOnPast',
    tasks: { a: { dependsOnPast: true } },
    run: { ...running, trigger: 'scheduled', logical_date: 2_000 },
    states: ['none'],
    before: ['running'],
    codes: ['waiting_for_past'],
    action: 'open_run',
  },
  {
    what: 'waitForDownstream',
    tasks: { a: { dependsOnPast: true, waitForDownstream: true }, b: {} },
    run: { ...running, trigger: 'scheduled', logical_date: 2_000 },
    states: ['none'],
    before: ['success', 'running'],
    codes: ['waiting_for_past'],
    action: 'open_run',
  },
  deferred('time', 'open_task'),
  deferred('http', 'open_task'),
  deferred('object', 'open_task'),
  deferred('run', 'open_task'),
  deferred('asset', 'open_asset'),
  deferred('call', 'open_task'),
  deferred('approval', 'approve'),
  deferred('pipeline', 'open_run'),
  {
    what: 'a run that is being cancelled',
    run: { ...running, cancel_requested_at: 5 },
    states: ['running'],
    codes: ['run_cancelling'],
    action: 'wait',
  },
  {
    what: 'finally that is run again in a run that was cancelled',
    tasks: { a: { finally: true, pool: 'afterwards' } },
    run: { ...running, cancel_requested_at: 5 },
    states: ['scheduled'],
    also: pool(0),
    codes: ['pool_full'],
    action: 'open_pool',
  },
  {
    what: 'finally, and a cancel by force',
    tasks: { a: { finally: true, pool: 'never' } },
    run: { ...running, cancel_requested_at: 5, cancel_forced_at: 6 },
    states: ['scheduled'],
    also: pool(0),
    codes: ['run_cancelling'],
    action: 'wait',
  },
];

eachDatabase((_name, databases) => {
  describe('why it is not running, over HTTP', () => {
    const { client, seeded, services } = seededApi(databases);
    let count = 0;

    it.each(ROWS.map(row => [row.what, row] as const))('%s', async (_, row) => {
      services.engineStatus.status.mockResolvedValue({
        ok: true,
        defaultExecutor: 'local',
        executors: [executor],
        schedulers: [scheduler],
        ...row.engine,
      });
      const seed = seeded();
      const { tasks = { a: {} }, states = [], over } = row;
      const name = `p${++count}`;
      const definition = definitionOf(name, Object.keys(tasks), over);
      Object.values(tasks).forEach((more, no) =>
        Object.assign(definition.tasks[no], more),
      );
      const pipeline = await seed.pipeline(definition);
      const now = await seed.db.now();
      if (row.before) {
        const before = await seed.run(pipeline, {
          ...running,
          trigger: 'scheduled',
          logical_date: 1_000,
        });
        for (const [no, state] of row.before.entries()) {
          await seed.task(before.id, no, { state });
        }
      }
      const run = await seed.run(pipeline, {
        ...row.run,
        run_id: name,
        created_at: now,
      });
      for (const [no, state] of states.entries()) {
        await seed.task(run.id, no, {
          state,
          pool: definition.tasks[no].pool ?? null,
          ready_at: state === 'scheduled' ? now : null,
        });
      }
      await row.also?.({ seed, definition, pipeline, now }, run);
      const taskId = states.length
        ? Object.keys(tasks)[states.length - 1]
        : undefined;
      const { chain } = row.run
        ? await client.whyNotRunning(name, { taskId })
        : await client.whyPipelineWaits(name);
      expect({
        codes: chain.map(({ code }) => code),
        action: chain[chain.length - 1].action?.kind,
      }).toEqual({ codes: row.codes, action: row.action });
    });
  });
});
