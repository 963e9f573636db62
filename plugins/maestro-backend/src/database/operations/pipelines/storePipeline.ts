import type { PipelineDefinition } from '@maestro/plugin-maestro-common';
import { num, optionalNum } from '../../conversion';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { PipelineRow } from '../../tables';
import { writeDefinition } from '../../../pipelines/storedDefinition';

/** A pipeline as it was read, with the hashes that were computed outside. */
export interface StoredPipeline {
  definition: PipelineDefinition;
  entityRef: string;
  ownerRef: string;
  title?: string;
  description?: string;
  location?: string;
  hash: string;
  sourceRef?: string;
  files: {
    path: string;
    hash: string;
    executable: boolean;
    content: Buffer;
  }[];
}

/** Bytes of source in one insert. */
const BATCH_BYTES = 1024 * 1024;
/** Rows in one insert; SQLite takes at most 500. */
const BATCH_ROWS = 200;

/**
 * Makes what was read the current version of its pipeline. A version that was
 * current before becomes it again; nothing is ever stored twice.
 *
 * @returns the id, and whether the version is another one than before, or the
 * pipeline was gone
 */
export async function storePipeline(
  db: MaestroDatabase,
  tx: Tx,
  read: StoredPipeline,
  now: number,
): Promise<{ pipelineId: number; changed: boolean }> {
  const pipeline = await lockPipeline(db, tx, read, now);
  const pipelineId = num(pipeline.id);
  const versionId = await storeVersion(db, tx, pipelineId, read, now);
  const changed =
    optionalNum(pipeline.current_version_id) !== versionId ||
    pipeline.removed_at !== null;
  await db
    .table(tx, 'pipelines')
    .where({ id: pipelineId })
    .update({
      entity_ref: read.entityRef,
      owner_ref: read.ownerRef,
      title: read.title ?? null,
      description: read.description ?? null,
      type: read.definition.type,
      tags: JSON.stringify(read.definition.tags),
      location: read.location ?? null,
      current_version_id: versionId,
      seen_at: now,
      missing_since: null,
      removed_at: null,
      revision: num(pipeline.revision) + 1,
    });
  return { pipelineId, changed };
}

async function lockPipeline(
  db: MaestroDatabase,
  tx: Tx,
  read: StoredPipeline,
  now: number,
): Promise<PipelineRow> {
  await db
    .table(tx, 'pipelines')
    .insert({
      name: read.definition.name,
      entity_ref: read.entityRef,
      owner_ref: read.ownerRef,
      type: read.definition.type,
      tags: '[]',
      created_at: now,
      seen_at: now,
    })
    .onConflict('name')
    .ignore();
  const query = db
    .table(tx, 'pipelines')
    .where({ name: read.definition.name })
    .first();
  if (db.dialect === 'postgres') query.forUpdate();
  return (await query) as PipelineRow;
}

async function storeVersion(
  db: MaestroDatabase,
  tx: Tx,
  pipelineId: number,
  read: StoredPipeline,
  now: number,
): Promise<number> {
  const known = await db
    .table(tx, 'pipeline_versions')
    .where({ pipeline_id: pipelineId, hash: read.hash })
    .first('id');
  if (known) return num(known.id);
  const last = await db
    .table(tx, 'pipeline_versions')
    .where({ pipeline_id: pipelineId })
    .orderBy('number', 'desc')
    .first('number');
  const [inserted] = (await db
    .table(tx, 'pipeline_versions')
    .insert({
      pipeline_id: pipelineId,
      number: (last?.number ?? 0) + 1,
      hash: read.hash,
      definition: writeDefinition(read.definition),
      source_ref: read.sourceRef ?? null,
      created_at: now,
    })
    .returning('id')) as unknown as { id: number | string }[];
  const versionId = num(inserted.id);
  await insertBlobs(db, tx, read);
  for (let i = 0; i < read.files.length; i += BATCH_ROWS) {
    await db.table(tx, 'version_files').insert(
      read.files.slice(i, i + BATCH_ROWS).map(file => ({
        version_id: versionId,
        path: file.path,
        blob_hash: file.hash,
        executable: file.executable,
      })),
    );
  }
  return versionId;
}

async function insertBlobs(
  db: MaestroDatabase,
  tx: Tx,
  read: StoredPipeline,
): Promise<void> {
  const blobs = [...new Map(read.files.map(f => [f.hash, f])).values()];
  let batch: { hash: string; size: number; content: Buffer }[] = [];
  let bytes = 0;
  const flush = async () => {
    if (batch.length === 0) return;
    await db
      .table(tx, 'source_blobs')
      .insert(batch)
      .onConflict('hash')
      .ignore();
    batch = [];
    bytes = 0;
  };
  for (const { hash, content } of blobs) {
    if (bytes + content.length > BATCH_BYTES || batch.length === BATCH_ROWS) {
      await flush();
    }
    batch.push({ hash, size: content.length, content });
    bytes += content.length;
  }
  await flush();
}
