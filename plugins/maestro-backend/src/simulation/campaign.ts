import { generateHistory, type HistoryLimits } from './history/generateHistory';
import { FAULT_KINDS, type FaultKind, type History } from './history/History';
import { shrinkHistory } from './history/shrinkHistory';
import type { Report, Violation } from './Report';
import { Simulation, type SimulationOptions } from './Simulation';
import type { StoreFactory } from './stores';

/** Many histories in a row, by ascending seed. */
export interface CampaignOptions extends SimulationOptions {
  stores: StoreFactory;
  from: number;
  histories: number;
  limits: HistoryLimits;
  /** Stops at the first history that breaks a rule. */
  stopAtFirst?: boolean;
  /** Called after each history. */
  onHistory?(done: number): void;
}

/** A history that broke a rule. */
export interface Failure {
  seed: number;
  violation: Violation;
}

/** What a campaign showed. */
export interface CampaignResult {
  histories: number;
  operations: number;
  runs: number;
  attempts: number;
  /** How often each kind of fault happened, all kinds named. */
  faults: Map<FaultKind, number>;
  /** How often each path of the engine was taken. */
  paths: Map<string, number>;
  failures: Failure[];
}

/** Plays one history on a fresh store. */
export async function playHistory(
  history: History,
  stores: StoreFactory,
  options: SimulationOptions = {},
): Promise<Report> {
  return new Simulation(history, await stores.open(), options).run();
}

/** Plays the histories of many seeds. */
export async function runCampaign(
  options: CampaignOptions,
): Promise<CampaignResult> {
  const { stores, from, histories, limits, stopAtFirst, onHistory } = options;
  const result: CampaignResult = {
    histories: 0,
    operations: 0,
    runs: 0,
    attempts: 0,
    faults: new Map(
      (Object.keys(FAULT_KINDS) as FaultKind[]).map(kind => [kind, 0]),
    ),
    paths: new Map(),
    failures: [],
  };
  const { faults, paths } = result;
  for (let seed = from; seed < from + histories; seed++) {
    const history = generateHistory(seed, limits);
    const report = await playHistory(history, stores, options);
    result.histories += 1;
    result.operations += report.operations;
    report.faults.forEach((times, kind) =>
      faults.set(kind, (faults.get(kind) ?? 0) + times),
    );
    report.paths.forEach((times, path) =>
      paths.set(path, (paths.get(path) ?? 0) + times),
    );
    if (report.failed) {
      result.failures.push({ seed, violation: report.violations[0] });
      if (stopAtFirst) break;
    }
    onHistory?.(result.histories);
  }
  result.runs = paths.get('event run_created') ?? 0;
  result.attempts = paths.get('attempt') ?? 0;
  return result;
}

/** The smallest history found that breaks the same rule as that of a seed. */
export async function shrinkSeed(
  options: Pick<CampaignOptions, 'stores' | 'limits' | 'adjust'> & {
    seed: number;
    budget?: number;
  },
): Promise<{ history: History; violation: Violation } | undefined> {
  const { stores, adjust, seed, limits, budget } = options;
  const whole = generateHistory(seed, limits);
  const first = await playHistory(whole, stores, { adjust });
  if (!first.failed) return undefined;
  let violation = first.violations[0];
  const { rule } = violation;
  const history = await shrinkHistory(
    whole,
    async candidate => {
      const report = await playHistory(candidate, stores, { adjust });
      const found = report.violations.find(other => other.rule === rule);
      if (found) violation = found;
      return found !== undefined;
    },
    budget,
  );
  return { history, violation };
}
