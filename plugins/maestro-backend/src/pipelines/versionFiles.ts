import { NotFoundError } from '@backstage/errors';
import type { PipelineDefinition } from '@maestro/plugin-maestro-common';
import type { SourceFile } from '@maestro/plugin-maestro-node';
import type { Knex } from 'knex';
import { bool } from '../database/conversion';
import type { MaestroDatabase, Tx } from '../database/MaestroDatabase';
import { readVersionFiles } from '../database/operations/pipelines/readVersionFiles';
import { readDefinition } from './storedDefinition';

/** A version with everything that a run needs of it. */
export interface LoadedVersion {
  definition: PipelineDefinition;
  hash: string;
  files: SourceFile[];
}

const KEPT_DEFINITIONS = 500;
const KEPT_SOURCE_BYTES = 64 * 1024 * 1024;

/**
 * Immutable versions, read once and kept while they are used: a chain of 40
 * tasks reads its sources once.
 */
export class PipelineVersions {
  /** Latest used last. */
  private readonly definitions = new Map<number, PipelineDefinition>();
  private readonly loaded = new Map<
    number,
    { size: number; version: Omit<LoadedVersion, 'definition'> }
  >();
  private loadedBytes = 0;

  constructor(private readonly options: { db: MaestroDatabase }) {}

  /** @throws NotFoundError */
  async definition(
    tx: Tx | Knex,
    versionId: number,
  ): Promise<PipelineDefinition> {
    const known = this.definitions.get(versionId);
    if (known) {
      touch(this.definitions, versionId, known);
      return known;
    }
    const { db } = this.options;
    const row = await db
      .table(tx, 'pipeline_versions')
      .where({ id: versionId })
      .first('definition');
    if (!row) throw gone(versionId);
    const definition = readDefinition(row.definition);
    this.definitions.set(versionId, definition);
    if (this.definitions.size > KEPT_DEFINITIONS) {
      this.definitions.delete(this.definitions.keys().next().value!);
    }
    return definition;
  }

  /**
   * Source files, for a launch. Never inside a transaction.
   *
   * @throws NotFoundError
   */
  async sources(
    versionId: number,
  ): Promise<{ versionHash: string; files: SourceFile[] }> {
    const { hash, files } = await this.files(versionId);
    return { versionHash: hash, files };
  }

  /** @throws NotFoundError */
  async load(versionId: number): Promise<LoadedVersion> {
    return {
      definition: await this.definition(this.options.db.knex, versionId),
      ...(await this.files(versionId)),
    };
  }

  private async files(versionId: number) {
    const known = this.loaded.get(versionId);
    if (known) {
      touch(this.loaded, versionId, known);
      return known.version;
    }
    const { db } = this.options;
    const row = await db
      .table(db.knex, 'pipeline_versions')
      .where({ id: versionId })
      .first('hash');
    if (!row) throw gone(versionId);
    const rows = await readVersionFiles(db, db.knex, versionId);
    const files = rows.map(file => ({
      path: file.path,
      content: file.content,
      executable: bool(file.executable),
    }));
    const version = { hash: row.hash, files };
    const size = files.reduce((sum, file) => sum + file.content.length, 0);
    // Read by two at once: counted once.
    if (!this.loaded.has(versionId)) {
      this.loaded.set(versionId, { size, version });
      this.loadedBytes += size;
    }
    while (this.loadedBytes > KEPT_SOURCE_BYTES && this.loaded.size > 1) {
      const [oldest, { size: freed }] = this.loaded.entries().next().value!;
      this.loaded.delete(oldest);
      this.loadedBytes -= freed;
    }
    return version;
  }
}

function touch<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key);
  map.set(key, value);
}

function gone(versionId: number): NotFoundError {
  return new NotFoundError(
    `Version ${versionId} does not exist; was its pipeline deleted?`,
  );
}
