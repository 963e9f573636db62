import type { LoggerService } from '@backstage/backend-plugin-api';
import { num, optionalNum } from '../database/conversion';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import type { TimerKind } from '../database/operations/timers/timers';
import type { CancelTimer, ProcessClock } from '../engine/ProcessClock';

/** A timer that is due. */
export interface DueTimer {
  id: number;
  dueAt: number;
  kind: TimerKind;
  ref: string;
  runId?: number;
  /** Of a tick whose start is moved: its due time. */
  forDue?: number;
}

/** Timers taken in one look. */
const BATCH = 200;
/**
 * Timers fired at the same time on PostgreSQL, where a transaction mostly waits
 * for its next answer; SQLite has one connection and one writer.
 */
const PARALLEL_ON_POSTGRES = 4;
/**
 * Ticks of different pipelines fired in one transaction. What is due at one
 * instant costs half the statements so; more would make others wait for it.
 */
const TICKS_TOGETHER = 16;
/** setTimeout overflows above this and fires at once. */
const LONGEST_SLEEP_MS = 60_000;

/**
 * Fires timers: one indexed query, one next wake-up. A timer is a hint that
 * something may have to be done; who handles it re-checks and takes it in its
 * own transaction, so that a crash or a second scheduler does no harm.
 */
export class TimerLoop {
  private cancelWakeUp: CancelTimer | undefined;
  private running: Promise<void> | undefined;
  private again = false;
  private stopped = false;
  /** Failed timers wait, so that one poisoned row does not spin. */
  private readonly backOff = new Map<number, number>();

  constructor(
    private readonly options: {
      db: MaestroDatabase;
      logger: LoggerService;
      clock: ProcessClock;
      pollMs: number;
      fire(timer: DueTimer): Promise<void>;
      /** All of them in one transaction, or none when one cannot be fired. */
      fireTicks(ticks: readonly DueTimer[]): Promise<void>;
    },
  ) {}

  /** Looks now: at start, and after a timer was set that may be the next. */
  poke(): void {
    if (this.stopped) return;
    if (this.running) {
      this.again = true;
      return;
    }
    this.cancelWakeUp?.();
    this.running = this.look()
      .catch(error =>
        this.options.logger.error(`Timers could not be read: ${error}`),
      )
      .finally(() => {
        this.running = undefined;
        if (this.again) {
          this.again = false;
          this.poke();
        }
      });
  }

  /** Ends the loop after what is in flight. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.cancelWakeUp?.();
    await this.running;
  }

  private async look(): Promise<void> {
    const { db } = this.options;
    let sleep = this.options.pollMs;
    try {
      for (;;) {
        const now = await db.now();
        const blocked = this.stillBackingOff(now);
        const rows = await db
          .table(db.knex, 'timers')
          .where('due_at', '<=', now)
          .whereNotIn('id', blocked as never)
          .orderBy(['due_at', 'id'])
          .limit(BATCH);
        const ready = (rows as never as Array<Record<string, never>>).map(
          toTimer,
        );
        await this.fireAll(ready, now);
        if (ready.length === 0 || this.stopped) break;
      }
      const next = await db
        .table(db.knex, 'timers')
        // Those are tried again after a poll; the others are not late for them.
        .whereNotIn('id', [...this.backOff.keys()] as never)
        .orderBy(['due_at', 'id'])
        .first('due_at');
      if (next) {
        const wait =
          num((next as { due_at: number }).due_at) - (await db.now());
        // Another process may set an earlier one: never sleep past the poll.
        // One that came due since the last look is looked at now.
        sleep = Math.min(Math.max(wait, 0), this.options.pollMs);
      }
    } finally {
      if (!this.stopped) {
        this.cancelWakeUp = this.options.clock.after(
          Math.min(sleep, LONGEST_SLEEP_MS),
          () => this.poke(),
        );
      }
    }
  }

  /** Left out of a look, however many they are: others are due behind them. */
  private stillBackingOff(now: number): number[] {
    for (const [id, until] of this.backOff) {
      if (until <= now) this.backOff.delete(id);
    }
    return [...this.backOff.keys()];
  }

  /**
   * Some at the same time, each takes itself when it fires. Those of one run,
   * and those of one pipeline, after each other and in their order: they would
   * wait for its lock, and events are decided as they came.
   */
  private async fireAll(timers: DueTimer[], now: number): Promise<void> {
    const lanes = new Map<string, DueTimer[]>();
    for (const timer of timers) {
      const lane = laneOf(timer);
      const others = lanes.get(lane);
      if (others) others.push(timer);
      else lanes.set(lane, [timer]);
    }
    const waiting = together([...lanes.values()]).values();
    const fireNext = async () => {
      for (const group of waiting) await this.fireGroup(group, now);
    };
    const parallel =
      this.options.db.dialect === 'postgres' ? PARALLEL_ON_POSTGRES : 1;
    await Promise.all(Array.from({ length: parallel }, fireNext));
  }

  private async fireGroup(
    { timers, isTogether }: TimerGroup,
    now: number,
  ): Promise<void> {
    if (this.stopped) return;
    if (isTogether) {
      try {
        await this.options.fireTicks(timers);
        return;
      } catch (error) {
        // One of them must not keep the others from being fired.
        this.options.logger.warn(
          `${timers.length} due times are decided one by one, because together they could not be: ${error}`,
        );
      }
    }
    for (const timer of timers) {
      if (this.stopped) return;
      await this.fireOne(timer, now);
    }
  }

  private async fireOne(timer: DueTimer, now: number): Promise<void> {
    try {
      await this.options.fire(timer);
    } catch (error) {
      this.backOff.set(timer.id, now + 5_000);
      this.options.logger.error(
        `Timer ${timer.kind} ${timer.ref} failed and is tried again in 5 s: ${error}`,
      );
    }
  }
}

/** Timers fired after each other, or ticks fired together. */
interface TimerGroup {
  timers: DueTimer[];
  isTogether: boolean;
}

/** Puts the only ticks of different pipelines together. */
function together(lanes: readonly DueTimer[][]): TimerGroup[] {
  const groups: TimerGroup[] = [];
  let ticks: TimerGroup | undefined;
  for (const timers of lanes) {
    if (timers.length > 1 || timers[0].kind !== 'tick') {
      groups.push({ timers, isTogether: false });
      continue;
    }
    if (!ticks || ticks.timers.length >= TICKS_TOGETHER) {
      ticks = { timers: [], isTogether: true };
      groups.push(ticks);
    }
    ticks.timers.push(timers[0]);
  }
  return groups.map(group => ({
    ...group,
    isTogether: group.isTogether && group.timers.length > 1,
  }));
}

/** What the timer locks first. */
function laneOf({ kind, ref, runId }: DueTimer): string {
  if (runId !== undefined) return `run/${runId}`;
  const parts = ref.split('/');
  if (kind === 'tick') return `pipeline/${parts[0]}`;
  // eventId/pipelineId/scheduleId
  if (kind === 'asset') return `pipeline/${parts[1]}`;
  return `${kind}/${ref}`;
}

function toTimer(row: Record<string, never>): DueTimer {
  const { id, due_at: dueAt, kind, ref, run_id: runId, for_due: due } = row;
  return {
    id: num(id),
    dueAt: num(dueAt),
    kind,
    ref,
    runId: runId === null ? undefined : num(runId),
    forDue: optionalNum(due),
  };
}
