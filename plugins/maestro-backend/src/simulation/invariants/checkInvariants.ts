import type { Simulation } from '../Simulation';
import { checkAssets } from './assets';
import { checkDeferrals } from './deferrals';
import { checkFailures } from './failures';
import { checkLeftOvers } from './leftOvers';
import { countPaths } from './paths';
import { readFacts } from './Facts';
import { replayRuns } from './replay';
import { checkActiveRuns } from './activeRuns';
import { checkStepCache } from './stepCache';
import { checkBackfills } from './backfills';
import { checkCleanUp } from './cleanUp';
import { checkPast } from './past';
import { checkTicks } from './ticks';
import { checkWaits } from './waits';

/**
 * Every rule of the design that can be seen when a history is over. What can
 * only be seen while it happens (two live attempts, limits) is watched by the
 * world in which the tasks run.
 */
export async function checkInvariants(simulation: Simulation): Promise<void> {
  const { report, store } = simulation;
  const facts = await readFacts(store);
  const violate = (rule: string, detail: string) =>
    report.violate(rule, detail);
  checkTicks(facts, simulation, violate);
  checkAssets(facts, simulation.databaseNow(), violate);
  replayRuns(facts, violate);
  checkActiveRuns(facts, violate);
  checkFailures(facts, violate);
  checkStepCache(facts, violate);
  checkBackfills(facts, violate);
  checkWaits(facts, violate);
  checkDeferrals(facts, violate);
  checkCleanUp(facts, violate);
  checkPast(facts, violate);
  checkLeftOvers(facts, simulation, violate);
  countPaths(facts, (path, times) => report.took(path, times));
}

/** Tells that a rule was broken. */
export type Violate = (rule: string, detail: string) => void;
