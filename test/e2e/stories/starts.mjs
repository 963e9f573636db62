import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { registered, shell, writePipeline } from '../../portal/pipelines.mjs';
import { openTab } from '../browser.mjs';

/*
 * What starts runs beside a schedule and a person: backfills and webhooks.
 */

export async function prepareStarts(portal) {
  writePipeline(portal, 'story_daily', {
    schedule: { cron: '0 4 * * *', timezone: 'Europe/Berlin' },
    tasks: [shell('work', 'echo "for $MAESTRO_LOGICAL_DATE"')],
  });
  writePipeline(portal, 'story_hooked', {
    params: { properties: { ref: { type: 'string' } } },
    webhooks: [{ id: 'deploy', params: { ref: 'request.body.ref' } }],
    tasks: [shell('work', 'echo "of $MAESTRO_PARAMS"')],
  });
  await registered(portal, ['story_daily', 'story_hooked']);
}

/** The third day before a day of a date field. */
function twoDaysBefore(day) {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() - 2);
  return at.toISOString().slice(0, 10);
}

/** Previewed, started, seen to its end; then one of its runs and all later. */
export async function backfillIsSeenThrough({ portal, browser, theme }) {
  const { api } = portal;
  const tab = await openTab(browser, portal.url, { theme });
  const { page } = tab;
  try {
    await tab.go('/catalog/default/pipeline/story_daily/runs');
    await page.getByRole('button', { name: 'Backfill…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Backfill story_daily' });
    await dialog.getByText('7 of 7 due times will run.').waitFor();
    const last = await dialog.getByLabel('Last day').inputValue();
    await dialog.getByLabel('First day').fill(twoDaysBefore(last));
    await dialog.getByText('3 of 3 due times will run.').waitFor();
    assert.deepEqual((await api.get('/runs?pipeline=story_daily')).items, []);
    await tab.look('backfill-dialog');
    await dialog.getByRole('button', { name: 'Start 3 runs' }).click();
    const region = page.getByRole('region', { name: /^Backfill by/ });
    await region.getByText(/^3 of 3 done/).waitFor();
    await region.getByText('Backfill done').waitFor();
    await region.getByRole('button', { name: 'Show due times' }).click();
    const due = region.getByRole('listitem').getByRole('link');
    await due.nth(2).waitFor();
    await tab.look('backfill-done');
    await due.first().click();
    await page
      .getByRole('region', { name: 'Task work' })
      .getByRole('log')
      .getByText(`for ${twoDaysBefore(last)}`)
      .waitFor();
    await tab.lookInBoth('backfill-run', at =>
      at.getByRole('log').getByText('for ').waitFor(),
    );

    await page.getByRole('button', { name: 'Clear…' }).first().click();
    const clear = page.getByRole('dialog', { name: 'Clear the run' });
    await clear.getByText(/^Clears 1 task instance:/).waitFor();
    await clear.getByLabel('Also in all later runs').click();
    await clear.getByText(/^Clears 3 task instances in 3 runs/).waitFor();
    await tab.look('clear-later-runs');
    await clear
      .getByRole('button', { name: 'Clear 3 task instances in 3 runs' })
      .click();
    await clear.waitFor({ state: 'hidden' });
    const { items } = await api.get('/runs?pipeline=story_daily');
    assert.equal(items.length, 3);
    for (const { runId } of items) {
      const run = await api.waitForRun(
        runId,
        'over again',
        ({ clearCount, state }) => clearCount === 1 && state === 'success',
      );
      assert.equal(run.trigger, 'backfill');
    }
    tab.assertCalm('backfill');
  } finally {
    await tab.close();
  }
}

/** A secret made on the page; a request signed with it starts a run. */
export async function webhookStartsRun({ portal, browser, theme }) {
  const { api } = portal;
  const tab = await openTab(browser, portal.url, { theme });
  const { page } = tab;
  const send = async (address, secret) => {
    const body = JSON.stringify({ ref: 'refs/heads/main' });
    const signature = createHmac('sha256', secret).update(body).digest('hex');
    return fetch(address, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'x-hub-signature-256': `sha256=${signature}`,
      },
    });
  };
  const readSecret = async () => {
    const dialog = page.getByRole('dialog', { name: 'Secret of deploy' });
    const secret = await dialog.locator('code').innerText();
    await dialog.getByRole('button', { name: 'I have it' }).click();
    await dialog.waitFor({ state: 'hidden' });
    return secret.trim();
  };
  try {
    await tab.go('/catalog/default/pipeline/story_hooked');
    await page.getByText('No secret yet').waitFor();
    await page.getByText('No secret yet').scrollIntoViewIfNeeded();
    await tab.look('webhook-none');
    const address = (await page.getByText(/^POST /).innerText()).slice(5);
    await page.getByRole('button', { name: 'Make a secret of deploy' }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: 'Make the secret' })
      .click();
    const first = await readSecret();

    await page.getByRole('button', { name: 'New secret of deploy' }).click();
    const replace = page.getByRole('dialog', {
      name: 'New secret of deploy?',
    });
    await tab.look('webhook-replace');
    await replace.getByRole('button', { name: 'Replace the secret' }).click();
    await page.getByText('It is not shown again.').waitFor();
    await tab.look('webhook-secret');
    const secret = await readSecret();
    assert.notEqual(secret, first);

    assert.equal((await send(address, first)).status, 401);
    const answer = await send(address, secret);
    assert.ok(answer.ok, `${answer.status} ${await answer.clone().text()}`);
    const { runId } = await answer.json();
    const run = await api.finished(runId);
    assert.deepEqual(
      [run.state, run.trigger, run.params],
      ['success', 'api', { ref: 'refs/heads/main' }],
    );
    await page.reload();
    await page.getByText(/last request (just now|.* ago)/).waitFor();
    await page.getByText(/last request/).scrollIntoViewIfNeeded();
    await tab.look('webhook-used');
    await tab.go(`/maestro/runs/${runId}?tab=params`);
    await page.getByText('refs/heads/main').first().waitFor();
    await tab.lookInBoth('webhook-run', at =>
      at.getByText('refs/heads/main').first().waitFor(),
    );
    tab.assertCalm('webhook');
  } finally {
    await tab.close();
  }
}
