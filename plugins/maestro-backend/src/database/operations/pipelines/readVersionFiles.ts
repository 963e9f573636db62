import type { Knex } from 'knex';
import type { MaestroDatabase, Tx } from '../../MaestroDatabase';
import type { DbBool } from '../../tables';

/** The tree of a version with contents, by path. */
export async function readVersionFiles(
  _db: MaestroDatabase,
  tx: Tx | Knex,
  versionId: number,
): Promise<{ path: string; executable: DbBool; content: Buffer }[]> {
  return tx('version_files')
    .join('source_blobs', 'source_blobs.hash', 'version_files.blob_hash')
    .where('version_files.version_id', versionId)
    .orderBy('version_files.path')
    .select(
      'version_files.path',
      'version_files.executable',
      'source_blobs.content',
    );
}
