import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { processesOf } from '../../portal/processes.mjs';
import { until } from '../../portal/until.mjs';

/*
 * What must hold when the killing has stopped and every run is over: from the
 * rows, from what the tasks themselves wrote down, and from every place where
 * somebody could read a secret.
 */

/** Tasks of a run of the DAG `storm`. */
const TASKS = [
  'knows',
  'rendered',
  'command',
  'pokes',
  'reschedules',
  'deferred',
  'flaky',
  'last',
];

/**
 * @param options.world - folder that the tasks wrote to
 * @param options.secret - the password of the connection
 * @returns counts for the report
 */
export async function checkRules({ knex, folder, world, runs, secret }) {
  await until(
    'every log is sealed',
    async () =>
      (await knex('attempts').where({ log_state: 'open' })).length === 0,
    { timeoutMs: 150_000, everyMs: 1_000 },
  );
  const attempts = await knex('attempts').orderBy('id');
  const tasks = await knex('task_instances');
  // Nothing that was killed is the fault of a task.
  const states = await knex('runs').select('run_key', 'state', 'state_reason');
  assert.deepEqual(
    states.filter(run => run.state !== 'success'),
    [],
    'every run succeeds, whatever was killed',
  );
  assert.equal(states.length, runs, 'each accepted run is there once');
  assert.equal(tasks.length, runs * TASKS.length);
  for (const task of tasks) assert.equal(task.state, 'success');
  oneOutcome(attempts);
  await nothingIsLeft(knex, attempts);
  const lines = worldOf(world);
  onlyOneLives(lines, attempts);
  await until(
    'no task lives',
    () =>
      processesOf(folder).filter(({ command }) =>
        /run_task\.py|\/locks\//.test(command),
      ).length === 0,
    { timeoutMs: 180_000 },
  );
  const logs = secretIsNowhere(attempts, folder, secret);
  await secretIsInNoRow(knex, secret);
  const of = id => attempts.filter(one => one.task_id === id);
  assert.ok(of('deferred').length >= 2 * runs, 'each was deferred and resumed');
  assert.ok(of('reschedules').length >= 3 * runs, 'each looked three times');
  return { attempts: attempts.length, logs, lines: lines.length };
}

/** One attempt at a time; only what goes on later has several successes. */
function oneOutcome(attempts) {
  const byTask = Map.groupBy(
    attempts,
    one => `${one.run_id}/${one.task_no}/${one.map_index}`,
  );
  for (const [task, all] of byTask) {
    for (const [i, one] of all.entries()) {
      assert.equal(one.state, 'ended', `attempt ${one.attempt_id} of ${task}`);
      if (i === 0) continue;
      assert.ok(
        Number(one.claimed_at) >= Number(all[i - 1].ended_at),
        `attempt ${one.seq} of ${task} was claimed before the one before it ended`,
      );
    }
    const final = all.filter(
      one => one.result === 'success' && one.follow_up === null,
    );
    assert.equal(final.length, 1, `${task} succeeded ${final.length} times`);
    // A deferral is resumed once, by one attempt.
    const deferrals = all.filter(one =>
      one.follow_up?.includes('"reschedule"'),
    );
    if (all[0].task_id === 'deferred') assert.equal(deferrals.length, 1, task);
    // How it went on is forgotten with the end of the run.
    for (const one of all) assert.equal(one.resume, null, one.attempt_id);
  }
}

async function nothingIsLeft(knex, attempts) {
  assert.deepEqual(await knex('timers').whereNot('kind', 'tick'), []);
  assert.deepEqual(await knex('waits'), []);
  assert.deepEqual(await knex('log_chunks').select('attempt'), []);
  for (const one of attempts) {
    assert.equal(one.token_hash, null, `token of ${one.attempt_id}`);
    assert.equal(one.log_kept, null, `log of ${one.attempt_id}`);
    assert.equal(one.lease_until, null, `lease of ${one.attempt_id}`);
  }
}

function worldOf(world) {
  return fs
    .readFileSync(path.join(world, 'world'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => {
      const [what, key, attempt] = line.split(' ');
      return { what, key, attempt };
    });
}

/** By what the tasks wrote: nothing twice, nothing beside another. */
function onlyOneLives(lines, attempts) {
  assert.deepEqual(
    lines.filter(({ what }) => what === 'overlap'),
    [],
    'no task lived twice at the same time',
  );
  const known = new Set(attempts.map(one => one.attempt_id));
  const starts = lines
    .filter(({ what, key }) => what === 'start' && !key.includes('.pokes.'))
    .map(({ attempt }) => attempt);
  assert.equal(new Set(starts).size, starts.length, 'each attempt began once');
  for (const attempt of starts)
    assert.ok(known.has(attempt), `attempt ${attempt} is known`);
}

/** Logs as they are stored, and that they say what must be hidden in them. */
function secretIsNowhere(attempts, folder, secret) {
  const shown = new Map();
  for (const one of attempts) {
    if (one.log_location === null) continue;
    const text = zlib
      .gunzipSync(
        fs.readFileSync(path.join(folder, 'shared', one.log_location)),
      )
      .toString();
    assert.ok(
      !text.includes(secret),
      `log of ${one.attempt_id} (${one.task_id})`,
    );
    shown.set(one.task_id, (shown.get(one.task_id) ?? '') + text);
  }
  assert.match(shown.get('knows'), /the password is \*\*\*/);
  // A command, without Python.
  assert.match(shown.get('rendered'), /^\*\*\*$/m);
  assert.match(shown.get('deferred'), /the trigger knows \*\*\*/);
  assert.match(shown.get('deferred'), /it came with \{'password': '\*\*\*'\}/);
  return [...shown.values()].reduce((sum, text) => sum + text.length, 0);
}

/** Everything of rows that the portal shows; XComs themselves are not. */
async function secretIsInNoRow(knex, secret) {
  const shown = {
    attempts: ['command', 'env', 'inputs', 'message', 'follow_up', 'resume'],
    events: ['body'],
    outputs: ['shown'],
    task_instances: ['reason', 'item_shown'],
    runs: ['state_reason', 'params'],
    waits: ['what', 'trigger', 'answer', 'next_kwargs'],
  };
  for (const [table, columns] of Object.entries(shown)) {
    for (const row of await knex(table).select(columns)) {
      for (const column of columns) {
        assert.ok(
          !String(row[column] ?? '').includes(secret),
          `${table}.${column} shows the secret`,
        );
      }
    }
  }
  // One that was never launched, since its backend died, rendered nothing.
  const rendered = await knex('attempts')
    .where({ task_id: 'rendered', result: 'success' })
    .select('inputs');
  for (const { inputs } of rendered)
    assert.match(inputs, /echo \*\*\*/, 'the rendered field is there');
}
