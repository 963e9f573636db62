import type { PipelineDefinition } from '@maestro/plugin-maestro-common';
import { num } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { PipelineRow } from '../../tables';

/** A valid pipeline as it was read from one tree. */
export interface ReadPipeline {
  entityRef: string;
  title?: string;
  location: string;
  definition: PipelineDefinition;
  hash: string;
  sourceRef?: string;
  files: Array<{
    path: string;
    executable: boolean;
    content: Buffer;
    contentHash: string;
  }>;
}

/**
 * Stores a read as the current version. What exists with the same hash becomes
 * current again, so that going back to an older commit makes no new version.
 *
 * @returns whether the current version changed
 */
export async function storeVersion(
  db: MaestroDatabase,
  tx: Tx,
  read: ReadPipeline,
): Promise<{ pipelineId: number; changed: boolean }> {
  const now = await db.now(tx);
  const pipeline = await upsertPipeline(db, tx, read, now);
  const pipelineId = num(pipeline.id);
  const existing = await db
    .table(tx, 'pipeline_versions')
    .where({ pipeline_id: pipelineId, hash: read.hash })
    .first('id');
  const versionId = existing
    ? num(existing.id)
    : await insertVersion(db, tx, pipelineId, read, now);
  const changed =
    pipeline.current_version_id === null ||
    num(pipeline.current_version_id) !== versionId ||
    pipeline.removed_at !== null;
  if (changed) {
    await db
      .table(tx, 'pipelines')
      .where({ id: pipelineId })
      .update({
        current_version_id: versionId,
        missing_since: null,
        removed_at: null,
        revision: num(pipeline.revision) + 1,
      });
  }
  return { pipelineId, changed };
}

async function upsertPipeline(
  db: MaestroDatabase,
  tx: Tx,
  read: ReadPipeline,
  now: number,
): Promise<PipelineRow> {
  const { definition } = read;
  const facts = {
    entity_ref: read.entityRef,
    owner_ref: definition.owner,
    title: read.title ?? null,
    description: definition.description ?? null,
    type: definition.type,
    tags: JSON.stringify(definition.tags),
    location: read.location,
    seen_at: now,
    missing_since: null,
  };
  await db
    .table(tx, 'pipelines')
    .insert({ name: definition.name, created_at: now, ...facts } as never)
    .onConflict('name')
    .merge(Object.keys(facts) as never);
  const query = db
    .table(tx, 'pipelines')
    .where({ name: definition.name })
    .first();
  if (db.dialect === 'postgres') query.forUpdate();
  return (await query) as PipelineRow;
}

async function insertVersion(
  db: MaestroDatabase,
  tx: Tx,
  pipelineId: number,
  read: ReadPipeline,
  now: number,
): Promise<number> {
  const last = (await db
    .table(tx, 'pipeline_versions')
    .where({ pipeline_id: pipelineId })
    .max({ number: 'number' })
    .first()) as unknown as { number: number | null };
  const [row] = await db
    .table(tx, 'pipeline_versions')
    .insert({
      pipeline_id: pipelineId,
      number: (last.number ?? 0) + 1,
      hash: read.hash,
      definition: JSON.stringify(read.definition),
      source_ref: read.sourceRef ?? null,
      created_at: now,
    } as never)
    .returning('id');
  const versionId = num((row as unknown as { id: number }).id);
  for (const file of read.files) {
    await db
      .table(tx, 'source_blobs')
      .insert({
        hash: file.contentHash,
        size: file.content.length,
        content: file.content,
      })
      .onConflict('hash')
      .ignore();
  }
  const files = read.files.map(file => ({
    version_id: versionId,
    path: file.path,
    blob_hash: file.contentHash,
    executable: file.executable,
  }));
  for (let i = 0; i < files.length; i += 400) {
    await db.table(tx, 'version_files').insert(files.slice(i, i + 400));
  }
  return versionId;
}
