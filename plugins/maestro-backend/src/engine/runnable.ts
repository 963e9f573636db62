import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import {
  formatProblem,
  type PipelineDefinition,
  resolveParams,
} from '@maestro/plugin-maestro-common';
import type { Knex } from 'knex';
import { num, optionalNum } from '../database/conversion';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import type { PipelineRow } from '../database/tables';

/**
 * A pipeline of which runs may be created, and its current version.
 *
 * @throws NotFoundError without such a pipeline, or a valid version of it
 * @throws ConflictError when the catalog has it no more
 */
export async function runnablePipeline(
  db: MaestroDatabase,
  tx: Knex,
  name: string,
): Promise<{ pipelineId: number; versionId: number }> {
  const pipeline = (await db.table(tx, 'pipelines').where({ name }).first()) as
    | PipelineRow
    | undefined;
  const versionId = optionalNum(pipeline?.current_version_id);
  if (!pipeline || versionId === undefined) {
    throw new NotFoundError(
      `Pipeline "${name}" does not exist, or has no valid version yet`,
    );
  }
  if (pipeline.removed_at !== null) {
    throw new ConflictError(
      `Pipeline "${name}" was removed from the catalog; register it again to run it`,
    );
  }
  return { pipelineId: num(pipeline.id), versionId };
}

/**
 * Params of a run that somebody asks for, with their defaults.
 *
 * @throws InputError with `problems`, which the API hands on, place by place,
 * to the form
 */
export function askedParams(
  { name, params }: PipelineDefinition,
  given: Record<string, unknown> | undefined,
): Record<string, unknown> {
  const resolved = resolveParams(params, given);
  if (resolved.ok) return resolved.params;
  const { problems } = resolved;
  throw Object.assign(
    new InputError(
      `The params of "${name}" are wrong: ${problems
        .map(problem => formatProblem(problem))
        .join('; ')}`,
    ),
    { problems },
  );
}
