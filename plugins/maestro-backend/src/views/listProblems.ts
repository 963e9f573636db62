import type { PipelineProblems } from '@maestro/plugin-maestro-common';
import { json, num, optionalText } from '../database/conversion';
import type { ViewContext } from './ViewContext';

/** Pipelines whose entity is invalid now, by name. */
export async function listProblems({
  db,
}: ViewContext): Promise<PipelineProblems[]> {
  const rows = (await db
    .knex('pipeline_problems as b')
    .leftJoin('pipelines as p', 'p.entity_ref', 'b.entity_ref')
    .leftJoin('pipeline_versions as v', 'v.id', 'p.current_version_id')
    .select(
      'b.entity_ref',
      'b.name',
      'b.location',
      'b.problems',
      'b.since',
      'v.number',
    )) as {
    entity_ref: string;
    name: string;
    location: string | null;
    problems: string;
    since: number | string;
    number: number | null;
  }[];
  return rows
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(row => ({
      name: row.name,
      entityRef: row.entity_ref,
      location: optionalText(row.location),
      since: num(row.since),
      problems: json(row.problems),
      lastGoodVersion: row.number ?? undefined,
    }));
}
