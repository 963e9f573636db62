import { durationWords } from '@maestro/plugin-maestro-common';
import { bool, num, optionalNum } from '../database/conversion';
import { isStoreError } from '../database/isStoreError';
import { throwAway } from '../database/operations/retention/throwAway';
import {
  findStep,
  type FoundStep,
} from '../database/operations/stepCache/findStep';
import { storeStep } from '../database/operations/stepCache/storeStep';
import type {
  ArtifactRow,
  AttemptRow,
  OutputRow,
  StepCachePartRow,
} from '../database/tables';
import {
  nextTry,
  prepareAttempt,
  type PreparedAttempt,
  type SharedInputs,
} from './prepareAttempt';
import type { RunDraft } from './RunDraft';
import { type KeyFile, stepKey } from './stepKey';

/** `task_instances.cache_hit`: what was reused. */
export interface CacheHit {
  /** Public id of the run that made it; it may be gone. */
  runId: string;
  attemptId: string;
  /** How long the attempt took that is not needed now. */
  savedMs: number;
  key: string;
}

/** What a look into the cache gave; nothing for a task that is not cached. */
export interface StepLookup {
  /** It was given a result and is over. */
  reused?: boolean;
  /** Under which its own result is to be kept. */
  key?: string;
  /** Why it has no key although it wants one. */
  problem?: string;
  /** The attempt of which the key was made, for its claim. */
  prepared?: PreparedAttempt;
}

/**
 * Gives a ready task the result of an equal one, if there is one: it is over
 * without an attempt and without a slot. No lock stands between two runs that
 * ask at once: both may miss and compute, and the later result is kept.
 */
export async function reuseStep(
  draft: RunDraft,
  slot: number,
  shared: Map<number, SharedInputs>,
): Promise<StepLookup> {
  const { cache } = draft.task(slot);
  if (!cache) return {};
  const made = await keyOf(draft, slot, shared);
  if (made.key === undefined) return made;
  const { key } = made;
  const instance = draft.instance(slot);
  const isFresh = instance.attempt_seq === 0 && instance.try_number === 0;
  if (!isFresh || bool(instance.no_cache) || bool(draft.run.no_cache)) {
    return made;
  }
  const { ctx, tx, now } = draft;
  const found = await findStep(ctx.db, tx, {
    pipelineId: num(draft.run.pipeline_id),
    key,
    ttlMs: cache.ttlMs,
    now,
  });
  if (!found) return made;
  await copyParts(draft, slot, found);
  await ctx.db
    .table(tx, 'step_cache')
    .where({ id: found.entry.id })
    .update({ hits: found.entry.hits + 1, used_at: now });
  const { run_id: runId, attempt_id: attemptId, duration_ms } = found.entry;
  const hit: CacheHit = { runId, attemptId, savedMs: num(duration_ms), key };
  draft.addEvent({
    type: 'step_reused',
    body: { task: draft.name(slot), ...hit },
  });
  draft.setTask(slot, 'success', {
    reason: `reused from run ${runId}, saved ${durationWords(hit.savedMs)}`,
    started_at: now,
    ended_at: now,
    cache_hit: JSON.stringify(hit),
  });
  return { reused: true };
}

async function keyOf(
  draft: RunDraft,
  slot: number,
  shared: Map<number, SharedInputs>,
): Promise<Omit<StepLookup, 'reused'>> {
  const task = draft.task(slot);
  let prepared;
  try {
    const { tryNumber } = nextTry(draft.instance(slot));
    prepared = await prepareAttempt(draft, slot, tryNumber, shared);
  } catch (error) {
    if (isStoreError(error)) throw error;
    // Its claim meets the same, and says it.
    return {};
  }
  const files = await filesOf(draft);
  return {
    ...stepKey({ cache: task.cache!, task, prepared, files }),
    prepared,
  };
}

/** What was read in the transaction of a draft. */
const read = new WeakMap<RunDraft, KeyFile[]>();

/** The sources of the run's version: read once for all instances of a map. */
async function filesOf(draft: RunDraft): Promise<KeyFile[]> {
  const known = read.get(draft);
  if (known) return known;
  const files = await draft.ctx.db
    .table(draft.tx, 'version_files')
    .where({ version_id: draft.run.version_id })
    .select('path', 'blob_hash');
  read.set(draft, files);
  return files;
}

async function copyParts(
  draft: RunDraft,
  slot: number,
  { entry, parts }: FoundStep,
): Promise<void> {
  const { ctx, tx, now } = draft;
  const { map_index } = draft.instance(slot);
  const outputs = parts
    .filter(part => part.kind === 'output')
    .map(
      (part): OutputRow => ({
        run_id: draft.id,
        task_id: draft.task(slot).id,
        map_index,
        key: part.name,
        attempt_id: entry.attempt_id,
        value: part.value,
        blob: part.blob,
        shown: part.shown,
        size: part.size,
        created_at: now,
      }),
    );
  for (let i = 0; i < outputs.length; i += 400) {
    await ctx.db
      .table(tx, 'outputs')
      .insert(outputs.slice(i, i + 400))
      .onConflict(['run_id', 'task_id', 'map_index', 'key'])
      .merge();
  }
  const reports = parts
    .filter(part => part.kind === 'report')
    .map(
      (part): Omit<ArtifactRow, 'id'> => ({
        run_id: draft.id,
        task_no: draft.instance(slot).task_no,
        map_index,
        attempt_id: entry.attempt_id,
        name: part.name,
        title: part.title,
        content_type: part.content_type!,
        size: part.size,
        location: part.blob!,
        created_at: now,
      }),
    );
  if (reports.length === 0) return;
  const key = { run_id: draft.id, task_no: reports[0].task_no, map_index };
  const replaced = (await ctx.db
    .table(tx, 'artifacts')
    .where(key)
    .select('name', 'location')) as Array<{ name: string; location: string }>;
  const kept = new Set(reports.map(report => report.location));
  const names = new Set(reports.map(report => report.name));
  // Of an attempt before a clear: their own object goes, the shared one stays.
  await throwAway(
    ctx.db,
    tx,
    replaced
      .filter(old => names.has(old.name) && !kept.has(old.location))
      .map(old => old.location),
  );
  await ctx.db
    .table(tx, 'artifacts')
    .insert(reports as never)
    .onConflict(['run_id', 'task_no', 'map_index', 'name'])
    .merge();
}

/** Keeps the result of an attempt that succeeded, for later runs. */
export async function keepStep(
  draft: RunDraft,
  slot: number,
  attempt: AttemptRow,
): Promise<void> {
  const { cache, id } = draft.task(slot);
  if (!cache || attempt.cache_key === null) return;
  const { ctx, tx, now } = draft;
  const { map_index } = attempt;
  const outputs = (await ctx.db
    .table(tx, 'outputs')
    .where({ run_id: draft.id, task_id: id, map_index })) as OutputRow[];
  const reports = (await ctx.db.table(tx, 'artifacts').where({
    run_id: draft.id,
    task_no: attempt.task_no,
    map_index,
    attempt_id: attempt.attempt_id,
  })) as ArtifactRow[];
  const nothing = { value: null, shown: null, title: null, content_type: null };
  const parts: Array<Omit<StepCachePartRow, 'entry_id'>> = [
    ...outputs.map(({ key, value, blob, shown, size }) => ({
      ...nothing,
      kind: 'output' as const,
      name: key,
      value,
      blob,
      shown,
      size,
    })),
    ...reports.map(({ name, title, content_type, location, size }) => ({
      ...nothing,
      kind: 'report' as const,
      name,
      title,
      content_type,
      blob: location,
      size,
    })),
  ];
  const startedAt = optionalNum(attempt.started_at) ?? num(attempt.claimed_at);
  await storeStep(
    ctx.db,
    tx,
    {
      pipeline_id: draft.run.pipeline_id,
      key: attempt.cache_key,
      task_id: id,
      run_id: draft.run.run_id,
      attempt_id: attempt.attempt_id,
      duration_ms: Math.max(0, now - startedAt),
      created_at: now,
      expires_at: now + cache.ttlMs,
    },
    parts,
  );
}
