import assert from 'node:assert/strict';
import { statesOf } from '../../portal/api.mjs';
import { registered, shell, writePipeline } from '../../portal/pipelines.mjs';
import { until } from '../../portal/until.mjs';
import { openTab, whenShown } from '../browser.mjs';

/** "Within a second"; the suite's machine may do other things too. */
const LIVE_MS = 2_000;
/** How often that is measured, at most: what else runs only adds. */
const MEASUREMENTS = 3;
/** Long enough for the page to be open and up to date before it ends. */
const LIVE_SECONDS = 40;

/** Small pipelines that behave as the stories need. */
export async function prepare(portal) {
  writePipeline(portal, 'story_failing', {
    tasks: [
      shell('breaks', 'echo "try $MAESTRO_TRY_NUMBER broke"; exit 3', {
        retries: 2,
        retryDelay: 'PT2S',
      }),
      shell('never', 'echo never', { dependsOn: ['breaks'] }),
    ],
  });
  writePipeline(portal, 'story_live', {
    params: {
      properties: {
        seconds: { type: 'integer', minimum: 1, maximum: 600, default: 6 },
      },
      required: ['seconds'],
    },
    tasks: [
      {
        id: 'count',
        run: {
          command: [
            'sh',
            '-c',
            'i=0; while [ $i -lt "$1" ]; do i=$((i + 1)); echo "second $i at $(date +%s%3N)"; sleep 1; done',
            'count',
            '${{ params.seconds }}',
          ],
        },
      },
      shell('then', 'echo then', { dependsOn: ['count'] }),
    ],
  });
  await registered(portal, ['story_failing', 'story_live']);
}

/** Two retries two seconds apart, failed, what follows upstream_failed. */
export async function failsAfterRetries({ portal, browser }) {
  const { api } = portal;
  const { runId } = await api.trigger('story_failing');
  const run = await api.finished(runId);
  assert.equal(run.state, 'failed');
  assert.deepEqual(statesOf(run), {
    breaks: 'failed',
    never: 'upstream_failed',
  });
  const attempts = await api.attempts(runId, 'breaks');
  assert.deepEqual(
    attempts.map(({ tryNumber, exitCode }) => [tryNumber, exitCode]),
    [1, 2, 3].map(number => [number, 3]),
  );
  for (const i of [1, 2]) {
    const waited = attempts[i].claimedAt - attempts[i - 1].endedAt;
    // What it says, not the five minutes of who says nothing.
    assert.ok(waited >= 1_900 && waited < 120_000, `${waited} ms`);
  }
  const tab = await openTab(browser, portal.url);
  try {
    await tab.go(`/maestro/runs/${runId}?task=breaks`);
    await tab.page.getByRole('log').getByText('try 3 broke').waitFor();
    await tab.page.getByRole('tab', { name: 'attempt 1' }).click();
    await tab.page.getByRole('log').getByText('try 1 broke').waitFor();
    await tab.look('run-failed');
    tab.assertCalm('failed run');
  } finally {
    await tab.close();
  }
}

/** The form refuses what the schema refuses; then lines and states come live. */
export async function formAndLive({ portal, browser }) {
  const { api } = portal;
  const tab = await openTab(browser, portal.url);
  const { page } = tab;
  try {
    await tab.go('/maestro');
    await page
      .getByRole('button', { name: 'Run story_live', exact: true })
      .click();
    const dialog = page.getByRole('dialog');
    const seconds = dialog.getByLabel(/seconds/);
    await seconds.fill('0');
    await dialog.getByRole('button', { name: 'Start run' }).click();
    await dialog
      .getByText(/>= 1|at least|minimum/i)
      .first()
      .waitFor();
    assert.deepEqual((await api.get('/runs?pipeline=story_live')).items, []);
    await seconds.fill(String(LIVE_SECONDS));
    await tab.look('trigger-form');
    await dialog.getByRole('button', { name: 'Start run' }).click();
    const { runId } = await api.eventually(
      'the run',
      async () => (await api.get('/runs?pipeline=story_live')).items[0],
    );
    const late = await howLate(tab, api, runId);
    assert.equal((await api.run(runId)).params.seconds, LIVE_SECONDS);
    const isLate = () => late.line > LIVE_MS || late.state > LIVE_MS;
    for (let more = 1; more < MEASUREMENTS && isLate(); more += 1) {
      const again = await api.trigger('story_live', {
        params: { seconds: LIVE_SECONDS },
      });
      const next = await howLate(tab, api, again.runId);
      for (const what of Object.keys(late))
        late[what] = Math.min(late[what], next[what]);
    }
    assert.ok(late.line <= LIVE_MS, `a line came after ${late.line} ms`);
    assert.ok(late.state <= LIVE_MS, `the state came after ${late.state} ms`);
    tab.assertCalm('live run');
  } finally {
    await tab.close();
  }
}

/**
 * Milliseconds until the page shows a line, and the state of the task; infinite
 * where the page was open too late to tell.
 */
async function howLate({ go, page }, api, runId) {
  await go(`/maestro/runs/${runId}?task=count`);
  await page.getByRole('log').getByText('second 1 at').waitFor();
  // The page is open and up to date from here on, however long that took.
  const lines = () => page.getByRole('log').innerText();
  const told = [...(await lines()).matchAll(/second (\d+) at/g)];
  const next = Math.max(LIVE_SECONDS / 2, Number(told.at(-1)[1]) + 5);
  if (next > LIVE_SECONDS) return { line: Infinity, state: Infinity };
  const shownLine = async () => {
    const at = await whenShown(page, '[role=log]', `second ${next} at`);
    const found = new RegExp(`second ${next} at (\\d+)`).exec(await lines());
    return { line: at, written: found ? Number(found[1]) : -Infinity };
  };
  const [{ line, written }, shown] = await Promise.all([
    shownLine(),
    whenShown(page, 'section[aria-label="Task count"] h2 + *', 'success'),
  ]);
  const run = await api.finished(runId);
  const ended = run.tasks.find(task => task.taskId === 'count').endedAt;
  const late = { line: line - written, state: shown - ended };
  process.stdout.write(`# live: ${JSON.stringify(late)} ms\n`);
  return late;
}

/** A click on a task of the graph opens it; so does Enter. */
export async function graphOpensTasks({ portal, browser }) {
  const { runId } = await portal.api.trigger('story_live', {
    params: { seconds: 1 },
  });
  await portal.api.finished(runId);
  const tab = await openTab(browser, portal.url);
  const { page } = tab;
  const task = id => page.getByRole('button', { name: new RegExp(`^${id}, `) });
  const panel = id => page.getByRole('region', { name: `Task ${id}` });
  try {
    await tab.go(`/maestro/runs/${runId}?task=count`);
    await panel('count').waitFor();
    // The mouse itself; when another element lies there and would get the
    // click, Playwright refuses it.
    await task('then').click();
    await panel('then').waitFor();
    assert.match(page.url(), /task=then/);
    await task('count').focus();
    await page.keyboard.press('Enter');
    await panel('count').waitFor();
    tab.assertCalm('clicks on the graph');
  } finally {
    await tab.close();
  }
}

/** Cancel from the page, then clear with the preview it shows. */
export async function cancelAndClear({ portal, browser }) {
  const { api } = portal;
  const { runId } = await api.trigger('story_live', {
    params: { seconds: 300 },
  });
  await api.waitForRun(runId, 'running', run =>
    run.tasks.some(task => task.state === 'running'),
  );
  const tab = await openTab(browser, portal.url);
  const { page } = tab;
  try {
    await tab.go(`/maestro/runs/${runId}`);
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: 'Cancel the run' })
      .click();
    const cancelled = await api.finished(runId, { timeoutMs: 180_000 });
    assert.equal(cancelled.state, 'failed');
    assert.match(cancelled.stateReason, /cancel/);
    await page.getByText('cancelled').first().waitFor();

    await page.getByRole('button', { name: 'Clear…' }).first().click();
    const dialog = page.getByRole('dialog');
    // The preview names what it will do before it is done.
    await dialog.getByText('Clears 2 task instances').waitFor();
    assert.equal((await api.run(runId)).clearCount, 0, 'only a preview');
    await tab.look('clear-preview');
    await dialog.getByRole('button', { name: /^Clear 2 task/ }).click();
    await api.waitForRun(
      runId,
      'runs again',
      run => run.clearCount === 1 && run.state === 'running',
    );
    await api.post(`/runs/${runId}/cancel`, {});
    await api.finished(runId);
    tab.assertCalm('cancel and clear');
  } finally {
    await tab.close();
  }
}

/** A backend that is stopped: a banner; back again: it goes by itself. */
export async function bannerComesAndGoes({ portal, browser }) {
  const tab = await openTab(browser, portal.url);
  try {
    await tab.go('/maestro');
    await tab.page.getByRole('table', { name: 'Pipelines' }).waitFor();
    const pid = portal.backendPid();
    const banner = tab.page.getByText("Maestro's backend does not answer");
    // Who would start another one is held until somebody has asked.
    process.kill(portal.pid, 'SIGSTOP');
    try {
      process.kill(pid, 'SIGKILL');
      // On the next question; the pages ask by themselves now and then.
      await banner.waitFor({ timeout: 90_000 });
      await tab.look('backend-away');
    } finally {
      process.kill(portal.pid, 'SIGCONT');
    }
    await until(
      'another backend',
      () => ![undefined, pid].includes(portal.backendPid()),
    );
    await banner.waitFor({ state: 'hidden', timeout: 180_000 });
    await tab.page.getByRole('table', { name: 'Pipelines' }).waitFor();
  } finally {
    await tab.close();
  }
  // Maestro answers; the other plugins of the backend may still be starting.
  await portal.api.eventually(
    'the backend is ready',
    async () => (await portal.api.raw('/.backstage/health/v1/readiness')).ok,
  );
  // A page opened now has no trouble at all.
  const fresh = await openTab(browser, portal.url);
  try {
    await fresh.go('/maestro');
    await fresh.page.getByRole('table', { name: 'Pipelines' }).waitFor();
    fresh.assertCalm('after the backend came back');
  } finally {
    await fresh.close();
  }
}
