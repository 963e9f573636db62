import type {
  PipelineDefinition,
  TaskDefinition,
} from '@maestro/plugin-maestro-common';
import { num } from '../../database/conversion';
import type { MaestroDatabase } from '../../database/MaestroDatabase';
import type {
  AttemptRow,
  BackfillMemberRow,
  BackfillRow,
  PipelineRow,
  RunRow,
  TaskInstanceRow,
} from '../../database/tables';
import { VersionFactsCache } from '../VersionFactsCache';
import type { ViewContext } from '../ViewContext';

/** A definition whose tasks are a chain. */
export function definitionOf(
  name: string,
  taskIds: string[],
  over: Partial<PipelineDefinition> = {},
): PipelineDefinition {
  return {
    formatVersion: 1,
    name,
    owner: 'group:default/ml',
    type: 'training',
    tags: ['ml'],
    schedules: [],
    maxActiveRuns: 16,
    tasks: taskIds.map(
      (id, no): TaskDefinition => ({
        no,
        id,
        kind: 'run',
        upstream: no > 0 ? [no - 1] : [],
        downstream: no < taskIds.length - 1 ? [no + 1] : [],
        triggerRule: 'all_success',
        retries: 2,
        retryDelayMs: 1000,
        retryBackoff: 'fixed',
        maxRetryDelayMs: 3_600_000,
        priority: 1,
        connections: [],
        variables: [],
        command: ['true'],
      }),
    ),
    ...over,
  };
}

/** Puts rows into a store, with what a test does not care about filled in. */
export class StoreSeed {
  private runs = 0;

  constructor(readonly db: MaestroDatabase) {}

  /** A context that knows nothing yet. */
  views(): ViewContext {
    return { db: this.db, versions: new VersionFactsCache(this.db) };
  }

  /** A pipeline at version 1. */
  async pipeline(
    definition: PipelineDefinition,
    over: Partial<PipelineRow> = {},
  ): Promise<{ id: number; versionId: number }> {
    const id = await this.insert('pipelines', {
      name: definition.name,
      entity_ref: `pipeline:default/${definition.name}`,
      owner_ref: definition.owner,
      type: definition.type,
      tags: JSON.stringify(definition.tags),
      created_at: 1,
      seen_at: 1,
      ...over,
    });
    return { id, versionId: await this.version(id, 1, definition) };
  }

  /** A new current version. */
  async version(
    pipelineId: number,
    number: number,
    definition: PipelineDefinition,
  ): Promise<number> {
    const versionId = await this.insert('pipeline_versions', {
      pipeline_id: pipelineId,
      number,
      hash: `hash-${number}`,
      definition: JSON.stringify(definition),
      source_ref: `commit-${number}`,
      created_at: number,
    });
    await this.db
      .knex('pipelines')
      .where({ id: pipelineId })
      .update({ current_version_id: versionId });
    return versionId;
  }

  /** A run; `run_after` counts up. */
  async run(
    pipeline: { id: number; versionId: number },
    over: Partial<RunRow> = {},
  ): Promise<{ id: number; runId: string }> {
    const n = ++this.runs;
    const runId = over.run_id ?? `run-${n}`;
    const id = await this.insert('runs', {
      run_id: runId,
      pipeline_id: pipeline.id,
      version_id: pipeline.versionId,
      run_key: `key-${n}`,
      trigger: 'manual',
      state: 'success',
      run_after: n * 1000,
      created_at: n * 1000,
      params: '{}',
      ...over,
    });
    return { id, runId };
  }

  async task(
    runId: number,
    taskNo: number,
    over: Partial<TaskInstanceRow> = {},
  ): Promise<void> {
    await this.db.knex('task_instances').insert({
      run_id: runId,
      task_no: taskNo,
      state: 'success',
      try_number: 1,
      ...over,
    });
  }

  async attempt(
    run: { id: number; pipelineId: number },
    taskNo: number,
    seq: number,
    over: Partial<AttemptRow> = {},
  ): Promise<string> {
    const attemptId = `attempt-${run.id}-${taskNo}-${seq}`;
    await this.db.knex('attempts').insert({
      attempt_id: attemptId,
      run_id: run.id,
      pipeline_id: run.pipelineId,
      task_no: taskNo,
      map_index: -1,
      seq,
      try_number: seq,
      state: 'ended',
      executor: 'local',
      executor_instance: 'host',
      claimed_at: seq * 10,
      ...over,
    });
    return attemptId;
  }

  /** A backfill of due times 1000, 2000, …; nothing of it is done yet. */
  async backfill(
    pipeline: { id: number; versionId: number },
    over: Partial<BackfillRow> = {},
  ): Promise<number> {
    return this.insert('backfills', {
      backfill_id: 'backfill-1',
      pipeline_id: pipeline.id,
      version_id: pipeline.versionId,
      schedule_id: 'default',
      range_from: 0,
      range_to: 10_000,
      only_which: 'missing',
      run_order: 'oldest',
      max_active: 2,
      params: '{}',
      state: 'running',
      total: 10,
      created_at: 1,
      created_by: 'user:default/me',
      ...over,
    });
  }

  /** What became of a due time of a backfill. */
  async member(
    backfill: { id: number; pipelineId: number },
    dueAt: number,
    over: Partial<BackfillMemberRow> = {},
  ): Promise<void> {
    await this.db.knex('backfill_members').insert({
      backfill_id: backfill.id,
      pipeline_id: backfill.pipelineId,
      schedule_id: 'default',
      due_at: dueAt,
      outcome: 'waiting',
      ...over,
    });
  }

  private async insert(table: string, row: object): Promise<number> {
    const [{ id }] = await this.db.knex(table).insert(row).returning('id');
    return num(id);
  }
}
