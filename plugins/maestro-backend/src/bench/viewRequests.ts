import type { MaestroDatabase } from '../database/MaestroDatabase';
import { getGrid } from '../views/getGrid';
import { listPipelines } from '../views/listPipelines';
import { listRuns } from '../views/listRuns';
import { VersionFactsCache } from '../views/VersionFactsCache';
import { sleep } from './benchEngine';

/** Time between the questions of somebody who looks at the portal. */
const EVERY_MS = 50;

/**
 * Asks what pages ask while something else works, one after another: the list
 * of pipelines, the first page of runs and the grid of a pipeline.
 *
 * @returns a function that stops, and gives milliseconds from when each was to
 * be asked to its answer: waiting for the process counts
 */
export function askViews(
  db: MaestroDatabase,
  pipeline: string,
): () => Promise<number[]> {
  const views = { db, versions: new VersionFactsCache(db) };
  const questions = [
    () => listPipelines(views),
    () => listRuns(views, { limit: 50 }),
    () => getGrid(views, pipeline, { limit: 50 }),
  ];
  const took: number[] = [];
  let stopped = false;
  const asking = (async () => {
    for (let no = 0; !stopped; no++) {
      const due = performance.now() + EVERY_MS;
      await sleep(EVERY_MS);
      await questions[no % questions.length]();
      took.push(performance.now() - due);
    }
  })();
  return async () => {
    stopped = true;
    await asking;
    return took;
  };
}
