import { NotFoundError } from '@backstage/errors';
import type { PipelineDefinition } from '@maestro/plugin-maestro-common';
import type { SourceFile } from '@maestro/plugin-maestro-node';
import type { Knex } from 'knex';
import { bool, json } from '../database/conversion';
import type { MaestroDatabase, Tx } from '../database/MaestroDatabase';

/** Definitions kept in memory: small, and read by every step. */
const DEFINITIONS = 1_000;
/** Source trees kept in memory: up to 20 MiB each, read by launches. */
const TREES = 20;

/** Immutable versions through a cache: what was read once is right for ever. */
export class VersionStore {
  private readonly definitions = new Map<number, PipelineDefinition>();
  private readonly trees = new Map<
    number,
    Promise<{ versionHash: string; files: SourceFile[] }>
  >();

  constructor(private readonly db: MaestroDatabase) {}

  /** @throws NotFoundError */
  async definition(
    tx: Tx | Knex,
    versionId: number,
  ): Promise<PipelineDefinition> {
    const known = this.definitions.get(versionId);
    if (known) return known;
    const row = await this.db
      .table(tx, 'pipeline_versions')
      .where({ id: versionId })
      .first('definition');
    if (!row) throw new NotFoundError(`Version ${versionId} does not exist`);
    const definition = json<PipelineDefinition>(row.definition);
    keep(this.definitions, versionId, definition, DEFINITIONS);
    return definition;
  }

  /** The pinned sources of a version. Must not be called in a transaction. */
  async sources(
    versionId: number,
  ): Promise<{ versionHash: string; files: SourceFile[] }> {
    const known = this.trees.get(versionId);
    if (known) return known;
    const reading = this.read(versionId);
    keep(this.trees, versionId, reading, TREES);
    // A read that failed is no fact about the version.
    reading.catch(() => this.trees.delete(versionId));
    return reading;
  }

  private async read(versionId: number) {
    const { db } = this;
    const version = await db
      .table(db.knex, 'pipeline_versions')
      .where({ id: versionId })
      .first('hash');
    if (!version) {
      throw new NotFoundError(`Version ${versionId} does not exist`);
    }
    const rows = await db
      .knex('version_files as f')
      .join('source_blobs as b', 'b.hash', 'f.blob_hash')
      .where('f.version_id', versionId)
      .orderBy('f.path')
      .select('f.path', 'f.executable', 'b.content');
    return {
      versionHash: version.hash as string,
      files: rows.map(row => ({
        path: row.path as string,
        content: row.content as Buffer,
        executable: bool(row.executable),
      })),
    };
  }
}

function keep<V>(map: Map<number, V>, id: number, value: V, most: number) {
  map.set(id, value);
  if (map.size > most) map.delete(map.keys().next().value!);
}
