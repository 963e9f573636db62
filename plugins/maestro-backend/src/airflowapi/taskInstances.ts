import { z } from 'zod';
import { optionalNum } from '../database/conversion';
import {
  ASSET_NAME,
  isFinalTaskState,
  MAX_ASSET_EXTRA_BYTES,
} from '@maestro/plugin-maestro-common';
import { shownField } from '../engine/bashTask';
import {
  declareOutcome,
  declaredBy,
  type DeclaredAsset,
  type DeclaredOutcome,
} from '../engine/declaredOutcome';
import { maskText } from '../engine/maskText';
import { holdsSecret, maskValue } from '../engine/maskValue';
import { hasNoLogicalDate } from '../engine/partitionOf';
import { widenInputs } from '../engine/widenInputs';
import { AirflowApiError, notRunning } from './AirflowApiError';
import type { AirflowCall } from './AirflowCall';
import { consumedEvents } from './assets';
import { deferTask, resumedTask } from './deferrals';
import { asEnded } from './endedRun';
import { dagRunOf, instantText, runContextOf } from './runContext';
import { parseStateUpdate, type StateUpdate } from './stateUpdate';

/** Longest reason for a retry that is kept, in characters. */
const MAX_REASON = 500;

/** Furthest away that a task can want its next try, in milliseconds. */
const MAX_DELAY_MS = 365 * 24 * 3_600_000;

/** Most assets of which one attempt can tell. */
const MAX_ASSETS = 1_000;

/** `PATCH task-instances/{id}/run`: the task begins, and learns what it is. */
export async function beginTask(call: AirflowCall): Promise<object> {
  call.assertOwn();
  const { db, attempt } = call;
  const row = await db
    .table(db.knex, 'attempts')
    .where({ attempt_id: attempt.attempt_id })
    .first();
  if (!row || row.state === 'ended' || declaredBy(row)) {
    throw new AirflowApiError(
      409,
      'invalid_state',
      'The task instance was not in a state where it could be marked as running',
      { previous_state: row?.result ?? 'failed' },
    );
  }
  const resumed = await resumedTask(call, row);
  const { run, definition } = await call.facts();
  const outputs = await db
    .table(db.knex, 'outputs')
    .where({
      run_id: attempt.run_id,
      task_id: definition.tasks[attempt.task_no].id,
      map_index: attempt.map_index,
    })
    .select('key');
  return runContextOf({
    definition,
    run: await asEnded(call, run),
    attempt: row,
    xcomKeys: outputs.map(({ key }) => key),
    resumed,
    assetEvents: await consumedEvents(call, run),
  });
}

/**
 * `PATCH task-instances/{id}/state`: what the task says of itself, kept until
 * its process has ended.
 */
export async function takeState(call: AirflowCall): Promise<void> {
  call.assertOwn();
  const update = parseStateUpdate((await call.body()).value);
  if (update.state === 'deferred' || update.state === 'awaiting_input') {
    await deferTask(call, update);
    return;
  }
  const outcome = outcomeOf(update, call.secrets());
  await call.change((draft, attempt) =>
    declareOutcome(draft, attempt, outcome),
  );
}

function outcomeOf(
  update: Exclude<StateUpdate, { state: 'deferred' | 'awaiting_input' }>,
  secrets: readonly string[],
): DeclaredOutcome {
  switch (update.state) {
    case 'success':
      return { declared: 'success', ...assetsOf(update, secrets) };
    case 'skipped':
      return { declared: 'skipped' };
    case 'up_for_retry':
      return {
        declared: 'failed',
        final: false,
        // PostgreSQL cannot store NUL in a text.
        message:
          maskText(
            (update.retry_reason ?? '').replaceAll('\0', ''),
            secrets,
          ).slice(0, MAX_REASON) || undefined,
        delayMs:
          typeof update.retry_delay_seconds === 'number'
            ? Math.min(
                Math.round(update.retry_delay_seconds * 1000),
                MAX_DELAY_MS,
              )
            : undefined,
      };
    case 'up_for_reschedule':
      return { declared: 'reschedule', at: update.reschedule_date };
    default:
      return { declared: 'failed', final: true };
  }
}

/**
 * Events that are stored when the attempt ends: what could fail then must not
 * come in. An asset whose name Maestro does not take has none, as the compiler
 * says of a DAG. As with Airflow, only what is an outlet of the task has one:
 * the asset, or the alias through which it is given. Of one asset there is one
 * event, or one for each of its partitions that are told, with the aliases of all
 * and what was said last. What comes through an alias is about the partition of
 * the run, whatever is told of the asset itself.
 *
 * @throws AirflowApiError 422 for what cannot be stored
 */
function assetsOf(
  update: Extract<StateUpdate, { state: 'success' }>,
  secrets: readonly string[],
): { assets?: DeclaredAsset[] } {
  const told = Math.max(
    update.task_outlets.length,
    update.outlet_events.length,
  );
  if (told > MAX_ASSETS) {
    throw new AirflowApiError(
      422,
      'invalid_payload',
      `The task tells of ${told} assets; one attempt can have events of ${MAX_ASSETS}`,
    );
  }
  /** By asset, or by `asset#partition`: no name of an asset has a `#`. */
  const found = new Map<string, DeclaredAsset>();
  const outlets = new Set<string>();
  const aliases = new Set<string>();
  for (const { type, name } of update.task_outlets) {
    if (!name || !ASSET_NAME.test(name)) continue;
    if (type === 'Asset') outlets.add(name);
    if (type === 'AssetAlias') aliases.add(name);
  }
  const divided = new Set<string>();
  for (const event of update.outlet_events) {
    const { dest_asset_key: of, extra, source_alias_name: alias } = event;
    if (!of || !ASSET_NAME.test(of.name)) continue;
    const { name } = of;
    if (alias ? !aliases.has(alias) : !outlets.has(name)) continue;
    const hidden = maskValue(extra ?? {}, secrets) as Record<string, unknown>;
    const key = (!alias && event.partition_key) || undefined;
    if (key && holdsSecret(JSON.stringify(key), secrets)) {
      throw new AirflowApiError(
        422,
        'invalid_partition_key',
        `A partition key of asset "${name}" holds a secret of a connection or a variable, and keys are shown`,
      );
    }
    if (key) divided.add(name);
    const place = key ? `${name}#${key}` : name;
    const through = [
      ...new Set([
        ...(found.get(place)?.aliases ?? []),
        ...(alias ? [alias] : []),
      ]),
    ];
    found.set(place, {
      asset: name,
      ...(key ? { partition: key } : {}),
      ...(through.length > 0 ? { aliases: through } : {}),
      ...(Object.keys(hidden).length > 0 ? { extra: hidden } : {}),
    });
  }
  for (const name of outlets) {
    if (divided.has(name) || found.has(name)) continue;
    found.set(name, { asset: name });
  }
  for (const { asset, extra } of found.values()) {
    const size = Buffer.byteLength(JSON.stringify(extra ?? {}));
    if (size > MAX_ASSET_EXTRA_BYTES) {
      throw new AirflowApiError(
        422,
        'invalid_payload',
        `The event of asset "${asset}" cannot be stored: its extra has ${size} bytes, and at most ${MAX_ASSET_EXTRA_BYTES} are kept`,
      );
    }
  }
  // Python's set of partitions has no order of its own.
  const places = [...found.keys()].sort();
  return places.length > 0
    ? { assets: places.map(place => found.get(place)!) }
    : {};
}

/**
 * `PUT task-instances/{id}/heartbeat`. Nothing is written: the executor's
 * listing says what lives. A task that should not run any more is told so.
 */
export async function heartbeat(call: AirflowCall): Promise<void> {
  call.assertOwn();
  // That it lives was looked up with its token.
  if (call.attempt.cancel_requested_at !== null) {
    throw notRunning(
      'The task is no longer in the running state and should end',
    );
  }
}

/** `PUT task-instances/{id}/rtif`: what the templates of the task became. */
export async function keepRenderedFields(call: AirflowCall): Promise<object> {
  call.assertOwn();
  const { value } = await call.body();
  const parsed = z.record(z.string(), z.unknown()).safeParse(value);
  if (!parsed.success) {
    throw new AirflowApiError(
      422,
      'invalid_payload',
      'Rendered fields are one JSON object, by name',
    );
  }
  const rendered = maskValue(parsed.data, call.secrets()) as object;
  await call.change((draft, attempt) => {
    widenInputs(draft, attempt, {
      secrets: [],
      inputs: {
        rendered: Object.fromEntries(
          Object.entries(rendered).map(([name, field]) => [
            name,
            shownField(field),
          ]),
        ),
      },
    });
  });
  return { message: 'Rendered task instance fields successfully set' };
}

/** `PATCH task-instances/{id}/rendered-map-index`: a name for people. */
export async function nameMapIndex(call: AirflowCall): Promise<void> {
  call.assertOwn();
  const { value } = await call.body();
  if (typeof value !== 'string' || value === '') {
    throw new AirflowApiError(
      422,
      'invalid_payload',
      'The name of a map index is a text that is not empty',
    );
  }
  const name = String(maskValue(value, call.secrets())).slice(0, 250);
  await call.change((draft, attempt) => {
    widenInputs(draft, attempt, {
      secrets: [],
      inputs: { renderedMapIndex: name },
    });
  });
}

const skipBody = z.object({
  tasks: z.array(
    z.union([z.string(), z.tuple([z.string(), z.number().int()])]),
  ),
});

/** `PATCH task-instances/{id}/skip-downstream`: what a branch does not follow. */
export async function skipDownstream(call: AirflowCall): Promise<void> {
  call.assertOwn();
  const parsed = skipBody.safeParse((await call.body()).value);
  if (!parsed.success) {
    throw new AirflowApiError(
      422,
      'invalid_payload',
      'Tasks to skip are a list of task ids, or of [task id, map index]',
    );
  }
  await call.change(draft => {
    const by = draft.definition.tasks[call.attempt.task_no].id;
    const numbers = new Map(
      draft.definition.tasks.map(task => [task.id, task.no]),
    );
    for (const entry of parsed.data.tasks) {
      const [id, index] = typeof entry === 'string' ? [entry, -1] : entry;
      const no = numbers.get(id);
      // They are no tasks of the DAG.
      if (no !== undefined && draft.definition.tasks[no].callback) continue;
      const slot = no === undefined ? undefined : draft.findSlot(no, index);
      if (slot === undefined) continue;
      const state = draft.states[slot];
      // What has begun goes on, as with Airflow.
      if (isFinalTaskState(state) || state === 'running' || state === 'queued')
        continue;
      draft.setTask(slot, 'skipped', {
        reason: `"${by}" did not follow it`,
        next_try_at: null,
      });
    }
  });
}

/** `GET task-reschedules/{id}/start_date`: when this try began first. */
export async function firstStart(call: AirflowCall): Promise<string | null> {
  call.assertOwn();
  const { db, attempt } = call;
  const rows = await db
    .table(db.knex, 'attempts')
    .where({
      run_id: attempt.run_id,
      task_no: attempt.task_no,
      map_index: attempt.map_index,
      try_number: call.number('try_number') ?? 1,
    })
    .orderBy('seq')
    .select('started_at', 'claimed_at', 'attempt_id');
  // Of this attempt alone there is no reschedule yet.
  const [first] = rows;
  if (!first || first.attempt_id === attempt.attempt_id) return null;
  // Its start may not have been seen before its end.
  return instantText(first.started_at ?? first.claimed_at);
}

/** `GET task-instances/{id}/previous-successful-dagrun`. */
export async function previousSuccessfulRun(
  call: AirflowCall,
): Promise<object> {
  call.assertOwn();
  const { run, definition } = await call.facts();
  const logical = optionalNum(run.logical_date);
  if (logical === undefined || hasNoLogicalDate(run)) return {};
  const { db } = call;
  const before = await db
    .table(db.knex, 'runs')
    .where({ pipeline_id: run.pipeline_id, state: 'success' })
    .where('logical_date', '<', logical)
    .orderBy('logical_date', 'desc')
    .first();
  if (!before) return {};
  const { data_interval_start, data_interval_end, start_date, end_date } =
    dagRunOf(definition, before);
  return { data_interval_start, data_interval_end, start_date, end_date };
}
