import type { MaestroClient, RunSummary } from '@maestro/plugin-maestro-common';
import { CommandError, EXIT } from './outcome';
import { localTime } from './output/format';

const RUN_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const LATEST = '@latest';
const PAGE = 500;
/** A part of an id is looked for in this many of the newest runs. */
const SEARCHED_RUNS = 5_000;

/** How a run may be named; for the help of commands. */
export const RUN_HELP =
  'a run id, its first or last characters, or PIPELINE@latest';

/**
 * The id of the run that is meant.
 *
 * @throws CommandError (3) when there is none, (2) when there are several
 */
export async function resolveRun(
  client: MaestroClient,
  reference: string,
): Promise<string> {
  if (RUN_ID.test(reference)) return reference;
  if (reference.endsWith(LATEST)) {
    return latestRun(client, reference.slice(0, -LATEST.length));
  }
  const part = reference.toLowerCase();
  if (part.length < 3) {
    throw new CommandError(
      EXIT.usage,
      `"${reference}" is too short to tell runs apart: at least 3 characters of a run id, or PIPELINE@latest`,
    );
  }
  const found: RunSummary[] = [];
  let searched = 0;
  let cursor: string | undefined;
  do {
    const page = await client.listRuns({ limit: PAGE, cursor });
    found.push(
      ...page.items.filter(
        ({ runId }) => runId.startsWith(part) || runId.endsWith(part),
      ),
    );
    searched += page.items.length;
    cursor = page.nextCursor;
  } while (cursor && searched < SEARCHED_RUNS);
  if (found.length === 1) return found[0].runId;
  if (found.length === 0) {
    throw new CommandError(
      EXIT.notFound,
      `No run "${reference}" among the newest ${searched}; "maestro runs list" shows them, and a whole run id finds any`,
    );
  }
  throw new CommandError(
    EXIT.usage,
    `"${reference}" fits ${found.length} runs; which one?`,
    found.slice(0, 10).map(run => ({
      path: run.runId,
      message: `${run.pipeline}, ${run.state}, ${localTime(run.runAfter)}`,
    })),
  );
}

async function latestRun(
  client: MaestroClient,
  pipeline: string,
): Promise<string> {
  const { items } = await client.listRuns({
    ...(pipeline ? { pipeline } : {}),
    limit: 1,
  });
  if (items.length > 0) return items[0].runId;
  // Tells a pipeline without runs from one that does not exist.
  if (pipeline) await client.getPipeline(pipeline);
  throw new CommandError(
    EXIT.notFound,
    pipeline
      ? `Pipeline "${pipeline}" has no run yet; "maestro trigger ${pipeline}" starts one`
      : 'There is no run yet',
  );
}
