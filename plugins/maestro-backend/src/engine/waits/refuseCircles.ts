import { InputError } from '@backstage/errors';
import {
  MAX_SUB_RUN_DEPTH,
  type PipelineDefinition,
} from '@maestro/plugin-maestro-common';
import { optionalNum } from '../../database/conversion';
import type { RunDraft } from '../RunDraft';

/** Pipelines below one that are looked at. */
const MAX_BELOW = 200;

/**
 * No pipeline below itself: it would start runs without end, and two that wait
 * for each other could each hold the place that the other one needs.
 *
 * @param next - what is to be started
 * @throws InputError that names the circle, or how deep it is
 */
export async function refuseCircles(
  draft: RunDraft,
  next: PipelineDefinition,
): Promise<void> {
  const above = await pipelinesAbove(draft);
  const circle = await findCircle(draft, above, next);
  if (circle) {
    throw new InputError(
      `Pipeline "${circle.at(-1)}" would start itself: ${circle.join(
        ' → ',
      )}; take the task that closes the circle out`,
    );
  }
  if (draft.run.sub_depth >= MAX_SUB_RUN_DEPTH) {
    throw new InputError(
      `Runs are nested ${MAX_SUB_RUN_DEPTH} deep (${above.join(
        ' → ',
      )}), which is the limit; start "${next.name}" from further above`,
    );
  }
}

/** From the run that nobody started down to this one. */
async function pipelinesAbove({
  ctx,
  tx,
  run,
  definition,
}: RunDraft): Promise<string[]> {
  const names = [definition.name];
  let id = optionalNum(run.parent_run);
  for (let i = 0; id !== undefined && i <= MAX_SUB_RUN_DEPTH; i++) {
    const row = await ctx.db
      .table(tx, 'runs')
      .where({ id })
      .first('pipeline_id', 'parent_run');
    // Deleted meanwhile: nobody is above it any more.
    if (!row) break;
    const pipeline = await ctx.db
      .table(tx, 'pipelines')
      .where({ id: row.pipeline_id })
      .first('name');
    names.unshift(pipeline?.name ?? `#${row.pipeline_id}`);
    id = optionalNum(row.parent_run);
  }
  return names;
}

/** The circle that `next` closes, by itself or by what it waits for. */
async function findCircle(
  draft: RunDraft,
  above: readonly string[],
  next: PipelineDefinition,
): Promise<string[] | undefined> {
  const seen = new Set<string>();
  const open: Array<{ path: string[]; definition?: PipelineDefinition }> = [
    { path: [next.name], definition: next },
  ];
  for (let at = open.shift(); at; at = open.shift()) {
    const name = at.path[at.path.length - 1];
    const known = above.indexOf(name);
    if (known >= 0) return [...above.slice(known), ...at.path];
    if (seen.has(name) || seen.size >= MAX_BELOW) continue;
    seen.add(name);
    const definition = at.definition ?? (await currentOf(draft, name));
    for (const { pipeline } of definition?.tasks ?? []) {
      // One that is not waited for keeps nobody waiting; if it closes a circle,
      // it is refused when it is about to start.
      if (pipeline?.wait) open.push({ path: [...at.path, pipeline.name] });
    }
  }
  return undefined;
}

async function currentOf(
  { ctx, tx }: RunDraft,
  name: string,
): Promise<PipelineDefinition | undefined> {
  const pipeline = await ctx.db
    .table(tx, 'pipelines')
    .where({ name })
    .first('current_version_id');
  const versionId = optionalNum(pipeline?.current_version_id);
  return versionId === undefined
    ? undefined
    : ctx.versions.definition(tx, versionId);
}
