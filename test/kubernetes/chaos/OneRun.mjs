import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../portal/until.mjs';
import { NAMESPACE, sealedLog } from './onPods.mjs';

/** A task waits here for `OneRun.letGo`. */
const HOLD = 'while [ ! -e /tmp/go ]; do sleep 0.1; done';

/**
 * A task that writes so many lines, ten a second, and then does `more`.
 *
 * @param atOnce - of these lines, so many at the end without a pause
 * @param held - it goes on then only when it is let go
 */
export const talks = (lines, more = '', atOnce = 0, held = false) => ({
  command: [
    ...['sh', '-c'],
    `i=0; while [ $i -lt ${lines} ]; do echo "line $i of $MAESTRO_ATTEMPT_ID"; i=$((i+1)); [ $i -gt ${
      lines - atOnce
    } ] || sleep 0.1; done; ${held ? `${HOLD}; ` : ''}${more}`,
  ],
});

/** What a task that talks writes when nobody disturbs it. */
export const talkOf = (attemptId, lines) =>
  Array.from({ length: lines }, (_, i) => `line ${i} of ${attemptId}\n`).join(
    '',
  );

/** A run of one task `a` as a pod, what is done to it and what became of it. */
export class OneRun {
  constructor(world, pipeline) {
    Object.assign(this, world, { pipeline });
    this.backend = this.engine.schedulers[0];
    this.knex = this.engine.knex;
  }

  async start(task) {
    await this.engine.store(this.pipeline, {
      tasks: [{ id: 'a', executor: 'kubernetes', ...task }],
    });
    const { runId } = await this.engine.ask('trigger', {
      pipeline: this.pipeline,
      runKey: 'one',
    });
    this.run = await this.knex('runs').where({ run_id: runId }).first('id');
  }

  attempts() {
    return this.knex('attempts').where({ run_id: this.run.id }).orderBy('seq');
  }

  async last() {
    return (await this.attempts()).at(-1);
  }

  podOf(attempt) {
    return `maestro-${attempt.attempt_id}`;
  }

  /** Waits until attempt number `seq` runs. */
  async running(seq = 1) {
    await until(
      `attempt ${seq} runs`,
      async () => {
        const attempt = (await this.attempts())[seq - 1];
        return attempt?.state === 'running';
      },
      {
        describe: async () => JSON.stringify(await this.told()),
        everyMs: 100,
      },
    );
    // So that there is a log that something could happen to.
    await pause(700);
  }

  /** Waits until it says what it waits for, or why its launch was refused. */
  async says(words, timeoutMs = 180_000) {
    await until(
      `it says ${words}`,
      async () =>
        (await this.attempts()).some(one => words.test(one.message ?? '')),
      {
        timeoutMs,
        everyMs: 100,
        describe: async () => JSON.stringify(await this.told()),
      },
    );
  }

  /** Waits until its pod has ended, by the API. */
  async podEnded() {
    const name = this.podOf(await this.last());
    await until('its pod has ended', async () => {
      const pod = await this.kube.json('get', 'pod', name, '--namespace=chaos');
      return ['Succeeded', 'Failed'].includes(pod.status.phase);
    });
  }

  /** Lets each attempt but the first go on, until the run is over. */
  async letGo() {
    let refused;
    await until(
      'a held run is over',
      async () => {
        const run = await this.knex('runs').where({ id: this.run.id }).first();
        if (['success', 'failed'].includes(run.state)) return true;
        const [, ...others] = await this.attempts();
        const attempt = others.at(-1);
        if (attempt?.state === 'running')
          await this.kube
            .kubectl([
              ...['exec', this.podOf(attempt), `--namespace=${NAMESPACE}`],
              ...['--container=task', '--', 'touch', '/tmp/go'],
            ])
            // It may have gone meanwhile: asked again, and told in the end.
            .catch(error => {
              refused = error.message;
            });
        return false;
      },
      {
        timeoutMs: 240_000,
        everyMs: 500,
        describe: async () => JSON.stringify([await this.told(), refused]),
      },
    );
  }

  /** For errors. */
  async told() {
    return (await this.attempts()).map(one => [
      one.state,
      one.result,
      one.failure,
      one.message,
    ]);
  }

  async isOver() {
    await until(
      'the run is over',
      async () => {
        const run = await this.knex('runs').where({ id: this.run.id }).first();
        return ['success', 'failed'].includes(run.state) && run;
      },
      {
        timeoutMs: 240_000,
        describe: async () => JSON.stringify(await this.told()),
      },
    );
    await until(
      'its logs are sealed',
      async () =>
        (await this.attempts()).every(one => one.log_state !== 'open'),
      {
        timeoutMs: 180_000,
        describe: async () => JSON.stringify(await this.told()),
      },
    );
  }

  /**
   * @param expected.run - state of the run
   * @param expected.attempts - for each `[state or failure class, words of the
   *   reason, what its log is]`; see LOGS
   * @param some - failure class of which there may be any number before the
   *   last attempt, beside those expected
   */
  async was(expected, lines, some) {
    const run = await this.knex('runs').where({ id: this.run.id }).first();
    const all = await this.attempts();
    const firsts = expected.attempts.length - 1;
    const attempts = all.filter(
      (one, i) => i < firsts || i === all.length - 1 || one.failure !== some,
    );
    const told = JSON.stringify(await this.told());
    assert.equal(run.state, expected.run, told);
    assert.deepEqual(
      attempts.map(one => one.failure ?? one.result),
      expected.attempts.map(([how]) => how),
      told,
    );
    for (const [i, [, reason, log]] of expected.attempts.entries()) {
      const attempt = attempts[i];
      if (reason) assert.match(attempt.message ?? '', reason);
      else assert.equal(attempt.message, null);
      if (i > 0)
        assert.ok(
          Number(attempt.claimed_at) >= Number(attempts[i - 1].ended_at),
          'the next attempt began when the one before was over',
        );
      LOGS[log](attempt, lines, this.engine);
    }
  }
}

const gapOf = attempt =>
  attempt.log_gap === null ? undefined : JSON.parse(attempt.log_gap);

/** What logs may be; each compares bytes with what the task wrote. */
const LOGS = {
  whole(attempt, lines, engine) {
    assert.equal(gapOf(attempt), undefined);
    assert.equal(
      sealedLog(engine, attempt),
      talkOf(attempt.attempt_id, lines),
      'every byte of the log',
    );
  },
  /** What it wrote until it was ended; a lost end is shown as such. */
  'until its end'(attempt, lines, engine) {
    const whole = talkOf(attempt.attempt_id, lines);
    const text = sealedLog(engine, attempt);
    const gap = gapOf(attempt);
    const kept = gap ? text.slice(0, gap.from) : text;
    assert.ok(kept.length > 0, 'something was written');
    assert.ok(whole.startsWith(kept), `a beginning of it: ${text}`);
    if (gap) assert.match(text.slice(gap.from), /Gap: |is lost/);
  },
  /** The middle is missing, where and why is shown, the rest is as written. */
  gap(attempt, lines, engine) {
    const whole = talkOf(attempt.attempt_id, lines);
    const text = sealedLog(engine, attempt);
    const gap = gapOf(attempt);
    assert.ok(gap, 'the gap is noted');
    assert.match(gap.reason, /rotated/);
    const [before, after] = [text.slice(0, gap.from), text.slice(gap.from)];
    assert.ok(whole.startsWith(before), 'what stands before the gap');
    const [, marker, rest] = /^(\n.*Gap: [^\n]*\n)([^]*)$/.exec(after);
    assert.match(marker, /rotated/);
    assert.ok(
      rest.length > 0 && whole.endsWith(rest),
      `what stands behind it is not its end as written: ${text.slice(
        Math.max(0, gap.from - 200),
      )}`,
    );
  },
  none(attempt, _lines, engine) {
    if (attempt.log_location === null) return;
    assert.equal(gapOf(attempt)?.reason ?? '', '');
    assert.equal(sealedLog(engine, attempt), '');
  },
};
