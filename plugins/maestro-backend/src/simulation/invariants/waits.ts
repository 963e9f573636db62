import { dueTimeOf } from '../../engine/waits/awaitedAssets';
import { num, optionalNum } from '../../database/conversion';
import type { RunRow } from '../../database/tables';
import type { Violate } from './checkInvariants';
import type { Facts } from './Facts';

/** What must hold of tasks that waited, when every run is over. */
export function checkWaits(facts: Facts, violate: Violate): void {
  for (const wait of facts.waits) {
    violate(
      'nothing is left over',
      `run ${wait.run_id} is over, its task ${wait.task_no} waits for ${wait.what}`,
    );
  }
  checkSubRuns(facts, violate);
  checkAssetWaits(facts, violate);
  for (const run of facts.runs) checkEvents(facts, run, violate);
}

function checkSubRuns(facts: Facts, violate: Violate): void {
  const byId = new Map(facts.runs.map(run => [num(run.id), run]));
  const starts = new Set<string>();
  for (const run of facts.runs) {
    const parentId = optionalNum(run.parent_run);
    if (parentId === undefined) continue;
    const parent = byId.get(parentId);
    if (!parent) {
      violate('a sub-run has the run that started it', run.run_key);
      continue;
    }
    if (run.sub_depth !== parent.sub_depth + 1) {
      violate('sub-runs know how deep they are', run.run_key);
    }
    if (starts.has(run.parent_wait_id!)) {
      violate('a wait starts one run', `${run.parent_wait_id}`);
    }
    starts.add(run.parent_wait_id!);
    const above: RunRow[] = [];
    for (
      let next: RunRow | undefined = parent;
      next;
      next = byId.get(optionalNum(next.parent_run) ?? -1)
    ) {
      above.push(next);
    }
    if (above.some(({ pipeline_id: id }) => num(id) === num(run.pipeline_id))) {
      violate('no pipeline starts itself, however far below', run.run_key);
    }
  }
}

/** Who waited for an event of an asset has one, and none that is too old. */
function checkAssetWaits(facts: Facts, violate: Violate): void {
  const runs = new Map(facts.runs.map(run => [num(run.id), run]));
  const events = new Map(
    facts.assetEvents.map(event => [num(event.id), event]),
  );
  for (const { runId, taskNo, taskId, eventId, startedAt } of endedAssetWaits(
    facts,
  )) {
    const run = runs.get(runId)!;
    const { name, since, withinMs } = facts.definitionOf(num(run.version_id))
      .tasks[taskNo].wait!.asset!;
    const event = events.get(eventId);
    let oldest = dueTimeOf(run);
    if (since === 'ready') oldest = startedAt;
    if (withinMs !== undefined) oldest = startedAt - withinMs;
    if (
      event?.asset !== name ||
      event.partition_key !== null ||
      num(event.at) < oldest
    ) {
      violate(
        'a wait for an asset ends with an event of it that is new enough',
        `${run.run_key} ${taskId}: event ${eventId} of ${event?.asset} (${event?.partition_key}) at ${event?.at}, not before ${oldest}`,
      );
    }
  }
}

/** Tasks that ended with an event of an asset, as their outputs say. */
export function endedAssetWaits(facts: Facts) {
  const eventIds = new Map(
    facts.outputs
      .filter(output => output.key === 'event_id')
      .map(output => [
        `${output.run_id}/${output.task_id}`,
        JSON.parse(output.value!) as number,
      ]),
  );
  const versions = new Map(
    facts.runs.map(run => [num(run.id), num(run.version_id)]),
  );
  return facts.tasks.flatMap(row => {
    const runId = num(row.run_id);
    const task = facts.definitionOf(versions.get(runId)!).tasks[row.task_no];
    const eventId = eventIds.get(`${row.run_id}/${task.id}`);
    const startedAt = optionalNum(row.started_at);
    return task.wait?.asset &&
      row.state === 'success' &&
      eventId !== undefined &&
      startedAt !== undefined
      ? [{ runId, taskNo: row.task_no, taskId: task.id, eventId, startedAt }]
      : [];
  });
}

interface Change {
  task: string;
  from: string;
  to: string;
  reason?: string;
}

/** Times are kept, and no question is decided more often than it was asked. */
function checkEvents(facts: Facts, run: RunRow, violate: Violate): void {
  const { tasks } = facts.definitionOf(num(run.version_id));
  const forMs = new Map(tasks.map(task => [task.id, task.wait?.forMs]));
  const began = new Map<string, number>();
  const asked = new Map<string, number>();
  for (const event of facts.events) {
    if (num(event.run_id) !== num(run.id)) continue;
    const body = JSON.parse(event.body);
    const at = num(event.at);
    if (event.type === 'approval') {
      const left = (asked.get(body.task) ?? 0) - 1;
      asked.set(body.task, left);
      // It stands behind the change of state that it made.
      if (left < 0) {
        violate('a question is decided once', `${run.run_key} ${body.task}`);
      }
    }
    if (event.type !== 'tasks') continue;
    for (const { task, from, to, reason = '' } of body.changes as Change[]) {
      if (to === 'deferred') {
        began.set(task, at);
        asked.set(task, (asked.get(task) ?? 0) + 1);
      }
      const ms = forMs.get(task);
      const isTimed = from === 'deferred' && to === 'success';
      if (isTimed && ms !== undefined && !reason.startsWith('marked')) {
        const waited = at - began.get(task)!;
        if (waited < ms) {
          violate(
            'a time is waited for, not less',
            `${run.run_key} ${task} waited ${waited} of ${ms} ms`,
          );
        }
      }
    }
  }
}
