import assert from 'node:assert/strict';
import { openTab } from '../browser.mjs';

const VALIDATION = 'data_validation_pipeline';
const TRAINING = 'model_training_pipeline';
const ASSET = 'flights_drift';
const TRAINING_MS = 16 * 60_000;

/**
 * The drift that is seeded in the data started a training by itself, once; each
 * of the two runs leads to the other one, and a second event cools down.
 */
export async function driftRetrains({ portal, browser, runs }) {
  const { api } = portal;
  const source = runs[VALIDATION];
  const started = await api.eventually(
    'a training that drift started',
    async () =>
      (await api.get(`/runs?pipeline=${TRAINING}&trigger=asset`)).items.at(-1),
  );
  const detail = await api.run(started.runId);
  assert.equal(detail.startedBy.length, 1);
  const [event] = detail.startedBy;
  assert.equal(event.asset, ASSET);
  assert.equal(event.runId, source);
  assert.equal(event.extra.alert, 'drift');
  assert.ok(Object.keys(event.extra.values).length > 0);
  const run = await api.finished(started.runId, {
    timeoutMs: TRAINING_MS,
    everyMs: 1000,
  });
  assert.equal(run.state, 'success', run.stateReason);

  const tab = await openTab(browser, portal.url);
  const { page } = tab;
  try {
    await page.goto(`${portal.url}/maestro/runs/${source}`);
    const consequences = page.getByRole('list', { name: 'Assets of this run' });
    await tab.look('drift-source');
    await consequences
      .getByRole('link', { name: `a run of ${TRAINING}` })
      .click();
    await page.waitForURL(`**/maestro/runs/${started.runId}`);
    const causes = page.getByRole('list', { name: 'Assets of this run' });
    await causes.getByText('Started by an event of').waitFor();
    await tab.look('drift-training');
    await causes.getByRole('link', { name: VALIDATION }).click();
    await page.waitForURL(`**/maestro/runs/${source}?task=check_drift`);

    // A second event within the day: told, and held back by the cool-down.
    await page.goto(`${portal.url}/maestro/assets`);
    await page.getByRole('button', { name: ASSET, exact: true }).click();
    const panel = page.getByRole('region', { name: `Asset ${ASSET}` });
    await panel.getByRole('button', { name: 'Tell an event…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Tell', exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    await panel.getByText('it cooled down until').waitFor();
    await tab.look('drift-asset');
    const { items } = await api.get(`/runs?pipeline=${TRAINING}&trigger=asset`);
    assert.equal(items.length, 1);
    tab.assertCalm('drift');
  } finally {
    await tab.close();
  }
}
