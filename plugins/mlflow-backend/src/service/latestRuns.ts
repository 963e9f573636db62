import { MlflowServerClient, WireRun } from '@maestro/plugin-mlflow-common';

const runsInOneQuestion = 500;
const questionsAtOnce = 4;

/**
 * The latest runs of each experiment, newest first.
 *
 * One question about all experiments usually has every answer. Only when it
 * was cut off, the experiments it left short are asked one by one, a few at a
 * time.
 */
export async function findLatestRuns(
  client: MlflowServerClient,
  experimentIds: readonly string[],
  perExperiment: number,
): Promise<ReadonlyMap<string, WireRun[]>> {
  const latest = new Map<string, WireRun[]>(experimentIds.map(id => [id, []]));
  const first = await client.searchRuns({
    experimentIds: [...experimentIds],
    limit: runsInOneQuestion,
  });
  for (const run of first.items) {
    const runs = latest.get(run.info.experiment_id);
    if (runs && runs.length < perExperiment) {
      runs.push(run);
    }
  }
  if (!first.nextPageToken) {
    return latest;
  }
  const short = experimentIds.filter(
    id => latest.get(id)!.length < perExperiment,
  );
  for (let start = 0; start < short.length; start += questionsAtOnce) {
    await Promise.all(
      short.slice(start, start + questionsAtOnce).map(async id => {
        const { items } = await client.searchRuns({
          experimentIds: [id],
          limit: perExperiment,
        });
        latest.set(id, items);
      }),
    );
  }
  return latest;
}
