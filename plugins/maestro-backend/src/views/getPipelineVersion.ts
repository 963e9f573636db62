import { NotFoundError } from '@backstage/errors';
import type {
  PipelineVersion,
  PipelineVersionFile,
} from '@maestro/plugin-maestro-common';
import { num, optionalText } from '../database/conversion';
import { pipelineId } from './getPipeline';
import type { ViewContext } from './ViewContext';
import { readShownDefinition } from '../pipelines/storedDefinition';

/** Larger files are listed without content. */
const MAX_CONTENT_BYTES = 1024 * 1024;

/** Definition and pinned sources of a version. */
export async function getPipelineVersion(
  ctx: ViewContext,
  name: string,
  version: number,
): Promise<PipelineVersion> {
  const { db } = ctx;
  const row = await db
    .table(db.knex, 'pipeline_versions')
    .where({ pipeline_id: await pipelineId(ctx, name), number: version })
    .first();
  if (!row) {
    throw new NotFoundError(
      `Pipeline "${name}" has no version ${version}; its page lists the ones there are`,
    );
  }
  const files = (await db
    .knex('version_files')
    .join('source_blobs', 'source_blobs.hash', 'version_files.blob_hash')
    .where({ 'version_files.version_id': row.id })
    .select(
      'version_files.path',
      'source_blobs.size',
      db.knex.raw(
        'case when source_blobs.size <= ? then source_blobs.content end as content',
        [MAX_CONTENT_BYTES],
      ),
    )) as { path: string; size: number; content: Buffer | null }[];
  return {
    number: row.number,
    hash: row.hash,
    sourceRef: optionalText(row.source_ref),
    createdAt: num(row.created_at),
    definition: readShownDefinition(row.definition),
    files: files
      .sort((a, b) => (a.path < b.path ? -1 : 1))
      .map(
        ({ path, size, content }): PipelineVersionFile => ({
          path,
          size,
          content: content ? textOf(content) : undefined,
        }),
      ),
  };
}

/** Bytes as text, undefined when they are no UTF-8 or hold a NUL. */
function textOf(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Not text, as the API says it: the file comes without content.
    return undefined;
  }
}
