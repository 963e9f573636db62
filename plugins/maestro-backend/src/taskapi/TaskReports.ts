import { randomUUID } from 'node:crypto';
import {
  MAX_ASSET_EXTRA_BYTES,
  type PipelineDefinition,
  type TaskDefinition,
} from '@maestro/plugin-maestro-common';
import type { ArtifactStore } from '../artifacts/ArtifactStore';
import { num } from '../database/conversion';
import type { MaestroDatabase, Tx } from '../database/MaestroDatabase';
import { retryConflicts } from '../database/retryConflicts';
import { insertAssetEvent } from '../database/operations/assets/insertAssetEvent';
import {
  attemptOfToken,
  type TokenAttempt,
} from '../database/operations/taskapi/attemptOfToken';
import { countOtherArtifacts } from '../database/operations/taskapi/countArtifacts';
import { countOtherOutputs } from '../database/operations/taskapi/countOutputs';
import { putArtifact } from '../database/operations/taskapi/putArtifact';
import {
  announceObject,
  keepObject,
} from '../database/operations/retention/announceObject';
import { throwAway } from '../database/operations/retention/throwAway';
import { isShared } from '../database/operations/stepCache/isShared';
import { putOutput } from '../database/operations/taskapi/putOutput';
import {
  commitRun,
  lockRun,
  type NewEvent,
} from '../database/operations/runLock';
import type { RunRow } from '../database/tables';
import type { AlertRequest } from './alertRequest';
import {
  assetSourceKey,
  inLockOrder,
  partitionOfEvent,
} from '../engine/produceAssets';
import { maskValue, shownOutput } from '../engine/maskValue';
import { LogMasker } from '../logs/maskStream';
import { TaskApiError } from './TaskApiError';

/** Alerts of one run; more say nothing new and fill the database. */
export const MAX_ALERTS = 1_000;
/** Reports of one run. */
export const MAX_REPORTS = 100;
/** Outputs of one task instance. */
export const MAX_OUTPUTS = 1_000;
/** Outputs up to this size, in bytes, stand in the database itself. */
export const INLINE_OUTPUT_BYTES = 256 * 1024;

/** Something about a run changed; sent after the commit. */
export interface RunChange {
  runId: string;
  pipeline: string;
  revision: number;
}

/** What a call of the task API works with, under the run lock. */
interface LockedAttempt {
  tx: Tx;
  run: RunRow;
  attempt: TokenAttempt;
  task: TaskDefinition;
  taskId: string;
  now: number;
}

const SEVERITIES = ['info', 'warning', 'critical'] as const;

/**
 * What running tasks say about their run. Each call holds the run lock and
 * looks there once more whether the attempt still lives: what an attempt that
 * was superseded meanwhile says is refused.
 */
export class TaskReports {
  constructor(
    private readonly options: {
      db: MaestroDatabase;
      store: ArtifactStore;
      versions: {
        definition(tx: Tx, versionId: number): Promise<PipelineDefinition>;
      };
      openMasks(attemptId: string, sealed: string): string[];
      onRunChanged(change: RunChange): void;
      /**
       * Timers were set that are due now: a hint after the commit, they fire
       * without it too.
       */
      onTimersDue(): void;
    },
  ) {}

  /** @throws TaskApiError 401 when no live attempt has this token */
  async authenticate(tokenHash: string): Promise<void> {
    const { db } = this.options;
    if (!(await attemptOfToken(db, db.knex, tokenHash))) throw notLive();
  }

  /** @throws TaskApiError 401 or 429 */
  async alert(tokenHash: string, alert: AlertRequest): Promise<void> {
    await this.change(tokenHash, async locked => {
      const { run, attempt, taskId } = locked;
      if (run.alert_count >= MAX_ALERTS) {
        throw new TaskApiError(
          429,
          `This run has ${MAX_ALERTS} alerts already; send one alert that sums up instead of one for each finding`,
        );
      }
      const { kind, severity, message, values } = this.hidden(attempt, alert);
      const worst = Math.max(
        SEVERITIES.indexOf(severity),
        run.alert_severity ? SEVERITIES.indexOf(run.alert_severity) : 0,
      );
      const { produced, isAwaited } = await this.produceAssets(locked, {
        kind,
        severity,
        message,
        values,
      });
      return {
        isAwaited,
        columns: {
          alert_count: run.alert_count + 1,
          alert_severity: SEVERITIES[worst],
        },
        events: [
          {
            type: 'alert',
            body: {
              taskId,
              mapIndex: attempt.map_index,
              kind,
              severity,
              message,
              values,
            },
          },
          ...produced.map(asset => ({
            type: 'asset',
            body: { asset, task: taskId, alert: kind },
          })),
        ],
      };
    });
  }

  /**
   * Keeps a report; one of the same name of the same task is replaced.
   *
   * @throws TaskApiError 401, 413 or 429
   */
  async report(
    tokenHash: string,
    report: {
      name: string;
      title?: string;
      contentType: string;
      content: AsyncIterable<Uint8Array>;
    },
  ): Promise<void> {
    const { db, store } = this.options;
    const { name, title, contentType } = report;
    const live = await attemptOfToken(db, db.knex, tokenHash);
    if (!live) throw notLive();
    const runId = await this.publicRunId(live);
    const location = `artifacts/${runId}/${randomUUID()}-${name}`;
    await this.keeping(location, async () => {
      const { size } = await store.put(
        location,
        masked(report.content, this.secretsOf(live)),
      );
      return this.change(
        tokenHash,
        async ({ tx, run, attempt, taskId, now }) => {
          await keepObject(tx, location, now);
          const row = {
            run_id: run.id,
            task_no: attempt.task_no,
            map_index: attempt.map_index,
            attempt_id: attempt.attempt_id,
            name,
            title: title ?? null,
            content_type: contentType,
            size,
            location,
            created_at: now,
          };
          if ((await countOtherArtifacts(db, tx, row)) >= MAX_REPORTS) {
            throw new TaskApiError(
              429,
              `This run has ${MAX_REPORTS} reports already; put several results into one report, or send one again under its name to replace it`,
            );
          }
          return {
            orphan: await putArtifact(db, tx, row),
            events: [
              {
                type: 'report',
                body: {
                  taskId,
                  mapIndex: attempt.map_index,
                  name,
                  title,
                  contentType,
                  size,
                },
              },
            ],
          };
        },
      );
    });
  }

  /**
   * Hands an output on to later tasks; one of the same key is replaced.
   *
   * @param text - JSON, checked; stored as it is
   * @throws TaskApiError 401, 422 for a large one with a secret in it, or 429
   */
  async output(tokenHash: string, key: string, text: string): Promise<void> {
    const { db, store } = this.options;
    const size = Buffer.byteLength(text);
    let blob: string | undefined;
    let live: TokenAttempt | undefined;
    if (size > INLINE_OUTPUT_BYTES) {
      live = await attemptOfToken(db, db.knex, tokenHash);
      if (!live) throw notLive();
      this.assertNoSecret(text, live);
      blob = `outputs/${await this.publicRunId(live)}/${randomUUID()}.json`;
    }
    await this.keeping(blob, async () => {
      if (blob) await store.put(blob, Buffer.from(text, 'utf8'));
      return this.change(
        tokenHash,
        async ({ tx, run, attempt, taskId, now }) => {
          // It may have been handed a secret meanwhile.
          if (live && live.masks !== attempt.masks) {
            this.assertNoSecret(text, attempt);
          }
          if (blob) await keepObject(tx, blob, now);
          const row = {
            run_id: run.id,
            task_id: taskId,
            map_index: attempt.map_index,
            key,
            attempt_id: attempt.attempt_id,
            value: blob ? null : text,
            blob: blob ?? null,
            shown: blob ? null : shownOutput(text, this.secretsOf(attempt)),
            size,
            created_at: now,
          };
          if ((await countOtherOutputs(db, tx, row)) >= MAX_OUTPUTS) {
            throw new TaskApiError(
              429,
              `This task has ${MAX_OUTPUTS} outputs already; hand on one object with several fields`,
            );
          }
          return { orphan: await putOutput(db, tx, row) };
        },
      );
    });
  }

  /**
   * Assets whose event an alert of this kind is: their names, and whether
   * somebody waits for one of them.
   */
  private async produceAssets(
    { tx, run, attempt, task, now }: LockedAttempt,
    alert: AlertRequest,
  ): Promise<{ produced: string[]; isAwaited: boolean }> {
    const { db } = this.options;
    const produced: string[] = [];
    let isAwaited = false;
    for (const { asset, on } of inLockOrder(task.produces)) {
      if (typeof on === 'string' || on.alert !== alert.kind) continue;
      const event = await insertAssetEvent(
        db,
        tx,
        {
          asset,
          source: 'alert',
          source_key: assetSourceKey(attempt.attempt_id, asset),
          run_id: num(run.id),
          task_id: task.id,
          map_index: attempt.map_index,
          attempt_id: attempt.attempt_id,
          extra: assetExtra(alert),
          ...partitionOfEvent(run),
        },
        now,
      );
      if (!event) continue;
      produced.push(asset);
      isAwaited ||= event.consumers + event.waits > 0;
    }
    return { produced, isAwaited };
  }

  private async change(
    tokenHash: string,
    fn: (locked: LockedAttempt) => Promise<{
      columns?: Partial<RunRow>;
      events?: Pick<NewEvent, 'type' | 'body'>[];
      /** Bytes that nobody refers to once this is committed. */
      orphan?: string;
      /** Schedules or tasks wait for what this was. */
      isAwaited?: boolean;
    }>,
  ): Promise<void> {
    const { db, versions, onRunChanged, onTimersDue } = this.options;
    const transaction = () =>
      db.transaction(async tx => {
        const before = await attemptOfToken(db, tx, tokenHash);
        if (!before) throw notLive();
        const run = await lockRun(db, tx, num(before.run_id));
        // Ended while we waited for the lock?
        const attempt = await attemptOfToken(db, tx, tokenHash);
        if (!attempt) throw notLive();
        const definition = await versions.definition(tx, num(run.version_id));
        const now = await db.now(tx);
        const task = definition.tasks[attempt.task_no];
        const taskId = task.id;
        const result = await fn({ tx, run, attempt, task, taskId, now });
        await commitRun(db, tx, run, {
          now,
          columns: result.columns,
          events: (result.events ?? []).map(event => ({
            ...event,
            attemptId: attempt.attempt_id,
          })),
        });
        const { orphan: old } = result;
        const shared = old !== undefined && (await isShared(tx, old));
        // Written down first: its bytes go below, or later if we die before.
        if (old !== undefined) await throwAway(db, tx, [old]);
        return {
          orphan: shared ? undefined : old,
          isAwaited: result.isAwaited ?? false,
          runId: run.run_id,
          pipeline: definition.name,
          revision: num(run.revision) + 1,
        };
      });
    const { orphan, isAwaited, ...change } = await retryConflicts(transaction);
    if (isAwaited) onTimersDue();
    onRunChanged(change);
    if (orphan) await this.discard(orphan);
  }

  /**
   * Stores bytes and the row that shows them; removes the bytes again when the
   * row was refused. Whatever dies in between, the bytes are written down.
   */
  private async keeping(
    location: string | undefined,
    fn: () => Promise<void>,
  ): Promise<void> {
    const { db } = this.options;
    if (location) await announceObject(db, db.knex, location);
    try {
      await fn();
    } catch (error) {
      // Of anything else it is not known whether the row was committed: then
      // house-keeping sees whether the bytes are still written down.
      if (location && error instanceof TaskApiError) {
        await this.discard(location);
      }
      throw error;
    }
  }

  /** Deletes what is written down as garbage, now rather than later. */
  private async discard(location: string): Promise<void> {
    const { db, store } = this.options;
    try {
      await store.delete(location);
      await db.knex('garbage').where({ location }).delete();
    } catch {
      // It stays written down, so house-keeping deletes it and says what fails.
    }
  }

  private async publicRunId(attempt: TokenAttempt): Promise<string> {
    const { db } = this.options;
    const run = await db
      .table(db.knex, 'runs')
      .where({ id: attempt.run_id })
      .first('run_id');
    if (!run) throw notLive();
    return run.run_id;
  }

  /** An alert is shown and sent to people: it must not hold a secret. */
  private hidden(attempt: TokenAttempt, alert: AlertRequest): AlertRequest {
    return maskValue(alert, this.secretsOf(attempt)) as AlertRequest;
  }

  /** Of an object nothing is kept that could be shown in its place. */
  private assertNoSecret(text: string, attempt: TokenAttempt): void {
    if (shownOutput(text, this.secretsOf(attempt)) === null) return;
    throw new TaskApiError(
      422,
      `An output above ${
        INLINE_OUTPUT_BYTES / 1024
      } KiB cannot hold a secret, and this one does; hand on where it is instead`,
    );
  }

  private secretsOf({ attempt_id: id, masks }: TokenAttempt): string[] {
    return masks === null ? [] : this.options.openMasks(id, masks);
  }
}

/** What an asset event keeps of its alert: values only where they are small. */
function assetExtra({ kind, severity, message, values }: AlertRequest): string {
  const facts = { alert: kind, severity, message: message.slice(0, 300) };
  const whole = JSON.stringify({ ...facts, values });
  return Buffer.byteLength(whole) <= MAX_ASSET_EXTRA_BYTES
    ? whole
    : JSON.stringify(facts);
}

/** A report is shown to people: its bytes with every secret replaced. */
async function* masked(
  content: AsyncIterable<Uint8Array>,
  secrets: readonly string[],
): AsyncGenerator<Uint8Array> {
  const masker = new LogMasker(secrets);
  for await (const piece of content) yield masker.push(piece);
  yield masker.flush();
}

function notLive(): TaskApiError {
  return new TaskApiError(
    401,
    'The token belongs to no running attempt: it ended, was cancelled or was replaced by another one',
  );
}
