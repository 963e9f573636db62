import { NotFoundError } from '@backstage/errors';
import {
  launches,
  nextLaunch,
  type ScheduleDefinition,
  type ApiProblem,
  type PipelineDetail,
} from '@maestro/plugin-maestro-common';
import { json, num, optionalText } from '../database/conversion';
import type { ViewContext } from './ViewContext';
import { listPipelines } from './listPipelines';
import { readShownDefinition } from '../pipelines/storedDefinition';

/** How many due times the page shows. */
const NEXT_DUE_TIMES = 5;

/**
 * A pipeline with its current definition.
 *
 * @throws NotFoundError also for one that was never valid, with its problem
 */
export async function getPipeline(
  ctx: ViewContext,
  name: string,
): Promise<PipelineDetail> {
  const { db } = ctx;
  const row = await db.table(db.knex, 'pipelines').where({ name }).first();
  const problemRow = await db
    .table(db.knex, 'pipeline_problems')
    .where(row ? { entity_ref: row.entity_ref } : { name })
    .first();
  const problems: ApiProblem[] = problemRow ? json(problemRow.problems) : [];
  const version =
    row &&
    row.current_version_id !== null &&
    (await db
      .table(db.knex, 'pipeline_versions')
      .where({ id: row.current_version_id })
      .first());
  if (!row || !version) {
    throw unknownPipeline(name, problems[0]);
  }
  const [summary] = await listPipelines(ctx, { name });
  const definition: PipelineDetail['definition'] = readShownDefinition(
    version.definition,
  );
  const now = await db.now();
  const stopped = summary.paused || summary.removed;
  const nextDueTimes = stopped
    ? []
    : definition.schedules
        .flatMap(schedule =>
          nextStarts(definition.name, schedule, now, NEXT_DUE_TIMES),
        )
        .sort((a, b) => a - b)
        .slice(0, NEXT_DUE_TIMES);
  return {
    ...summary,
    definition,
    location: optionalText(row.location),
    sourceRef: optionalText(version.source_ref),
    versionCreatedAt: num(version.created_at),
    nextDueTimes,
    problems: problems.length > 0 ? problems : undefined,
  };
}

/** When its next runs start: later than they are due where it has a jitter. */
function nextStarts(
  name: string,
  schedule: ScheduleDefinition,
  now: number,
  count: number,
): number[] {
  const first = nextLaunch(name, schedule, now);
  return first
    ? launches(name, schedule, first.due - 1, Infinity, count).map(
        ({ at }) => at,
      )
    : [];
}

/**
 * The id of a pipeline.
 *
 * @throws NotFoundError
 */
export async function pipelineId(
  { db }: ViewContext,
  name: string,
): Promise<number> {
  const row = await db
    .table(db.knex, 'pipelines')
    .where({ name })
    .select('id')
    .first();
  if (!row) throw unknownPipeline(name, undefined);
  return num(row.id);
}

function unknownPipeline(name: string, problem: ApiProblem | undefined) {
  return problem
    ? new NotFoundError(
        `Pipeline "${name}" has no version that can run: ${problem.path}: ${problem.message}. Correct its entity; the list of problems shows the file`,
      )
    : new NotFoundError(
        `There is no pipeline "${name}". Is its entity registered in the catalog? A new one is read within 30 seconds, or at once by "refresh"`,
      );
}
