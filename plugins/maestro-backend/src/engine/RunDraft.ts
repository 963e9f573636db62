import { ConflictError } from '@backstage/errors';
import {
  type PipelineDefinition,
  type TaskDefinition,
  type TaskState,
  isFinalTaskState,
  isLiveTaskState,
} from '@maestro/plugin-maestro-common';
import { num } from '../database/conversion';
import {
  type NewEvent,
  commitRun,
  lockRun,
} from '../database/operations/runLock';
import type { Tx } from '../database/MaestroDatabase';
import type { AttemptRow, RunRow, TaskInstanceRow } from '../database/tables';
import type { RunModel, RunModels } from './RunModels';
import type { EngineContext, PreparedLaunch } from './types';

/** Columns of a task instance that a change of state sets. */
export type TaskColumns = Partial<
  Omit<TaskInstanceRow, 'run_id' | 'task_no' | 'map_index' | 'state'>
>;

/** An attempt that must be told to end once the transaction is committed. */
export interface CancelEffect {
  executor: string;
  attemptId: string;
}

/**
 * A locked run in memory: decisions are made on it, and written in one go at
 * the end, each row guarded by the state that it was read with.
 */
export class RunDraft {
  readonly launches: PreparedLaunch[] = [];
  readonly cancels: CancelEffect[] = [];
  /** Attempts whose log can be sealed. */
  readonly endedAttempts: string[] = [];
  /** A timer was set that may be the next one due. */
  setsTimers = false;
  readonly events: NewEvent[] = [];
  readonly states: TaskState[];
  private readonly instances: TaskInstanceRow[];
  private readonly before = new Map<number, TaskInstanceRow>();
  private readonly transitions: Array<Record<string, unknown>> = [];
  private unplanned = new Set<number>();
  private columns: Partial<RunRow> = {};
  private readonly attempts: Map<string, AttemptRow>;
  private hasChangedAttempts = false;

  private constructor(
    readonly ctx: EngineContext,
    readonly tx: Tx,
    readonly now: number,
    /** When `now` was, by `clock.elapsed()` of this process, at the latest. */
    readonly openedAt: number,
    private readonly row: RunRow,
    readonly definition: PipelineDefinition,
    model: RunModel,
  ) {
    this.instances = [...model.instances];
    this.attempts = new Map(model.attempts);
    this.states = model.instances.map(instance => instance.state);
  }

  /** Locks the run and reads it, from memory where the revision allows. */
  static async open(
    ctx: EngineContext,
    models: RunModels,
    tx: Tx,
    id: number,
  ): Promise<RunDraft> {
    const row = await lockRun(ctx.db, tx, id);
    const openedAt = ctx.clock.elapsed();
    const now = await ctx.db.now(tx);
    const definition = await ctx.versions.definition(tx, num(row.version_id));
    const model = models.get(id, num(row.revision)) ?? {
      instances: (await ctx.db
        .table(tx, 'task_instances')
        .where({ run_id: id, map_index: -1 })
        .orderBy('task_no')) as TaskInstanceRow[],
      attempts: new Map(),
    };
    return new RunDraft(ctx, tx, now, openedAt, row, definition, model);
  }

  get id(): number {
    return num(this.row.id);
  }

  /** The run with the changes so far. */
  get run(): RunRow {
    return { ...this.row, ...this.columns };
  }

  get isDirty(): boolean {
    return (
      this.before.size > 0 ||
      this.hasChangedAttempts ||
      this.events.length > 0 ||
      Object.keys(this.columns).length > 0
    );
  }

  task(no: number): TaskDefinition {
    return this.definition.tasks[no];
  }

  instance(no: number): TaskInstanceRow {
    return this.instances[no];
  }

  setRun(columns: Partial<RunRow>): void {
    Object.assign(this.columns, columns);
  }

  addEvent(event: NewEvent): void {
    this.events.push(event);
  }

  /** Moves a task instance, and remembers that its neighbours must be looked at. */
  setTask(
    no: number,
    to: TaskState,
    columns: TaskColumns & { reason: string | null },
  ): void {
    const instance = this.instances[no];
    if (!this.before.has(no)) this.before.set(no, instance);
    const ended =
      isFinalTaskState(to) && !('ended_at' in columns)
        ? { ended_at: this.now }
        : {};
    this.instances[no] = { ...instance, ...ended, ...columns, state: to };
    if (instance.state !== to) {
      this.states[no] = to;
      // Queued, running and waiting tasks decide nothing for their neighbours.
      if (isFinalTaskState(to) || to === 'scheduled' || to === 'none') {
        this.unplanned.add(no);
      }
      this.transitions.push({
        task: this.task(no).id,
        from: instance.state,
        to,
        ...(columns.reason ? { reason: columns.reason } : {}),
      });
    }
  }

  /** An attempt of this run as it is now, with the changes so far. */
  async attempt(attemptId: string): Promise<AttemptRow | undefined> {
    const known = this.attempts.get(attemptId);
    if (known) return known;
    const row = (await this.ctx.db
      .table(this.tx, 'attempts')
      .where({ attempt_id: attemptId, run_id: this.id })
      .first()) as AttemptRow | undefined;
    if (row && row.state !== 'ended') this.attempts.set(attemptId, row);
    return row;
  }

  /** Stores a new attempt. */
  async insertAttempt(columns: Partial<AttemptRow>): Promise<AttemptRow> {
    const [row] = (await this.ctx.db
      .table(this.tx, 'attempts')
      .insert(columns as never)
      .returning('*')) as unknown as AttemptRow[];
    this.attempts.set(row.attempt_id, row);
    this.hasChangedAttempts = true;
    return row;
  }

  /** Changes an attempt, guarded by the state that it was read with. */
  async updateAttempt(
    attempt: AttemptRow,
    columns: Partial<AttemptRow>,
  ): Promise<void> {
    const changed = await this.ctx.db
      .table(this.tx, 'attempts')
      .where({ id: attempt.id, state: attempt.state })
      .update(columns);
    if (changed !== 1) {
      throw new ConflictError(
        `Attempt ${attempt.attempt_id} is not "${attempt.state}" any more, although its run was locked`,
      );
    }
    this.hasChangedAttempts = true;
    const after = { ...attempt, ...columns };
    if (after.state === 'ended') this.attempts.delete(attempt.attempt_id);
    else this.attempts.set(attempt.attempt_id, after);
  }

  /** Numbers of the tasks that changed since the last call. */
  takeUnplanned(): number[] {
    const changed = [...this.unplanned];
    this.unplanned = new Set();
    return changed;
  }

  get hasUnplanned(): boolean {
    return this.unplanned.size > 0;
  }

  hasLiveTasks(): boolean {
    return this.states.some(isLiveTaskState);
  }

  /** Writes everything; returns what the memory may keep. */
  async write(): Promise<{ revision: number; model: RunModel }> {
    const { ctx, tx } = this;
    for (const [no, before] of this.before) {
      const after = this.instances[no];
      const changed = await ctx.db
        .table(tx, 'task_instances')
        .where({
          run_id: this.row.id,
          task_no: no,
          map_index: before.map_index,
          state: before.state,
          attempt_seq: before.attempt_seq,
        })
        .update(difference(before, after));
      if (changed !== 1) {
        throw new ConflictError(
          `Task "${this.task(no).id}" of run ${this.row.run_id} is not "${
            before.state
          }" any more, although the run was locked`,
        );
      }
    }
    if (this.transitions.length > 0) {
      // One event for a bulk change, however many tasks a clear touches.
      this.events.unshift({
        type: 'tasks',
        body: { changes: this.transitions },
      });
    }
    await commitRun(ctx.db, tx, this.row, {
      now: this.now,
      columns: this.columns,
      events: this.events,
    });
    return {
      revision: num(this.row.revision) + 1,
      model: { instances: this.instances, attempts: this.attempts },
    };
  }
}

function difference(
  before: TaskInstanceRow,
  after: TaskInstanceRow,
): Partial<TaskInstanceRow> {
  const changed: Record<string, unknown> = { state: after.state };
  for (const key of Object.keys(after) as (keyof TaskInstanceRow)[]) {
    if (after[key] !== before[key]) changed[key] = after[key];
  }
  return changed as Partial<TaskInstanceRow>;
}
