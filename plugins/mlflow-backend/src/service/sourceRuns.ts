import { MlflowServerClient, WireRun } from '@maestro/plugin-mlflow-common';

const idsPerQuestion = 100;
const experimentsPerPage = 1_000;
const maxExperimentPages = 10;

/**
 * The runs with the given ids, by id; runs that MLflow has no more are left
 * out.
 *
 * MLflow finds runs by id only one at a time, or by a search that names the
 * experiments to look in. A page of 50 models then costs two questions
 * instead of 50: all experiments (also deleted ones, whose models live on),
 * then the runs.
 */
export async function findSourceRuns(
  client: MlflowServerClient,
  runIds: readonly (string | undefined)[],
): Promise<ReadonlyMap<string, WireRun>> {
  const wanted = [...new Set(runIds)].filter((id): id is string => !!id);
  const found = new Map<string, WireRun>();
  if (wanted.length === 0) {
    return found;
  }
  const experimentIds = await allExperimentIds(client);
  for (let start = 0; start < wanted.length; start += idsPerQuestion) {
    const { items } = await client.searchRuns({
      experimentIds,
      runIds: wanted.slice(start, start + idsPerQuestion),
      limit: idsPerQuestion,
      includeDeleted: true,
    });
    for (const run of items) {
      found.set(run.info.run_id, run);
    }
  }
  return found;
}

async function allExperimentIds(client: MlflowServerClient): Promise<string[]> {
  const ids: string[] = [];
  let pageToken: string | undefined;
  for (let pages = 0; pages < maxExperimentPages; pages++) {
    const { items, nextPageToken } = await client.searchExperiments({
      limit: experimentsPerPage,
      pageToken,
      includeDeleted: true,
    });
    ids.push(...items.map(experiment => experiment.experiment_id));
    if (!nextPageToken) {
      break;
    }
    pageToken = nextPageToken;
  }
  return ids;
}
