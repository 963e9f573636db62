import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import {
  BACKFILL_LEFT_OUT_WORDS,
  type BackfillLeftOut,
  type BackfillOnly,
  dueRange,
  type PipelineDefinition,
  type ScheduleDefinition,
} from '@maestro/plugin-maestro-common';
import { num } from '../database/conversion';
import { lockBackfill } from '../database/operations/backfills/backfillRows';
import { setTimer } from '../database/operations/timers/timers';
import { tickRef } from '../database/operations/timers/tickRef';
import { undecidedSince } from '../database/operations/timers/undecidedSince';
import { planRange, type PlannedDue } from '../scheduling/planBackfill';
import type { Engine } from './Engine';
import { askedParams, runnablePipeline } from './runnable';

/** Due times of one backfill at most: a week of minutes, ten years of days. */
const MAX_DUE_TIMES = 20_000;

/** A range of the past that somebody wants to run. */
export interface BackfillRequest {
  pipeline: string;
  /**
   * Epoch milliseconds, both included: of logical dates. These are the due times,
   * or where the schedule has data intervals the start of each. What is not due
   * yet is not in it, nor what the schedule is still to decide.
   */
  from: number;
  to: number;
  /** Needed only where the pipeline has several. */
  schedule?: string;
  params: Record<string, unknown>;
  maxActive: number;
  order: 'oldest' | 'newest';
  only: BackfillOnly;
}

/** Without params, these are not checked. */
type PreviewRequest = Omit<BackfillRequest, 'params'> &
  Partial<Pick<BackfillRequest, 'params'>>;

/** The last instant that is a date, epoch milliseconds. */
const LAST_DATE = 8_640_000_000_000_000;

const iso = (at: number) => new Date(at).toISOString();

/** What a backfill would do now. */
export interface BackfillPreview {
  schedule: string;
  /** Ascending. */
  due: PlannedDue[];
  toRun: number;
  leftOut: Array<{ reason: BackfillLeftOut; count: number }>;
}

/** Everything that people and programs do to backfills. */
export class BackfillCommands {
  constructor(private readonly engine: Engine) {}

  /**
   * Which due times would run, and why others would not. Changes nothing.
   *
   * @throws NotFoundError, ConflictError, InputError as `create` does
   */
  async preview(request: PreviewRequest): Promise<BackfillPreview> {
    return (await this.plan(request)).preview;
  }

  /**
   * Begins a backfill; its runs are created step by step.
   *
   * @returns its public id
   * @throws NotFoundError without such a pipeline or schedule
   * @throws ConflictError when there is nothing to run
   * @throws InputError for a range that is empty or too long, or wrong params
   */
  async create(request: BackfillRequest, actor: string): Promise<string> {
    const { ctx } = this.engine;
    const { db } = ctx;
    const { pipelineId, versionId, schedule, preview, from, to, logical } =
      await this.plan(request);
    if (preview.toRun === 0) {
      throw new ConflictError(
        `Nothing of it is to run: ${preview.leftOut
          .map(
            ({ reason, count }) =>
              `${count} ${BACKFILL_LEFT_OUT_WORDS[reason]}`,
          )
          .join(', ')}; --only says which due times are wanted`,
      );
    }
    const backfillId = ctx.newId();
    await db.transaction(async tx => {
      const now = await db.now(tx);
      const [row] = await db
        .table(tx, 'backfills')
        .insert({
          backfill_id: backfillId,
          pipeline_id: pipelineId,
          version_id: versionId,
          schedule_id: schedule.id,
          range_from: from,
          range_to: to,
          logical_from: logical.from,
          logical_to: logical.to,
          only_which: request.only,
          run_order: request.order,
          max_active: request.maxActive,
          params: JSON.stringify(request.params),
          state: 'running',
          total: preview.due.length,
          created_at: now,
          created_by: actor,
        } as never)
        .returning('id');
      await setTimer(db, tx, {
        kind: 'backfill',
        ref: String(num((row as unknown as { id: number }).id)),
        dueAt: now,
      });
    });
    this.engine.pokeTimers();
    return backfillId;
  }

  /** Starts no more runs; those that run go on. Idempotent. */
  async pause(backfillId: string, actor: string): Promise<void> {
    await this.change(backfillId, actor, 'pause', 'paused');
  }

  /** Goes on. Idempotent. */
  async unpause(backfillId: string, actor: string): Promise<void> {
    await this.change(backfillId, actor, 'unpause', 'running');
    this.engine.claimSoon();
  }

  /** Starts no more runs and ends those that are not over. Idempotent. */
  async cancel(backfillId: string, actor: string): Promise<void> {
    await this.change(backfillId, actor, 'cancel', 'cancelled');
  }

  private async change(
    backfillId: string,
    actor: string,
    verb: 'pause' | 'unpause' | 'cancel',
    state: 'paused' | 'running' | 'cancelled',
  ): Promise<void> {
    const { db } = this.engine.ctx;
    await db.transaction(async tx => {
      const found = await db
        .table(tx, 'backfills')
        .where({ backfill_id: backfillId })
        .first('id');
      const backfill = found && (await lockBackfill(db, tx, num(found.id)));
      if (!backfill) {
        throw new NotFoundError(
          `There is no backfill "${backfillId}"; "maestro backfill list" shows those there are`,
        );
      }
      if (backfill.state === state) return;
      if (backfill.state === 'done' || backfill.state === 'cancelled') {
        throw new ConflictError(
          `Backfill ${backfillId} is ${backfill.state}; you cannot ${verb} it any more`,
        );
      }
      await db
        .table(tx, 'backfills')
        .where({ id: backfill.id })
        .update({
          state,
          changed_by: actor,
          ...(state === 'cancelled'
            ? { state_reason: `cancelled by ${actor}` }
            : {}),
        });
      await setTimer(db, tx, {
        kind: 'backfill',
        ref: String(num(backfill.id)),
        dueAt: await db.now(tx),
      });
    });
    this.engine.pokeTimers();
  }

  private async plan(request: PreviewRequest): Promise<{
    pipelineId: number;
    versionId: number;
    schedule: ScheduleDefinition;
    /** Of due times. */
    from: number;
    to: number;
    /** As asked for. */
    logical: { from: number; to: number };
    preview: BackfillPreview;
  }> {
    const { ctx } = this.engine;
    const { db } = ctx;
    const { pipelineId, versionId } = await runnablePipeline(
      db,
      db.knex,
      request.pipeline,
    );
    const definition = await ctx.db.transaction(tx =>
      ctx.versions.definition(tx, versionId),
    );
    const schedule = chooseSchedule(definition, request.schedule);
    if (request.params !== undefined) askedParams(definition, request.params);
    // What waits for its start, by its jitter, the schedule itself will start:
    // it does not look for runs of backfills.
    const undecided = await undecidedSince(
      db,
      db.knex,
      tickRef({ pipelineId, scheduleId: schedule.id }),
    );
    const now = await db.now();
    // No logical date is after its due time.
    const asked = { from: request.from, to: Math.min(request.to, now) };
    const logical = { ...asked, to: Math.min(request.to, LAST_DATE) };
    const range = dueRange(schedule, asked);
    const { from } = range ?? asked;
    const until = Math.min((range ?? asked).to, now);
    const to = Math.min(until, (undecided ?? Infinity) - 1);
    const due =
      range &&
      (await planRange(
        db,
        { pipelineId, schedule, from, to, logical, only: request.only },
        { page: ctx.settings.backfillPage, most: MAX_DUE_TIMES },
        ctx.clock.turn,
      ));
    if (range && !due) {
      throw new InputError(
        `There are more than ${MAX_DUE_TIMES} due times in this range; backfill it in parts`,
      );
    }
    if (!due || due.length === 0) {
      throw new InputError(
        `Schedule "${schedule.id}" of "${request.pipeline}" ${nothingDue(
          schedule,
          asked,
          range && { from, to, until },
        )}`,
      );
    }
    const counts = new Map<BackfillLeftOut, number>();
    for (const { reason } of due) {
      if (reason) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    }
    const leftOut = [...counts].map(([reason, count]) => ({ reason, count }));
    return {
      pipelineId,
      versionId,
      schedule,
      from,
      to,
      logical,
      preview: {
        schedule: schedule.id,
        due,
        toRun: due.filter(({ reason }) => reason === undefined).length,
        leftOut,
      },
    };
  }
}

/** @param due - `until`: up to when it is asked, and `to` what is decided of it */
function nothingDue(
  schedule: ScheduleDefinition,
  asked: { from: number; to: number },
  due: { from: number; to: number; until: number } | undefined,
): string {
  if (due && due.to < due.until) {
    return `starts what was due since ${iso(
      due.to + 1,
    )} itself, and was not due before that since ${iso(due.from)}`;
  }
  const between = `between ${iso(asked.from)} and ${iso(asked.to)}`;
  if (schedule.partition) {
    return `has no partition that begins ${between} and is due`;
  }
  return schedule.interval
    ? `has no data interval that began ${between} and is over`
    : `was never due ${between}`;
}

function chooseSchedule(
  definition: PipelineDefinition,
  wanted: string | undefined,
): ScheduleDefinition {
  const { name, schedules } = definition;
  const ids = schedules.map(({ id }) => id).join(', ');
  if (schedules.length === 0) {
    throw new InputError(
      `Pipeline "${name}" has no schedule, so no due times; start it with --logical-date instead`,
    );
  }
  if (wanted === undefined && schedules.length > 1) {
    throw new InputError(
      `Pipeline "${name}" has several schedules; say which one: ${ids}`,
    );
  }
  const found = schedules.find(
    ({ id }) => wanted === undefined || id === wanted,
  );
  if (!found) {
    throw new NotFoundError(
      `Pipeline "${name}" has no schedule "${wanted}"; it has: ${ids}`,
    );
  }
  if (found.continuous) {
    throw new InputError(
      `Schedule "${found.id}" of "${name}" is continuous, so it has no due times; start the pipeline with --logical-date instead`,
    );
  }
  return found;
}
