import { hostname } from 'node:os';
import type { LoggerService } from '@backstage/backend-plugin-api';
import type { TaskExecutor } from '@maestro/plugin-maestro-node';
import { CODE_SCHEMA_VERSION } from '../database/migrate';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import type { PresentExecutor } from '../database/operations/schedulers/listSchedulers';
import {
  removeScheduler,
  renewScheduler,
} from '../database/operations/schedulers/renewScheduler';
import type { SchedulerRole } from '../database/tables';

/** How often a process says that it lives, milliseconds. */
const RENEW_MS = 5_000;
/** Silent for longer, it is shown as gone. */
const TTL_MS = 30_000;

/**
 * Keeps the row of this process among the schedulers. It is for people only:
 * who may run what is decided by leases and executor instances.
 */
export class SchedulerPresence {
  private timer: NodeJS.Timeout | undefined;
  private renewing: Promise<void> | undefined;
  private stopped = false;
  private isAway = false;

  constructor(
    private readonly options: {
      db: MaestroDatabase;
      logger: LoggerService;
      /** Name of this process among the schedulers. */
      name: string;
      role: SchedulerRole;
      /** For people. */
      version: string;
      executors: ReadonlyMap<string, TaskExecutor>;
      /** Executors that are not started, and why. */
      notStarted(): ReadonlyMap<string, string>;
      renewMs?: number;
    },
  ) {}

  /** Says it now and from now on; a database that is away is waited for. */
  async start(): Promise<void> {
    await this.renew();
    this.arm();
  }

  /** Takes its row away. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.renewing;
    const { db, logger, name } = this.options;
    await removeScheduler(db, db.knex, name).catch(error =>
      // Its row says when it was last heard of, which is as true.
      logger.warn(`The row of scheduler ${name} was not removed: ${error}`),
    );
  }

  private arm(): void {
    if (this.stopped) return;
    this.timer = setTimeout(async () => {
      await this.renew();
      this.arm();
    }, this.options.renewMs ?? RENEW_MS);
    this.timer.unref();
  }

  private async renew(): Promise<void> {
    this.renewing = this.renewOnce();
    await this.renewing;
  }

  private async renewOnce(): Promise<void> {
    const { db, logger, name, role, version } = this.options;
    try {
      await renewScheduler(db, db.knex, {
        name,
        role,
        version,
        host: hostname(),
        schema_version: CODE_SCHEMA_VERSION,
        ttl: TTL_MS,
        executors: JSON.stringify(await this.executors()),
      });
      this.isAway = false;
    } catch (error) {
      if (!this.isAway) {
        logger.warn(`Scheduler ${name} could not say that it lives: ${error}`);
      }
      this.isAway = true;
    }
  }

  /** Those of a portal are never started: they are no business of its. */
  private async executors(): Promise<PresentExecutor[]> {
    const { executors, role, notStarted } = this.options;
    if (role === 'portal') return [];
    return Promise.all(
      [...executors.values()].map(async executor => {
        const why = notStarted().get(executor.name);
        const health = why
          ? { ok: false, message: why }
          : await executor
              .health()
              .catch(error => ({ ok: false, message: String(error) }));
        return {
          name: executor.name,
          instance: executor.instance,
          place: executor.place,
          ...health,
          maxParallel: executor.capabilities.maxParallel,
          honoursResources: executor.capabilities.honoursResources,
        };
      }),
    );
  }
}
