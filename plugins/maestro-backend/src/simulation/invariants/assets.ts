import {
  type AssetCondition,
  MAX_SHOWN_ASSET_EVENTS,
  type AssetPart,
} from '@maestro/plugin-maestro-common';
import { num, optionalNum } from '../../database/conversion';
import type { AssetOutcomeRow } from '../../database/tables';
import { deferralOf } from '../../engine/triggers/deferralRecord';
import type { Violate } from './checkInvariants';
import type { Facts } from './Facts';

const OUTCOMES = 'every asset event has exactly one outcome for each schedule';
const RUNS = 'no asset run without its events';
const PARTITIONS = 'a run of a partition has the events of that partition';
const COOLDOWN = 'at most one asset run in a cool-down';
const EVENTS = 'an attempt that succeeds gives each of its assets one event';

const ascending = (a: number, b: number) => a - b;

/**
 * What asset events did, and that attempts gave those they had to.
 *
 * @param now - of the database: its clock may have gone back, and what an event
 * starts is decided when it has come to that time again
 */
export function checkAssets(facts: Facts, now: number, violate: Violate): void {
  checkProduced(facts, violate);
  const undecided = new Set(
    facts.timers
      .filter(timer => timer.kind === 'asset' && num(timer.due_at) > now)
      .map(timer => timer.ref),
  );
  const runs = new Map(facts.runs.map(run => [num(run.id), run]));
  const taken = new Set<number>();
  for (const pipeline of facts.pipelines) {
    const definition = facts.definitionOf(num(pipeline.current_version_id!));
    for (const schedule of definition.schedules) {
      const outcomes = facts.assetOutcomes.filter(
        row =>
          num(row.pipeline_id) === num(pipeline.id) &&
          row.schedule_id === schedule.id,
      );
      const where = `${pipeline.name}/${schedule.id}`;
      const names = schedule.assets?.names ?? [];
      const awaited = facts.assetEvents
        .filter(event => names.includes(event.asset))
        .map(event => num(event.id))
        .filter(id => !undecided.has(`${id}/${pipeline.id}/${schedule.id}`));
      const decided = outcomes.map(row => num(row.event_id)).sort(ascending);
      if (decided.join() !== awaited.sort(ascending).join()) {
        violate(OUTCOMES, `${where}: events ${awaited}, outcomes ${decided}`);
      }
      for (const [key, waiting] of waitingByPartition(outcomes)) {
        const has = assetsThere(facts, schedule.assets, waiting);
        if (schedule.assets && holds(schedule.assets, has)) {
          violate(
            OUTCOMES,
            `${where} waits although nothing is missing of ${key}`,
          );
        }
      }
      for (const [runId, own] of byRun(outcomes)) {
        const run = runs.get(runId);
        if (run?.trigger !== 'asset' || taken.has(runId)) {
          violate(RUNS, `${where}: run ${runId} is not that of these events`);
        }
        taken.add(runId);
        const odd = own.find(row => row.partition_key !== run?.partition_key);
        const isOfPartition = run?.partition_key !== null;
        if (odd || isOfPartition !== Boolean(schedule.assets?.partitions)) {
          violate(
            PARTITIONS,
            `${where}: run ${runId} is about ${run?.partition_key}, and has an event of ${odd?.partition_key}`,
          );
        }
        const has = assetsThere(facts, schedule.assets, own);
        if (schedule.assets && !holds(schedule.assets, has)) {
          violate(RUNS, `${where}: run ${runId} has only ${[...has]}`);
        }
        const pinned = facts.runAssetEvents
          .filter(row => num(row.run_id) === runId)
          .map(row => num(row.event_id));
        const newest = own
          .map(row => num(row.event_id))
          .sort(ascending)
          .slice(-MAX_SHOWN_ASSET_EVENTS);
        if (pinned.sort(ascending).join() !== newest.join()) {
          violate(RUNS, `${where}: run ${runId} sees ${pinned}`);
        }
      }
      const starts = [...byRun(outcomes).values()]
        .map(([row]) => num(row.decided_at))
        .sort(ascending);
      const tooSoon = starts.find(
        (at, i) => i > 0 && at - starts[i - 1] < (schedule.cooldownMs ?? 0),
      );
      if (tooSoon !== undefined) {
        violate(COOLDOWN, `${where}: ${starts.map(at => at - starts[0])}`);
      }
    }
  }
  for (const run of facts.runs) {
    if (run.trigger === 'asset' && !taken.has(num(run.id))) {
      violate(RUNS, `run ${run.run_key} has none`);
    }
  }
}

/** What waits, by the partition of the run that it waits for. */
function waitingByPartition(
  outcomes: readonly AssetOutcomeRow[],
): Map<string | null, AssetOutcomeRow[]> {
  const waiting = new Map<string | null, AssetOutcomeRow[]>();
  for (const row of outcomes) {
    if (row.outcome !== 'waiting') continue;
    const key = row.partition_key;
    waiting.set(key, [...(waiting.get(key) ?? []), row]);
  }
  return waiting;
}

/** Assets of some events; those that roll up, where enough keys are there. */
function assetsThere(
  facts: Facts,
  condition: AssetCondition | undefined,
  rows: readonly AssetOutcomeRow[],
): Set<string> {
  const all = [...new Set(rows.map(row => row.asset))];
  const { mapper: others, mappers = {} } = condition?.partitions ?? {};
  return new Set(
    all.filter(asset => {
      const mapper = mappers[asset] ?? others;
      if (mapper?.map !== 'rollup' || !('keys' in mapper.window)) return true;
      const ids = rows
        .filter(row => row.asset === asset)
        .map(row => num(row.event_id));
      const keys = facts.assetEvents
        .filter(event => ids.includes(num(event.id)))
        .map(event => event.partition_key);
      const there = mapper.window.keys.filter(key => keys.includes(key));
      return there.length >= (mapper.least ?? mapper.window.keys.length);
    }),
  );
}

/** As a reader understands a condition, not as the core decides. */
function holds(
  {
    mode,
    names,
    parts = names,
  }: { mode: string; names?: string[]; parts?: AssetPart[] },
  has: ReadonlySet<string>,
): boolean {
  const each = (parts ?? []).map(part =>
    typeof part === 'string' ? has.has(part) : holds(part, has),
  );
  return mode === 'all' ? !each.includes(false) : each.includes(true);
}

function byRun(
  outcomes: readonly AssetOutcomeRow[],
): Map<number, AssetOutcomeRow[]> {
  const runs = new Map<number, AssetOutcomeRow[]>();
  for (const row of outcomes) {
    const id = optionalNum(row.run_id);
    if (row.outcome === 'run') runs.set(id!, [...(runs.get(id!) ?? []), row]);
  }
  return runs;
}

function checkProduced(facts: Facts, violate: Violate): void {
  const runs = new Map(facts.runs.map(run => [num(run.id), run]));
  const expected = facts.attempts.flatMap(attempt => {
    const isTaken = /^(cleared$|marked )/.test(attempt.cancel_reason ?? '');
    if (attempt.result !== 'success' || isTaken) return [];
    // Its task was not over with it.
    if (deferralOf(attempt)) return [];
    const run = runs.get(num(attempt.run_id))!;
    const task = facts.definitionOf(num(run.version_id)).tasks[attempt.task_no];
    return (task.produces ?? []).map(
      ({ asset }) => `${attempt.attempt_id} ${asset} ${run.partition_key}`,
    );
  });
  const found = facts.assetEvents
    .filter(event => event.source === 'task')
    .map(event => `${event.attempt_id} ${event.asset} ${event.partition_key}`);
  if (found.sort().join() !== expected.sort().join()) {
    violate(EVENTS, `expected ${expected}, found ${found}`);
  }
}
