import { ConflictError } from '@backstage/errors';
import {
  type ChildCounts,
  type ChildSlots,
  type PipelineDefinition,
  type TaskDefinition,
  type TaskState,
  formatIndices,
  instanceName,
  instancesIn,
  isFinalTaskState,
  isLiveTaskState,
  mappedGroupOf,
} from '@maestro/plugin-maestro-common';
import { num } from '../database/conversion';
import {
  type NewEvent,
  commitRun,
  lockRuns,
} from '../database/operations/runLock';
import { writeAttempts } from '../database/operations/attempts/writeAttempts';
import { writeInstances } from '../database/operations/runs/writeInstances';
import type { Tx } from '../database/MaestroDatabase';
import type { AttemptRow, RunRow, TaskInstanceRow } from '../database/tables';
import type { RunModel, RunModels } from './RunModels';
import { Slots } from './Slots';
import { TransactionFacts } from './TransactionFacts';
import { Transitions } from './Transitions';
import type { EngineContext, PreparedLaunch } from './types';
import { dropWaits } from './waits/dropWaits';
import type { PendingLook } from './waits/PendingLook';

/** A lock that comes later than this is waited for, in milliseconds. */
const LONG_WAIT_MS = 500;

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
 *
 * Task instances are addressed by slot ({@link Slots}): that of a task is its
 * number, those of the instances of a mapped task are behind the last task.
 */
export class RunDraft {
  readonly launches: PreparedLaunch[] = [];
  readonly cancels: CancelEffect[] = [];
  /** Attempts whose log can be sealed. */
  readonly endedAttempts: string[] = [];
  /** Of these, attempts whose log stays open for a trigger. */
  readonly keptLogs = new Set<string>();
  /** Attempts whose log was kept open, and can be sealed now. */
  readonly closedLogs: string[] = [];
  /** A task waits for a trigger, or does not any more. */
  changesTriggers = false;
  /** What is looked at outside once the transaction is committed. */
  readonly looks: PendingLook[] = [];
  /** A task became ready. */
  makesReady = false;
  /**
   * All that is ready was claimed, as far as there are slots: another claim has
   * nothing to do before one comes free.
   */
  hasClaimed = false;
  /** A run was created that may start. */
  startsRuns = false;
  /** Tasks that stopped waiting, and why; their waits are dropped before the end. */
  readonly leftWaits = new Map<number, string>();
  /** Results of earlier runs that were taken over; they count as claims do. */
  reusedSteps = 0;
  /** Attempts whose assets have an event with this change. */
  readonly succeeded: AttemptRow[] = [];
  /** A timer was set that may be the next one due. */
  setsTimers = false;
  readonly events: NewEvent[] = [];
  private readonly slots: Slots;
  private readonly before = new Map<number, TaskInstanceRow>();
  private readonly added = new Set<number>();
  private readonly transitions = new Transitions();
  private unplanned = new Set<number>();
  private ended = new Set<number>();
  private changedMaps = new Set<number>();
  /** By mapped group: map indices at which something changed. */
  private changedIndices = new Map<number, Set<number>>();
  private columns: Partial<RunRow> = {};
  private merged: RunRow | undefined;
  private readonly attempts: Map<string, AttemptRow>;
  private hasChangedAttempts = false;
  /** Changes of attempts that are not written yet, and what they led to. */
  readonly changedAttempts = new Map<
    string,
    { before: AttemptRow; after: AttemptRow }
  >();

  private constructor(
    readonly ctx: EngineContext,
    readonly tx: Tx,
    readonly now: number,
    /** When `now` was, by `clock.elapsed()` of this process, at the latest. */
    readonly openedAt: number,
    private readonly row: RunRow,
    /** Of all runs of the transaction. */
    readonly shared: TransactionFacts,
    readonly definition: PipelineDefinition,
    model: RunModel,
  ) {
    this.slots = model.slots.copy();
    this.attempts = new Map(model.attempts);
  }

  /** Locks the run and reads it, from memory where the revision allows. */
  static async open(
    ctx: EngineContext,
    models: RunModels,
    tx: Tx,
    id: number,
  ): Promise<RunDraft> {
    const [draft] = await RunDraft.openAll(ctx, models, tx, [id]);
    return draft;
  }

  /** Locks several runs; their drafts come by ascending id. */
  static async openAll(
    ctx: EngineContext,
    models: RunModels,
    tx: Tx,
    ids: readonly number[],
  ): Promise<RunDraft[]> {
    let openedAt = ctx.clock.elapsed();
    const locked = await lockRuns(ctx.db, tx, ids);
    let { now } = locked;
    if (ctx.clock.elapsed() - openedAt > LONG_WAIT_MS) {
      // It waited for somebody: that must not count as time of a lease.
      openedAt = ctx.clock.elapsed();
      now = await ctx.db.now(tx);
    }
    const known = locked.runs.map(row =>
      models.get(num(row.id), num(row.revision)),
    );
    const read = await readModels(
      ctx,
      tx,
      locked.runs.filter((_, i) => !known[i]).map(row => num(row.id)),
    );
    const shared = new TransactionFacts(locked.runs.length > 1);
    const drafts: RunDraft[] = [];
    for (const [i, row] of locked.runs.entries()) {
      const definition = await ctx.versions.definition(tx, num(row.version_id));
      const model = known[i] ?? read.get(num(row.id))!;
      drafts.push(
        new RunDraft(ctx, tx, now, openedAt, row, shared, definition, model),
      );
    }
    return drafts;
  }

  get id(): number {
    return num(this.row.id);
  }

  /** The run with the changes so far. */
  get run(): RunRow {
    this.merged ??= { ...this.row, ...this.columns };
    return this.merged;
  }

  get isDirty(): boolean {
    return (
      this.before.size > 0 ||
      this.added.size > 0 ||
      this.hasChangedAttempts ||
      this.events.length > 0 ||
      Object.keys(this.columns).length > 0
    );
  }

  /** By slot; the first are those of the tasks, by task number. */
  get states(): readonly TaskState[] {
    return this.slots.states;
  }

  /** Slots of the instances of mapped tasks, by task number and map index. */
  get children(): ChildSlots {
    return this.slots.children;
  }

  /** Instances of mapped tasks by state, by task number. */
  get childCounts(): ChildCounts {
    return this.slots.counts;
  }

  /** The definition of the task that a slot belongs to. */
  task(slot: number): TaskDefinition {
    return this.definition.tasks[this.slots.row(slot).task_no];
  }

  instance(slot: number): TaskInstanceRow {
    return this.slots.row(slot);
  }

  /** `score`, or `score[3]` for an instance of a mapped task. */
  name(slot: number): string {
    return instanceName(this.task(slot).id, this.instance(slot).map_index);
  }

  /** @throws ConflictError when the run has no such instance */
  slotOf(of: { task_no: number; map_index: number }): number {
    const slot = this.findSlot(of.task_no, of.map_index);
    if (slot === undefined) {
      throw new ConflictError(
        `Run ${this.row.run_id} has no task instance ${of.task_no}[${of.map_index}]`,
      );
    }
    return slot;
  }

  findSlot(taskNo: number, mapIndex: number): number | undefined {
    return this.slots.find(taskNo, mapIndex);
  }

  /** Whether a slot is that of a mapped task whose instances decide its state. */
  isDerived(slot: number): boolean {
    const counts = this.childCounts.get(slot);
    return counts !== undefined && instancesIn(counts) > 0;
  }

  /** For the slow check; see `Slots.recount`. */
  recount(): boolean {
    if (this.slots.recount()) return true;
    for (const no of this.children.keys()) this.changedMaps.add(no);
    return false;
  }

  /**
   * Names of slots for people; the instances of a mapped task are one,
   * `score[0-9]`.
   */
  names(slots: readonly number[]): string[] {
    const indices = new Map<number, number[]>();
    for (const slot of slots) {
      const { task_no: no, map_index: index } = this.instance(slot);
      const known = indices.get(no) ?? [];
      if (index >= 0) known.push(index);
      indices.set(no, known);
    }
    return [...indices].map(([no, of]) => {
      const { id } = this.definition.tasks[no];
      of.sort((a, b) => a - b);
      return of.length === 0 ? id : `${id}[${formatIndices(of)}]`;
    });
  }

  setRun(columns: Partial<RunRow>): void {
    Object.assign(this.columns, columns);
    this.merged = undefined;
  }

  addEvent(event: NewEvent): void {
    this.events.push(event);
  }

  /** Moves a task instance, and remembers that its neighbours must be looked at. */
  setTask(
    slot: number,
    to: TaskState,
    columns: TaskColumns & { reason: string | null },
  ): void {
    const instance = this.instance(slot);
    if (!this.before.has(slot) && !this.added.has(slot)) {
      this.before.set(slot, instance);
    }
    const ended =
      isFinalTaskState(to) && !('ended_at' in columns)
        ? { ended_at: this.now }
        : {};
    this.slots.put(slot, { ...instance, ...ended, ...columns, state: to });
    if (instance.state === to) return;
    if (to === 'scheduled') this.makesReady = true;
    if (instance.state === 'deferred') {
      this.leftWaits.set(slot, columns.reason ?? to);
    }
    const { task_no: no, map_index: index } = instance;
    // Queued, running and waiting tasks decide nothing for their neighbours.
    const decides = isFinalTaskState(to) || to === 'none';
    if (decides || (to === 'scheduled' && index < 0)) this.unplanned.add(no);
    if (decides && index >= 0) this.planInstance(no, index);
    if (index >= 0) this.changedMaps.add(no);
    else if (isFinalTaskState(to)) this.ended.add(no);
    this.transitions.add(
      { task: this.task(slot).id, from: instance.state, to },
      { index, reason: columns.reason },
    );
  }

  /** Adds the next instance of a mapped task, in state `none`; its slot. */
  addInstance(
    no: number,
    columns: Pick<TaskInstanceRow, 'item' | 'item_shown'>,
  ) {
    const { pool, priority } = this.instance(no);
    const slot = this.slots.add({
      run_id: this.row.id,
      task_no: no,
      map_index: this.children.get(no)?.length ?? 0,
      state: 'none',
      reason: null,
      try_number: 0,
      attempt_seq: 0,
      infra_retries: 0,
      executor: null,
      pool,
      priority,
      ready_at: null,
      queued_at: null,
      started_at: null,
      ended_at: null,
      next_try_at: null,
      sla_state: 'none',
      note: null,
      no_cache: this.instance(no).no_cache,
      cache_hit: null,
      ...columns,
    });
    this.added.add(slot);
    this.changedMaps.add(no);
    this.planInstance(no, this.instance(slot).map_index);
    return slot;
  }

  /** An attempt of this run as it is now, with the changes so far. */
  async attempt(attemptId: string): Promise<AttemptRow | undefined> {
    const known =
      this.attempts.get(attemptId) ??
      this.changedAttempts.get(attemptId)?.after;
    if (known) return known;
    const row = (await this.ctx.db
      .table(this.tx, 'attempts')
      .where({ attempt_id: attemptId, run_id: this.id })
      .first()) as AttemptRow | undefined;
    if (row && row.state !== 'ended') this.attempts.set(attemptId, row);
    return row;
  }

  /** Stores new attempts; they come back in the same order. */
  async insertAttempts(
    columns: ReadonlyArray<Partial<AttemptRow>>,
  ): Promise<AttemptRow[]> {
    if (columns.length === 0) return [];
    const rows = (await this.ctx.db
      .table(this.tx, 'attempts')
      .insert(columns as never)
      .returning('*')) as unknown as AttemptRow[];
    const byId = new Map(rows.map(row => [row.attempt_id, row]));
    rows.forEach(row => this.attempts.set(row.attempt_id, row));
    this.hasChangedAttempts = true;
    return columns.map(({ attempt_id: id }) => byId.get(id!)!);
  }

  /**
   * Changes an attempt, guarded by the state that it was read with. Written
   * with the others of the transaction; whoever reads attempts from the
   * database calls `flushAttempts` before.
   *
   * @returns the attempt as it is now
   */
  updateAttempt(attempt: AttemptRow, columns: Partial<AttemptRow>): AttemptRow {
    const { attempt_id: id } = attempt;
    const after = { ...attempt, ...columns };
    const before = this.changedAttempts.get(id)?.before ?? attempt;
    this.changedAttempts.set(id, { before, after });
    this.hasChangedAttempts = true;
    if (after.state === 'ended') this.attempts.delete(id);
    else this.attempts.set(id, after);
    return after;
  }

  /** Slots that changed so far, with the instance as it was read if it was. */
  changedSlots(): Array<[number, TaskInstanceRow | undefined]> {
    return [
      ...this.before,
      ...[...this.added].map((slot): [number, undefined] => [slot, undefined]),
    ];
  }

  /** Writes the changes of attempts so far. */
  async flushAttempts(): Promise<void> {
    const changed = [...this.changedAttempts.values()];
    await writeAttempts(
      this.ctx.db,
      this.tx,
      changed.filter(({ before, after }) => before !== after),
    );
    // Kept, because what has ended is read from here.
    for (const { after } of changed) {
      this.changedAttempts.set(after.attempt_id, { before: after, after });
    }
  }

  /** Numbers of the tasks that changed since the last call. */
  takeUnplanned(): number[] {
    const changed = [...this.unplanned];
    this.unplanned = new Set();
    return changed;
  }

  /** Numbers of the tasks that reached a final state since the last call. */
  takeEnded(): number[] {
    const ended = [...this.ended];
    this.ended = new Set();
    return ended;
  }

  /** A task is to be looked at again, although it did not change. */
  planAgain(no: number): void {
    this.unplanned.add(no);
  }

  /** In a mapped group, what is at an index is to be looked at (again). */
  planInstance(no: number, index: number): void {
    const group = mappedGroupOf(this.definition, no);
    if (group === undefined) return;
    const indices = this.changedIndices.get(group);
    if (indices) indices.add(index);
    else this.changedIndices.set(group, new Set([index]));
  }

  /** Indices at which mapped groups changed since the last call. */
  takeChangedIndices(): Map<number, Set<number>> {
    const changed = this.changedIndices;
    this.changedIndices = new Map();
    return changed;
  }

  /** Numbers of the mapped tasks whose instances changed since the last call. */
  takeChangedMaps(): number[] {
    const changed = [...this.changedMaps];
    this.changedMaps = new Set();
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
    await dropWaits(this);
    await this.flushAttempts();
    await writeInstances(ctx.db, tx, {
      runId: num(this.row.id),
      added: [...this.added].map(slot => this.instance(slot)),
      changed: [...this.before].map(([slot, before]) => ({
        before,
        after: this.instance(slot),
        name: `"${this.name(slot)}" of run ${this.row.run_id}`,
      })),
    });
    if (!this.transitions.isEmpty) {
      // One event for a bulk change, however many tasks a clear touches.
      this.events.unshift({
        type: 'tasks',
        body: { changes: this.transitions.toJson() },
      });
    }
    await commitRun(ctx.db, tx, this.row, {
      now: this.now,
      columns: this.columns,
      events: this.events,
    });
    return {
      revision: num(this.row.revision) + 1,
      model: { slots: this.slots, attempts: this.attempts },
    };
  }
}

/** What memory does not have, in two statements however much of it runs. */
async function readModels(
  { db }: EngineContext,
  tx: Tx,
  ids: readonly number[],
): Promise<Map<number, RunModel>> {
  if (ids.length === 0) return new Map();
  const rows = (await db
    .table(tx, 'task_instances')
    .whereIn('run_id', ids as never)
    .orderBy([
      { column: 'run_id' },
      { column: 'task_no' },
      { column: 'map_index' },
    ])) as TaskInstanceRow[];
  const rowsOf = byRun(rows);
  const live = ids.filter(id =>
    rowsOf
      .get(id)
      ?.some(row => row.attempt_seq > 0 && isLiveTaskState(row.state)),
  );
  const attempts =
    live.length === 0
      ? []
      : ((await db
          .table(tx, 'attempts')
          .whereIn('run_id', live as never)
          .whereRaw("state <> 'ended'")) as AttemptRow[]);
  const attemptsOf = byRun(attempts);
  return new Map(
    ids.map(id => [
      id,
      {
        slots: Slots.of(rowsOf.get(id) ?? []),
        attempts: new Map(
          attemptsOf.get(id)?.map(row => [row.attempt_id, row]),
        ),
      },
    ]),
  );
}

function byRun<Row extends { run_id: number | string }>(
  rows: readonly Row[],
): Map<number, Row[]> {
  const runs = new Map<number, Row[]>();
  for (const row of rows) {
    const id = num(row.run_id);
    const known = runs.get(id);
    if (known) known.push(row);
    else runs.set(id, [row]);
  }
  return runs;
}
