import type { IncomingMessage } from 'node:http';
import { ConflictError } from '@backstage/errors';
import type { PipelineDefinition } from '@maestro/plugin-maestro-common';
import type { ArtifactStore } from '../artifacts/ArtifactStore';
import type { ConnectionStore } from '../connections/ConnectionStore';
import type { TaskInputs } from '../connections/TaskInputs';
import type { VariableStore } from '../connections/VariableStore';
import { num } from '../database/conversion';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { findWait } from '../database/operations/waits/waits';
import type { TokenAttempt } from '../database/operations/taskapi/attemptOfToken';
import type { AttemptRow, RunRow } from '../database/tables';
import type { Engine } from '../engine/Engine';
import type { RunDraft } from '../engine/RunDraft';
import type { TaskReports } from '../taskapi/TaskReports';
import { jsonBody } from '../taskapi/requestBody';
import { notFound, notRunning } from './AirflowApiError';

/** Of a body; XComs are the largest. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** Of an integer column. */
const MAX_INTEGER = 2 ** 31 - 1;

/** What the routes of the task execution interface work with. */
export interface AirflowApiOptions {
  db: MaestroDatabase;
  engine: Engine;
  reports: TaskReports;
  store: ArtifactStore;
  connections: ConnectionStore;
  inputs: TaskInputs;
  variables: VariableStore;
  openMasks(attemptId: string, sealed: string): string[];
}

/** What a request is about. */
interface CallFacts {
  run: RunRow;
  definition: PipelineDefinition;
}

/** One request of a task, whose token is that of a live attempt. */
export class AirflowCall {
  #facts: Promise<CallFacts> | undefined;

  constructor(
    readonly options: AirflowApiOptions,
    readonly request: IncomingMessage,
    readonly url: URL,
    readonly params: Record<string, string>,
    readonly tokenHash: string,
    readonly attempt: TokenAttempt,
  ) {}

  get db(): MaestroDatabase {
    return this.options.db;
  }

  get runId(): number {
    return num(this.attempt.run_id);
  }

  /** The JSON that was sent: its text and its value. */
  async body(): Promise<{ text: string; value: unknown }> {
    return jsonBody(this.request, MAX_BODY_BYTES);
  }

  /** A whole number of the query; one beyond what a column holds is its edge. */
  number(name: string): number | undefined {
    const text = this.url.searchParams.get(name);
    return text !== null && /^-?\d{1,15}$/.test(text)
      ? Math.max(-MAX_INTEGER, Math.min(Number(text), MAX_INTEGER))
      : undefined;
  }

  /** The path must name the attempt whose token was sent. */
  assertOwn(): void {
    if (this.params.id !== this.attempt.attempt_id) {
      throw notFound('The token belongs to another task instance');
    }
  }

  /**
   * Run and definition as they were when this was asked first, not locked: what
   * decides a change is read again under the lock.
   */
  facts(): Promise<CallFacts> {
    this.#facts ??= this.#readFacts();
    return this.#facts;
  }

  async #readFacts(): Promise<CallFacts> {
    const { db, engine } = this.options;
    return db.transaction(async tx => {
      const run = (await db
        .table(tx, 'runs')
        .where({ id: this.runId })
        .first()) as RunRow | undefined;
      if (!run) throw notFound('The run is gone');
      const definition = await engine.ctx.versions.definition(
        tx,
        num(run.version_id),
      );
      return { run, definition };
    });
  }

  /**
   * Changes the run, with the attempt as it is under the lock.
   *
   * @throws AirflowApiError 409 when the attempt is over or is being ended
   */
  async change(
    fn: (draft: RunDraft, attempt: AttemptRow) => Promise<void> | void,
  ): Promise<void> {
    try {
      await this.options.engine.runs.change(this.runId, async draft => {
        const attempt = await draft.attempt(this.attempt.attempt_id);
        const isOver = this.attempt.waitId
          ? !(await this.#waits(draft))
          : attempt?.state === 'ended' || attempt?.cancel_requested_at !== null;
        if (!attempt || isOver) {
          throw notRunning(
            'The task is no longer in the running state and should end',
          );
        }
        await fn(draft, attempt);
      });
    } catch (error) {
      if (error instanceof ConflictError) throw notRunning(error.message);
      throw error;
    }
  }

  /** Whether the trigger of this token is still waited for. */
  async #waits(draft: RunDraft): Promise<boolean> {
    const { task_no: taskNo, map_index: mapIndex, waitId } = this.attempt;
    const key = { runId: draft.id, taskNo, mapIndex };
    const wait = await findWait(this.db, draft.tx, key);
    return wait?.wait_id === waitId;
  }

  /** The task, as one that does something. */
  async actor(): Promise<string> {
    const { definition } = await this.facts();
    return `task:${definition.name}/${
      definition.tasks[this.attempt.task_no].id
    }`;
  }

  /** Texts that nothing of this attempt may show. */
  secrets(): string[] {
    const { attempt_id: id, masks } = this.attempt;
    return masks === null ? [] : this.options.openMasks(id, masks);
  }
}
