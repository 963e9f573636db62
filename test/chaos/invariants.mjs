import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { until } from '../portal/until.mjs';
import { logOf, readWorld } from './world.mjs';

/*
 * The rules of the design that must hold whatever happened, looked at when the
 * faults have stopped and every run is over: from the rows, and from what the
 * tasks themselves wrote down.
 */

const FINAL_TASK = ['success', 'failed', 'skipped', 'upstream_failed'];

/**
 * @param cluster - see cluster.mjs
 * @param expected.runKeys - `{pipeline, runKey}` of what was triggered and
 *   acknowledged
 * @param expected.everyMs - pipeline → interval of its one schedule
 * @returns counts for the report
 */
export async function checkInvariants(cluster, expected = {}) {
  const { knex, dataDir } = cluster;
  const rows = {
    pipelines: await knex('pipelines'),
    runs: await knex('runs'),
    tasks: await knex('task_instances'),
    attempts: await knex('attempts').orderBy('id'),
    ticks: await knex('ticks').orderBy('due_at'),
    timers: await knex('timers'),
    events: await knex('events').orderBy(['run_id', 'seq']),
  };
  const names = new Map(rows.pipelines.map(one => [String(one.id), one.name]));
  const runs = new Map(rows.runs.map(run => [String(run.id), run]));

  ticksHaveOneOutcome(rows, names, expected.everyMs ?? {});
  runsAreThereOnce(rows, names, expected.runKeys ?? []);
  for (const task of rows.tasks)
    assert.ok(
      FINAL_TASK.includes(task.state),
      `task ${task.task_no} of run ${task.run_id} is ${task.state}`,
    );
  attemptsFollowEachOther(rows);
  nothingIsLeft(rows);
  eventsAreInOrder(rows);
  const world = worldAgrees(readWorld(cluster.world), rows, runs);
  await until('no task lives', () => cluster.tasks().length === 0, {
    timeoutMs: 180_000,
    describe: () => JSON.stringify(cluster.tasks()),
  });
  const logs = await logsAreWhole(knex, dataDir);
  const lost = rows.attempts.filter(one => one.failure === 'lost').length;
  return {
    runs: rows.runs.length,
    ticks: rows.ticks.length,
    attempts: rows.attempts.length,
    lost,
    notLaunched: rows.attempts.filter(one => one.failure === 'launch').length,
    ...world,
    ...logs,
  };
}

/** Each due time between the first and the last has exactly one row. */
function ticksHaveOneOutcome({ ticks, runs }, names, everyMs) {
  const byPipeline = Map.groupBy(ticks, tick =>
    names.get(String(tick.pipeline_id)),
  );
  for (const [pipeline, interval] of Object.entries(everyMs)) {
    const due = (byPipeline.get(pipeline) ?? []).map(tick =>
      Number(tick.due_at),
    );
    assert.ok(due.length > 0, `${pipeline} was due`);
    for (let i = 1; i < due.length; i += 1)
      assert.equal(
        due[i] - due[i - 1],
        interval,
        `${pipeline}: no due time is missing between ${due[i - 1]} and ${
          due[i]
        }`,
      );
  }
  const ran = ticks.filter(tick => tick.outcome === 'run');
  const scheduled = runs.filter(run => run.trigger === 'scheduled');
  assert.equal(new Set(ran.map(tick => tick.run_id)).size, ran.length);
  assert.deepEqual(
    scheduled.map(run => String(run.id)).sort(),
    ran.map(tick => String(tick.run_id)).sort(),
    'each scheduled run is the outcome of one due time',
  );
}

function runsAreThereOnce({ runs }, names, runKeys) {
  const found = Map.groupBy(
    runs,
    run => `${names.get(String(run.pipeline_id))} ${run.run_key}`,
  );
  for (const { pipeline, runKey } of runKeys)
    assert.equal(
      found.get(`${pipeline} ${runKey}`)?.length,
      1,
      `${pipeline} ${runKey} was accepted, so it is there once`,
    );
}

/** By the rows: one after the other, one success, no try more than allowed. */
function attemptsFollowEachOther({ attempts }) {
  const byTask = Map.groupBy(
    attempts,
    one => `${one.run_id}/${one.task_no}/${one.map_index}`,
  );
  for (const [task, all] of byTask) {
    for (const one of all)
      assert.equal(one.state, 'ended', `attempt ${one.attempt_id} of ${task}`);
    for (let i = 1; i < all.length; i += 1)
      assert.ok(
        Number(all[i].claimed_at) >= Number(all[i - 1].ended_at),
        `attempt ${all[i].seq} of ${task} was claimed before the one before it ended`,
      );
    const good = all.filter(one => one.result === 'success');
    assert.ok(good.length <= 1, `${task} succeeded ${good.length} times`);
  }
}

function nothingIsLeft({ timers, attempts }) {
  assert.deepEqual(
    timers.filter(timer => timer.kind !== 'tick'),
    [],
    'timers of runs that are over',
  );
  assert.deepEqual(
    attempts.filter(one => one.token_hash !== null).map(one => one.attempt_id),
    [],
    'tokens of attempts that are over',
  );
}

function eventsAreInOrder({ events, runs }) {
  const byRun = Map.groupBy(events, event => String(event.run_id));
  for (const run of runs) {
    const own = byRun.get(String(run.id)) ?? [];
    assert.deepEqual(
      own.map(event => Number(event.seq)),
      own.map((_, i) => i + 1),
      `events of run ${run.run_key}`,
    );
    assert.equal(Number(run.event_seq), own.length);
  }
}

/** By what the tasks wrote: nothing twice, nothing unknown, nothing invented. */
function worldAgrees(lines, { attempts }) {
  assert.deepEqual(
    lines.filter(line => line.what === 'overlap'),
    [],
    'no task lived twice at the same time',
  );
  const rows = new Map(attempts.map(one => [one.attempt_id, one]));
  const starts = lines.filter(line => line.what === 'start');
  const ends = lines.filter(line => line.what === 'end');
  const ids = starts.map(line => line.attempt);
  assert.equal(new Set(ids).size, ids.length, 'each attempt began once');
  for (const { attempt } of starts)
    assert.ok(rows.has(attempt), `attempt ${attempt} is known`);
  const ended = new Map(ends.map(line => [line.attempt, line]));
  for (const row of attempts)
    if (row.result === 'success') {
      assert.equal(
        ended.get(row.attempt_id)?.code,
        0,
        `attempt ${row.attempt_id} succeeded because it did`,
      );
    } else if (row.failure === 'exit_code') {
      assert.equal(ended.get(row.attempt_id)?.code, Number(row.exit_code));
    }
  // What ended well and was not taken as such is done again: by rule only
  // where its host was lost before it could tell.
  const repeated = ends.filter(
    line => line.code === 0 && rows.get(line.attempt).result !== 'success',
  );
  for (const { attempt } of repeated)
    assert.match(
      String(rows.get(attempt).failure),
      /^(lost|cancelled|timeout)$/,
      `attempt ${attempt} ended with 0`,
    );
  return {
    began: starts.length,
    ended: ends.length,
    repeated: repeated.length,
  };
}

/** Sealed, and byte for byte what was written, but where a gap is named. */
async function logsAreWhole(knex, dataDir) {
  const open = () =>
    knex('attempts').where({ log_state: 'open' }).select('attempt_id', 'state');
  await until('every log is sealed', async () => (await open()).length === 0, {
    timeoutMs: 150_000,
    everyMs: 1_000,
    describe: async () => JSON.stringify((await open()).slice(0, 5)),
  });
  const rows = await knex('attempts').where({ result: 'success' });
  let gaps = 0;
  for (const row of rows) {
    if (row.log_gap !== null) {
      gaps += 1;
      continue;
    }
    const bytes = zlib.gunzipSync(
      fs.readFileSync(path.join(dataDir, row.log_location)),
    );
    assert.equal(
      bytes.toString(),
      logOf(row.attempt_id),
      `log of attempt ${row.attempt_id}`,
    );
  }
  const chunks = await knex('log_chunks').count({ n: '*' }).first();
  assert.equal(Number(chunks.n), 0, 'no chunk of a sealed log is left');
  return { logs: rows.length, gaps };
}
