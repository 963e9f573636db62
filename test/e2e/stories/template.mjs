import assert from 'node:assert/strict';
import { openTab } from '../browser.mjs';
import { startFromList } from './gates.mjs';

const NAME = 'churn_story';
const SENTENCE = 'Zebrafinch customers who leave';

/** Create → New ML pipeline → form → registered → green → found by search. */
export async function fromTemplateToGreen({ portal, browser }) {
  const { api } = portal;
  const tab = await openTab(browser, portal.url);
  const { page } = tab;
  try {
    await tab.go('/create');
    await page
      .getByRole('button', { name: /choose/i })
      .first()
      .click();
    await page.getByLabel(/^Name/).fill(NAME);
    await page.getByLabel(/^Description/).fill(SENTENCE);
    await tab.look('template-form');
    await page.getByRole('button', { name: /^next$/i }).click();
    await page.getByRole('button', { name: /^(next|review)$/i }).click();
    await page.getByRole('button', { name: /^create$/i }).click();
    await page
      .getByRole('link', { name: /Open the pipeline/i })
      .or(page.getByRole('button', { name: /Open the pipeline/i }))
      .or(page.getByText(/is registered/))
      .first()
      .waitFor();
    await tab.look('template-done');

    await api.eventually(
      'registered',
      async () =>
        (await api.get('/pipelines')).items.some(one => one.name === NAME),
      { timeoutMs: 180_000 },
    );
    const runId = await startFromList(page, portal.url, portal, NAME);
    const run = await api.finished(runId, { timeoutMs: 480_000 });
    assert.equal(run.state, 'success', JSON.stringify(run.tasks));

    // The index is made anew now and then.
    await api.eventually(
      'search finds it',
      async () => {
        const response = await api.raw(
          `/api/search/query?term=zebrafinch&types%5B0%5D=pipeline`,
        );
        return response.ok && (await response.json()).results.length > 0;
      },
      { timeoutMs: 180_000, everyMs: 2000 },
    );
    await tab.go('/search?query=zebrafinch&types%5B%5D=pipeline');
    await page.getByRole('link', { name: NAME }).first().waitFor();
    await tab.look('search');
    tab.assertCalm('template to search');
  } finally {
    await tab.close();
  }
}
