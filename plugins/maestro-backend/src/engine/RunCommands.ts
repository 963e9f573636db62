import { InputError, NotFoundError } from '@backstage/errors';
import {
  clearSelection,
  isFinalRunState,
  type RunTrigger,
  type TaskState,
} from '@maestro/plugin-maestro-common';
import { bool, num } from '../database/conversion';
import type { PipelineRow, RunRow } from '../database/tables';
import { resumeContinuous } from '../scheduling/continuous';
import { type CancelOptions, cancelRun } from './cancelRun';
import { createRun } from './createRun';
import type { Engine } from './Engine';
import { clearRange, type ClearedRun, type ClearRange } from './clearRange';
import { clearSlots } from './clearSlots';
import { renewGroups } from './groupRetries';
import { markTasks, type MarkOptions, selectMarked } from './markTasks';
import type { RunDraft } from './RunDraft';
import { partitionOf } from './partitionOf';
import { assertMayChange, withoutCancel, withoutUncalled } from './reopenRun';
import { askedParams, runnablePipeline } from './runnable';
import { askingSlot, decideApproval } from './waits/decideApproval';
import type { ApprovalDecision, Decider } from './waits/decisionRules';

/** A request for a run. */
export interface TriggerRequest {
  pipeline: string;
  trigger: RunTrigger;
  params: Record<string, unknown>;
  runKey?: string;
  /** Epoch milliseconds. */
  logicalDate?: number;
  /** Key of the partition that the run is about. */
  partitionKey?: string;
  note?: string;
  /** No task is given the result of an earlier run. */
  noCache?: boolean;
  /** Holds the run to the deadline of its pipeline, from its creation. */
  sla?: boolean;
  actor: string;
}

/** What to clear, as in `clearSelection`. */
export interface ClearOptions {
  /** Without these and groups: all tasks. */
  taskIds?: string[];
  /** Only these instances of the one mapped task that is named. */
  mapIndices?: number[];
  groupIds?: string[];
  downstream: boolean;
  upstream: boolean;
  onlyFailed: boolean;
  /** What failed and all below it, instead of all that stands above. */
  fromFailed?: boolean;
  dryRun: boolean;
}

/** A task instance that a command touches, with its state before. */
export interface TouchedTask {
  taskId: string;
  mapIndex: number;
  state: TaskState;
}

/** Everything that people and programs do to runs. */
export class RunCommands {
  constructor(private readonly engine: Engine) {}

  /**
   * Creates a run, pinned to the current version.
   *
   * @returns `created: false` and the existing run for a key that exists
   * @throws NotFoundError without such a pipeline, InputError for wrong params,
   * for `sla` where the pipeline has none, and for a partition key that is none
   * of the pipeline's
   */
  async triggerRun(
    request: TriggerRequest,
  ): Promise<{ runId: string; created: boolean }> {
    const { ctx } = this.engine;
    const result = await ctx.db.transaction(async tx => {
      const { pipelineId, versionId } = await runnablePipeline(
        ctx.db,
        tx,
        request.pipeline,
      );
      const definition = await ctx.versions.definition(tx, versionId);
      const params = askedParams(definition, request.params);
      if (request.sla && definition.slaMs === undefined) {
        throw new InputError(
          `Pipeline "${request.pipeline}" has no SLA to hold the run to; give it one with "sla:" in its spec, or start the run without`,
        );
      }
      const partition =
        request.partitionKey === undefined
          ? undefined
          : partitionOf(definition, request.partitionKey);
      const now = await ctx.db.now(tx);
      const runAfter = request.logicalDate ?? now;
      const runKey =
        request.runKey ??
        `${request.trigger}__${new Date(runAfter).toISOString()}__${ctx
          .newId()
          .slice(-6)}`;
      const created = await createRun(
        ctx,
        tx,
        definition,
        {
          pipelineId,
          versionId,
          runKey,
          trigger: request.trigger,
          logicalDate: runAfter,
          partition,
          runAfter: now,
          params,
          createdBy: request.actor,
          note: request.note,
          noCache: request.noCache,
          slaOptIn: request.sla,
        },
        now,
      );
      if (created) return { ...created, created: true };
      const existing = (await ctx.db
        .table(tx, 'runs')
        .where({ pipeline_id: pipelineId, run_key: runKey })
        .first()) as RunRow;
      return {
        id: num(existing.id),
        runId: existing.run_id,
        created: false,
      };
    });
    if (result.created) await this.engine.startRun(result.id);
    return { runId: result.runId, created: result.created };
  }

  /** See `cancelRun` in `cancelRun.ts`. */
  async cancelRun(
    runId: string,
    actor: string,
    options?: CancelOptions,
  ): Promise<void> {
    await this.engine.runs.change(await this.internalId(runId), draft =>
      cancelRun(draft, actor, options),
    );
  }

  /**
   * Clears task instances, so that they run again; a live one is ended first
   * and then starts anew. The run goes back to its queue if it was over.
   */
  async clearTasks(
    runId: string,
    options: ClearOptions,
    actor: string,
  ): Promise<TouchedTask[]> {
    const id = await this.internalId(runId);
    if (options.dryRun) return this.previewClear(id, options);
    let cleared: TouchedTask[] = [];
    const change = await this.engine.runs.change(id, async draft => {
      const selected = select(draft, options);
      cleared = describe(draft, selected);
      if (selected.length === 0) return;
      await this.clearDraft(draft, selected, actor);
    });
    if (change?.draft.run.state === 'queued') await this.engine.startRun(id);
    return cleared;
  }

  /** Also in later or earlier runs of the pipeline, see `clearRange`. */
  async clearRange(
    runId: string,
    options: ClearOptions & ClearRange,
    actor: string,
  ): Promise<{ tasks: TouchedTask[]; others: ClearedRun[] }> {
    return clearRange(this.engine, runId, options, actor);
  }

  /**
   * Gives tasks a state by hand, see `markTasks`.
   *
   * @returns what is or would be touched, with the state before
   */
  async markTasks(
    runId: string,
    options: MarkOptions & { dryRun: boolean },
    actor: string,
  ): Promise<{ marked: TouchedTask[]; reset: TouchedTask[] }> {
    const id = await this.internalId(runId);
    const { ctx } = this.engine;
    if (options.dryRun) {
      return ctx.db.transaction(async tx => {
        const draft = await this.engine.runs.read(tx, id);
        const selection = selectMarked(draft, options);
        return {
          marked: describe(draft, selection.marked),
          reset: describe(draft, selection.reset),
        };
      });
    }
    let touched = { marked: [] as TouchedTask[], reset: [] as TouchedTask[] };
    const change = await this.engine.runs.change(id, async draft => {
      const before = [...draft.states];
      const selection = await markTasks(draft, options, actor);
      touched = {
        marked: describe(draft, selection.marked, before),
        reset: describe(draft, selection.reset, before),
      };
    });
    if (change?.draft.run.state === 'queued') await this.engine.startRun(id);
    return touched;
  }

  /**
   * Decides what a task asks people, see `decideApproval`.
   *
   * @param of - `mapIndex`: of a mapped task, which of its instances asks
   * @throws NotFoundError without such a run, task or instance
   * @throws InputError for a mapped task as a whole
   */
  async decideApproval(
    of: { runId: string; taskId: string; mapIndex?: number },
    decision: ApprovalDecision,
    decider: Decider,
  ): Promise<void> {
    const id = await this.internalId(of.runId);
    await this.engine.runs.change(id, async draft => {
      const task = draft.definition.tasks.find(each => each.id === of.taskId);
      if (!task) {
        throw new NotFoundError(
          `Pipeline "${draft.definition.name}" has no task "${of.taskId}"`,
        );
      }
      const slot = await askingSlot(draft, task.no, of.mapIndex);
      await decideApproval(draft, slot, decision, decider);
    });
  }

  /** Stops or starts the schedules of a pipeline; runs go on. */
  async setPaused(name: string, paused: boolean, actor: string): Promise<void> {
    const { db } = this.engine.ctx;
    await db.transaction(async tx => {
      const now = await db.now(tx);
      const query = db.table(tx, 'pipelines').where({ name }).first();
      if (db.dialect === 'postgres') query.forUpdate();
      const pipeline = (await query) as PipelineRow | undefined;
      if (!pipeline) {
        throw new NotFoundError(`Pipeline "${name}" does not exist`);
      }
      if (bool(pipeline.paused) === paused) return;
      await db
        .table(tx, 'pipelines')
        .where({ id: pipeline.id })
        .update({
          paused,
          paused_at: paused ? now : null,
          paused_by: paused ? actor : null,
          revision: num(pipeline.revision) + 1,
        });
      if (!paused) await resumeContinuous(this.engine.ctx, tx, pipeline, now);
    });
    if (!paused) this.engine.pokeTimers();
  }

  /** Sets or, with an empty text, removes the note of a run. */
  async setRunNote(runId: string, note: string, actor: string): Promise<void> {
    await this.engine.runs.change(await this.internalId(runId), draft => {
      draft.setRun({ note: note === '' ? null : note });
      draft.addEvent({ type: 'note', actor, body: { note } });
    });
  }

  private async clearDraft(
    draft: RunDraft,
    selected: number[],
    actor: string,
  ): Promise<void> {
    const { run } = draft;
    assertMayChange(draft, selected, 'clear it');
    await clearSlots(draft, selected, `cleared by ${actor}`);
    const groups = await renewGroups(draft, selected);
    draft.addEvent({
      type: 'cleared',
      actor,
      body: {
        tasks: selected.length,
        ...(groups.length > 0 ? { groups } : {}),
      },
    });
    draft.setRun({
      clear_count: run.clear_count + 1,
      digest: null,
      // It gets new ones, which retention has to find.
      logs_removed_at: null,
      artifacts_removed_at: null,
    });
    draft.setRun(withoutCancel(draft, selected));
    if (isFinalRunState(run.state)) {
      draft.setRun({ state: 'queued', state_reason: null, ended_at: null });
    }
  }

  private async previewClear(id: number, options: ClearOptions) {
    const { ctx } = this.engine;
    return ctx.db.transaction(async tx => {
      const draft = await this.engine.runs.read(tx, id);
      return describe(draft, select(draft, options));
    });
  }

  private async internalId(runId: string): Promise<number> {
    const { db } = this.engine.ctx;
    const row = await db
      .table(db.knex, 'runs')
      .where({ run_id: runId })
      .first('id');
    if (!row) {
      throw new NotFoundError(
        `Run "${runId}" does not exist; it may have been deleted by retention`,
      );
    }
    return num(row.id);
  }
}

function select(draft: RunDraft, options: ClearOptions): number[] {
  const known = new Set(draft.definition.tasks.map(task => task.id));
  const unknown = options.taskIds?.filter(id => !known.has(id)) ?? [];
  if (unknown.length > 0) {
    throw new InputError(
      `Pipeline "${draft.definition.name}" has no task "${
        unknown[0]
      }"; it has: ${[...known].slice(0, 20).join(', ')}`,
    );
  }
  const selected = clearSelection(
    draft.definition,
    draft.states,
    {
      taskIds: options.taskIds ?? (options.groupIds ? [] : [...known]),
      groupIds: options.groupIds,
      downstream: options.downstream,
      upstream: options.upstream,
      onlyFailed: options.onlyFailed,
      fromFailed: options.fromFailed,
      mapIndices: options.mapIndices,
    },
    draft.children,
  );
  return withoutUncalled(draft, selected);
}

function describe(
  draft: RunDraft,
  nos: number[],
  states: readonly TaskState[] = draft.states,
): TouchedTask[] {
  return nos.map(no => ({
    taskId: draft.task(no).id,
    mapIndex: draft.instance(no).map_index,
    state: states[no],
  }));
}
