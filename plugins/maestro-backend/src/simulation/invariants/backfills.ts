import {
  dueTimes,
  isInLogicalRange,
  logicalDate,
} from '@maestro/plugin-maestro-common';
import { num, optionalNum } from '../../database/conversion';
import { logicalRange } from '../../database/operations/backfills/backfillRows';
import type { BackfillRow, RunRow } from '../../database/tables';
import type { Violate } from './checkInvariants';
import type { Facts } from './Facts';

const RULE = 'every due time of a backfill has exactly one outcome';

/**
 * Backfills that are over: each due time of the range is a member with one
 * outcome, each run belongs to one member; and while it went on, never more of
 * its runs than it allows and never two of one due time ran at once.
 */
export function checkBackfills(facts: Facts, violate: Violate): void {
  for (const backfill of facts.backfills)
    checkMembers(facts, backfill, violate);
  const ofMember = new Map<number, string>();
  for (const member of facts.members) {
    const runId = optionalNum(member.run_id);
    if ((member.outcome === 'run') !== (runId !== undefined)) {
      violate(RULE, `${member.due_at} is ${member.outcome}, its run ${runId}`);
    }
    if (runId === undefined) continue;
    if (ofMember.has(runId)) {
      violate(RULE, `run ${runId} belongs to two due times`);
    }
    ofMember.set(
      runId,
      `${member.pipeline_id}/${member.schedule_id}/${num(member.due_at)}`,
    );
    const run = facts.runs.find(row => num(row.id) === runId);
    const schedule =
      run &&
      facts
        .definitionOf(num(run.version_id))
        .schedules.find(({ id }) => id === member.schedule_id);
    if (
      !run ||
      !schedule ||
      num(run.backfill_id!) !== num(member.backfill_id) ||
      num(run.logical_date!) !== logicalDate(schedule, num(member.due_at))
    ) {
      violate(RULE, `run ${run?.run_key ?? runId} is not that of its due time`);
    }
  }
  for (const run of facts.runs) {
    if ((run.trigger === 'backfill') !== ofMember.has(num(run.id))) {
      violate(RULE, `run ${run.run_key} has no due time in a backfill`);
    }
    if (run.trigger === 'backfill' && run.sla_state !== 'none') {
      violate('a backfill has no SLA', run.run_key);
    }
  }
  checkAtOnce(facts, ofMember, violate);
}

function checkMembers(
  facts: Facts,
  backfill: BackfillRow,
  violate: Violate,
): void {
  const where = `backfill ${backfill.id} (${backfill.state})`;
  const members = facts.members
    .filter(member => num(member.backfill_id) === num(backfill.id))
    .sort((a, b) => num(a.due_at) - num(b.due_at));
  if (members.some(({ outcome }) => outcome === 'waiting')) {
    violate(RULE, `${where} has due times that still wait`);
  }
  const schedule = facts
    .definitionOf(num(backfill.version_id))
    .schedules.find(({ id }) => id === backfill.schedule_id)!;
  const logical = logicalRange(backfill);
  const due = dueTimes(
    schedule,
    num(backfill.range_from) - 1,
    num(backfill.range_to),
    100_000,
  ).filter(at => !logical || isInLogicalRange(schedule, at, logical));
  const own = members.map(member => num(member.due_at));
  // One that was cancelled may not have come to the end of its range.
  const wanted = backfill.state === 'done' ? due : due.slice(0, own.length);
  if (JSON.stringify(own) !== JSON.stringify(wanted)) {
    violate(RULE, `${where} has members ${own}, due were ${due}`);
  }
  if (due.length !== backfill.total) {
    violate(RULE, `${where} counted ${backfill.total} of ${due.length}`);
  }
}

function checkAtOnce(
  facts: Facts,
  dueOf: ReadonlyMap<number, string>,
  violate: Violate,
): void {
  const runs = new Map(facts.runs.map(run => [num(run.id), run]));
  const running = new Map<number, RunRow>();
  for (const event of facts.events) {
    const id = num(event.run_id);
    const run = runs.get(id)!;
    if (run.backfill_id === null) continue;
    if (event.type === 'run_finished') running.delete(id);
    if (event.type !== 'run_started') continue;
    running.set(id, run);
    const others = [...running.values()];
    const same = others.filter(
      other => dueOf.get(num(other.id)) === dueOf.get(id),
    );
    if (same.length > 1) {
      violate(
        'a due time has at most one live run of backfills',
        same.map(other => other.run_key).join(' and '),
      );
    }
    const backfill = facts.backfills.find(
      row => num(row.id) === num(run.backfill_id!),
    )!;
    const own = others.filter(
      other => num(other.backfill_id!) === num(backfill.id),
    );
    if (own.length > backfill.max_active) {
      violate(
        'limits are never exceeded',
        `${own.length} runs of backfill ${backfill.id} are active, it allows ${backfill.max_active}`,
      );
    }
  }
}
