import {
  canTransition,
  decideRunState,
  groupMembers,
  isLiveTaskState,
  mappedGroupOf,
  mappedState,
  parseIndices,
  planInstances,
  planTasks,
  type GroupRetries,
  type PipelineDefinition,
  type TaskState,
} from '@maestro/plugin-maestro-common';
import { num } from '../../database/conversion';
import type { EventRow, RunRow } from '../../database/tables';
import type { Violate } from './checkInvariants';
import type { Facts } from './Facts';
import { ReplayedGroups } from './ReplayedGroups';
import { ReplayedStates } from './ReplayedStates';

interface Transition {
  task: string;
  /** Of the instances of a mapped task, `0-3,7`. */
  indices?: string;
  from: TaskState;
  to: TaskState;
  reason?: string;
}

/**
 * Plays the events of each run again. Every change of state must begin where
 * the last one ended and be one the state machine knows; a task that left
 * `none` must have been asked to by the full evaluation of the core, which the
 * engine itself only does for neighbours of what changed.
 */
export function replayRuns(facts: Facts, violate: Violate): void {
  for (const run of facts.runs) {
    const definition = facts.definitionOf(num(run.version_id));
    const events = facts.events
      .filter(event => num(event.run_id) === num(run.id))
      .sort((a, b) => num(a.seq) - num(b.seq));
    if (events.some((event, i) => num(event.seq) !== i + 1)) {
      violate('events of a run are numbered without a gap', run.run_key);
    }
    const states = replay(run, definition, events, violate);
    checkEnd(facts, run, definition, states, violate);
  }
}

function replay(
  run: RunRow,
  definition: PipelineDefinition,
  events: readonly EventRow[],
  violate: Violate,
): ReplayedStates {
  const numbers = new Map(definition.tasks.map(task => [task.id, task.no]));
  const states = new ReplayedStates(definition);
  const groups = new ReplayedGroups(definition);
  const decisions = new Map<string, string[]>();
  /** Length of the list of each mapped group, by number. */
  const lists = new Map<number, number>();
  events.forEach((event, i) => {
    if (event.type !== 'tasks') {
      // One that changed no task has no bulk change before it.
      if (!isBehindTasks(events, i)) groups.apply([event]);
      return;
    }
    // What its branches decided stands behind the changes of a transaction.
    const decided = new Map<string, string[]>();
    for (const next of behind(events, i)) {
      const body = JSON.parse(next.body);
      if (next.type === 'branch') decided.set(body.task, body.skipped);
      if (next.type === 'expanded' && body.group !== undefined) {
        const { no } = definition.groups!.find(({ id }) => id === body.group)!;
        lists.set(no, body.items);
      }
    }
    const changes: Transition[] = JSON.parse(event.body).changes;
    const byHand = changes.filter(
      change => change.to === 'none' || isByHand(change),
    );
    const begunAnew = byHand.map(
      ({ task }) => definition.tasks[numbers.get(task)!],
    );
    const again = groups.apply(
      behind(events, i),
      begunAnew.length > 0 &&
        begunAnew.every(task => task.finally || task.teardown) &&
        // A cancel is forgotten for callbacks that a teardown brings along.
        !(
          begunAnew.some(task => task.teardown) &&
          begunAnew.some(task => task.callback)
        ),
    );
    for (const group of again) {
      const whole = [...groupMembers(definition, group)].every(member =>
        changes.some(
          ({ task, indices, to }) =>
            task === definition.tasks[member].id &&
            indices === undefined &&
            to === 'none',
        ),
      );
      if (!whole) {
        violate('a group is run again as a whole', `${run.run_key} ${group}`);
      }
    }
    for (const change of changes) {
      const no = numbers.get(change.task)!;
      const mappedGroup = mappedGroupOf(definition, no);
      // Of a task in a mapped group they are there before one of them starts.
      if (
        mappedGroup !== undefined &&
        change.from === 'scheduled' &&
        change.indices === undefined &&
        !['skipped', 'failed'].includes(change.to)
      ) {
        states.addInstances(no, lists.get(mappedGroup) ?? 0);
      }
      const where = `${run.run_key} ${change.task}[${change.indices ?? ''}]: ${
        change.from
      } to ${change.to} (${change.reason})`;
      const indices =
        change.indices === undefined ? [-1] : parseIndices(change.indices)!;
      for (const index of indices) {
        const before = states.of(no, index);
        if (before !== change.from) {
          violate(
            'every change begins where the last one ended',
            `${where}, it was ${before}`,
          );
        }
      }
      const branchSkipped = skippedTasks(decisions, numbers, states.all);
      const rule =
        change.indices === undefined
          ? brokenRule(definition, states, no, {
              change,
              branchSkipped,
              groupRetries: groups.retries,
              isCancelled: groups.isCancelled,
            })
          : brokenInstanceRule(definition, states, no, {
              change,
              branchSkipped,
              groupRetries: groups.retries,
            });
      if (rule) {
        violate(
          rule,
          `${where}; upstream ${definition.tasks[no].upstream
            .map(up => states.all[up])
            .join(', ')}`,
        );
      }
      indices.forEach(index => states.set(no, index, change.to));
      if (change.to === 'none') decisions.delete(change.task);
      const skipped = decided.get(change.task);
      if (change.to === 'success' && skipped) {
        decisions.set(change.task, skipped);
      }
    }
  });
  return states;
}

const KNOWN_CHANGES = 'tasks change as the state machine says';
const TRIGGER_RULE = 'a task starts only when its trigger rule holds';

interface ReplayedChange {
  change: Transition;
  branchSkipped: ReadonlySet<number>;
  groupRetries: GroupRetries;
  /** Its run; then, or right after it. */
  isCancelled?: boolean;
}

/** The rule that a change of a task breaks. */
function brokenRule(
  definition: PipelineDefinition,
  states: ReplayedStates,
  no: number,
  of: ReplayedChange,
): string | undefined {
  const { change, branchSkipped, groupRetries, isCancelled } = of;
  const { from, to } = change;
  if (isByHand(change)) return undefined;
  const isAskedWhen = (hasFailed: boolean) =>
    planTasks(definition, states.all, {
      branchSkipped,
      groupRetries,
      children: states.counts(),
      hasFailed,
    }).some(planned => planned.no === no && planned.to === to);
  const isAsked = () =>
    isAskedWhen(false) || (isCancelled === true && isAskedWhen(true));
  const derived = mappedState(states.countsOf(no));
  if (derived !== undefined) {
    return derived === to || (from === 'none' && isAsked())
      ? undefined
      : 'a mapped task is in the state that its instances give';
  }
  if (to !== 'none' && !canTransition(from, to)) return KNOWN_CHANGES;
  return from !== 'none' || isAsked() ? undefined : TRIGGER_RULE;
}

/** The rule that a change of instances of a mapped task breaks. */
function brokenInstanceRule(
  definition: PipelineDefinition,
  states: ReplayedStates,
  no: number,
  { change, ...options }: ReplayedChange,
): string | undefined {
  const { from, to } = change;
  if (to === 'none' || isByHand(change)) return undefined;
  if (!canTransition(from, to)) return KNOWN_CHANGES;
  if (from !== 'none') return undefined;
  const group = mappedGroupOf(definition, no);
  if (group !== undefined) {
    const { states: all, slots } = states.slots();
    const indices = parseIndices(change.indices!)!;
    const asked = planInstances(
      definition,
      all,
      { group, indices, slots },
      { ...options, children: states.counts() },
    );
    return indices.every(index =>
      asked.some(
        planned =>
          planned.no === no && planned.index === index && planned.to === to,
      ),
    )
      ? undefined
      : TRIGGER_RULE;
  }
  const task = states.all[no];
  const isAllowed =
    to === 'scheduled'
      ? task === 'scheduled' || task === 'running'
      : task === to;
  return isAllowed ? undefined : TRIGGER_RULE;
}

/** Events of the same transaction: up to the next bulk change. */
function behind(events: readonly EventRow[], i: number): EventRow[] {
  const end = events.findIndex((event, j) => j > i && event.type === 'tasks');
  return events.slice(i + 1, end < 0 ? undefined : end);
}

/** Whether an event is of the transaction of a bulk change before it. */
function isBehindTasks(events: readonly EventRow[], i: number): boolean {
  return events.slice(0, i).some(event => event.type === 'tasks');
}

function skippedTasks(
  decisions: ReadonlyMap<string, string[]>,
  numbers: ReadonlyMap<string, number>,
  states: readonly TaskState[],
): Set<number> {
  const skipped = new Set<number>();
  for (const [branch, ids] of decisions) {
    if (states[numbers.get(branch)!] !== 'success') continue;
    ids.forEach(id => skipped.add(numbers.get(id)!));
  }
  return skipped;
}

/** What people do to tasks follows no rule of the state machine. */
function isByHand({ to, reason = '' }: Transition): boolean {
  return (
    (to === 'removed' &&
      /^(cleared by|its list is made anew|group .* is run again)/.test(
        reason,
      )) ||
    (to === 'skipped' && /the run was cancelled/.test(reason)) ||
    /^marked /.test(reason)
  );
}

function checkEnd(
  facts: Facts,
  run: RunRow,
  definition: PipelineDefinition,
  states: ReplayedStates,
  violate: Violate,
): void {
  const rows = facts.tasks.filter(task => num(task.run_id) === num(run.id));
  const attempts = facts.attempts.filter(
    attempt => num(attempt.run_id) === num(run.id),
  );
  for (const row of rows) {
    const task = definition.tasks[row.task_no];
    const where = `${run.run_key} ${task.id}[${row.map_index}]`;
    const told = states.of(row.task_no, row.map_index);
    if (row.state !== told) {
      violate(
        'events tell what happened',
        `${where} is ${row.state}, its events end with ${told}`,
      );
    }
    const own = attempts.filter(
      attempt =>
        attempt.task_no === row.task_no && attempt.map_index === row.map_index,
    );
    const isSummary = task.map !== undefined && row.map_index < 0;
    const derived = isSummary && mappedState(states.countsOf(row.task_no));
    if (derived && derived !== row.state) {
      violate(
        'a mapped task is in the state that its instances give',
        `${where} is ${row.state}, its instances are ${derived}`,
      );
    }
    const isLive = row.map_index >= 0 && row.state !== 'removed';
    if (isLive && row.item === null) {
      violate('an instance of a mapped task has an item', where);
    }
    const numbers = own.map(attempt => attempt.seq).sort((a, b) => a - b);
    if (
      numbers.some((seq, i) => seq !== i + 1) ||
      row.attempt_seq !== own.length
    ) {
      violate('attempts are numbered without a gap', `${where}: ${numbers}`);
    }
    if (row.try_number > task.retries + 1) {
      violate(
        'a task has no more tries than it may',
        `${where}: try ${row.try_number} of ${task.retries + 1}`,
      );
    }
    const last = own.find(attempt => attempt.seq === row.attempt_seq);
    if (
      row.state === 'success' &&
      !row.reason?.startsWith('marked ') &&
      // Looked at by `checkStepCache`.
      row.cache_hit === null &&
      task.kind === 'run' &&
      !isSummary &&
      last?.result !== 'success'
    ) {
      violate(
        'a task ends as its last attempt did',
        `${where} is success, its attempt ${last?.result}`,
      );
    }
  }
  const cancelled =
    run.cancel_requested_at !== null || run.state_reason === 'cancelled';
  if (cancelled || states.all.some(isLiveTaskState)) return;
  const decided = decideRunState(definition, states.all, {
    children: states.counts(),
    // What could be retried has been.
    groupRetries: 'given_up',
  });
  if (decided.state !== run.state) {
    violate(
      'a run ends as its leaves say',
      `${run.run_key} is ${run.state}, its tasks say ${decided.state}: ${states.all}`,
    );
  }
}
