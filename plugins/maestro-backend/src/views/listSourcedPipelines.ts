import type { SourcedPipelineEntry } from '@maestro/plugin-maestro-common';
import { json, optionalText } from '../database/conversion';
import type { PipelineRow } from '../database/tables';
import type { ViewContext } from './ViewContext';

/**
 * Pipelines that come from a source and are there, by name.
 *
 * @param places - beginnings of the locations of sources
 */
export async function listSourcedPipelines(
  { db }: ViewContext,
  places: readonly string[],
): Promise<SourcedPipelineEntry[]> {
  if (places.length === 0) return [];
  const rows = (await db
    .table(db.knex, 'pipelines')
    .select(
      'name',
      'owner_ref',
      'type',
      'title',
      'description',
      'tags',
      'location',
    )
    .whereNull('removed_at')
    .whereNotNull('location')) as PipelineRow[];
  return rows
    .filter(({ location }) => places.some(place => location!.startsWith(place)))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(row => ({
      name: row.name,
      ownerRef: row.owner_ref,
      type: row.type,
      title: optionalText(row.title),
      description: optionalText(row.description),
      tags: json(row.tags),
      location: row.location!,
    }));
}
