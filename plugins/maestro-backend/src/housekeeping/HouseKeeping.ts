import type { LoggerService } from '@backstage/backend-plugin-api';
import { schedule, validate, type ScheduledTask } from 'node-cron';
import { InputError } from '@backstage/errors';
import { noteChore, takeChore } from '../database/operations/retention/chores';
import { giveBackPages } from '../database/sqlitePages';
import { expireAssetEvents } from './assetEvents';
import {
  applyRetention,
  emptyGarbage,
  type RetentionContext,
} from './retention';
import { DEFAULT_MAX_STEPS, expireSteps } from './stepCache';

/** Every ten minutes. */
export const DEFAULT_HOUSEKEEPING_CRON = '*/10 * * * *';

/** Least time between two rounds, over all replicas, milliseconds. */
const LEAST_MS = 5 * 60_000;

/**
 * What keeps the house small: retention, objects that nobody refers to, and,
 * on SQLite, the room they leave in the file. node-cron wakes it in each
 * process; the row of the chore lets one of them do it.
 */
export class HouseKeeping {
  private task?: ScheduledTask;
  private running?: Promise<void>;
  private readonly abort = new AbortController();

  constructor(
    private readonly options: RetentionContext & {
      logger: LoggerService;
      /** Five fields. Default {@link DEFAULT_HOUSEKEEPING_CRON}. */
      cron?: string;
      /** Results kept for one pipeline. Default {@link DEFAULT_MAX_STEPS}. */
      maxSteps?: number;
      /** Age at which asset events go. Default: none goes. */
      maxAssetEventAgeMs?: number;
    },
  ) {
    const { cron } = options;
    if (cron !== undefined && !validate(cron)) {
      throw new InputError(
        `maestro.housekeeping.cron is "${cron}"; expected a cron expression of five fields such as "${DEFAULT_HOUSEKEEPING_CRON}"`,
      );
    }
  }

  start(): void {
    this.task = schedule(
      this.options.cron ?? DEFAULT_HOUSEKEEPING_CRON,
      () => this.round(),
      { name: 'maestro house-keeping', timezone: 'UTC', noOverlap: true },
    );
  }

  /** Resolves when what is under way is over. */
  async stop(): Promise<void> {
    this.abort.abort();
    await this.task?.destroy();
    await this.running;
  }

  /** One round, if it is due and nobody else does it. */
  async round(): Promise<void> {
    if (this.running) return;
    this.running = this.work()
      .catch(error =>
        this.options.logger.error(`House-keeping failed: ${error}`),
      )
      .finally(() => {
        this.running = undefined;
      });
    await this.running;
  }

  private async work(): Promise<void> {
    const { db, logger } = this.options;
    if (!(await takeChore(db, db.knex, 'retention', LEAST_MS))) return;
    const { signal } = this.abort;
    const removed = await applyRetention(this.options, signal, (id, error) =>
      logger.error(`Retention of pipeline ${id} failed: ${error}`),
    );
    const steps = await expireSteps(
      db,
      this.options.maxSteps ?? DEFAULT_MAX_STEPS,
      signal,
    );
    const events = await expireAssetEvents(
      db,
      this.options.maxAssetEventAgeMs,
      signal,
    );
    const { deleted, problem } = await emptyGarbage(this.options, signal);
    if (db.dialect === 'sqlite') await giveBackPages(db.knex, signal);
    if (problem) logger.warn(`Objects could not be deleted yet: ${problem}`);
    const result = `${removed.runs} runs, the logs of ${removed.logs} and the reports of ${removed.artifacts} runs, ${steps} results of tasks, ${events} asset events, ${deleted} objects`;
    await noteChore(db, db.knex, 'retention', `Removed ${result}`);
    const { runs, logs, artifacts } = removed;
    if (runs + logs + artifacts + steps + events + deleted > 0) {
      logger.info(`House-keeping removed ${result}`);
    }
  }
}
