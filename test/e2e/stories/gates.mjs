import assert from 'node:assert/strict';
import { statesOf } from '../../portal/api.mjs';
import { openTab } from '../browser.mjs';

const TRAINING_MS = 12 * 60_000;

/** Changes a variable as a person does, on its page. */
export async function setVariable(page, url, key, value) {
  await page.goto(`${url}/maestro/variables`);
  await page.getByRole('button', { name: key, exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Value').fill(value);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page
    .getByRole('row')
    .filter({ hasText: key })
    .getByText(value)
    .waitFor();
}

/** Starts a run from the list with what its form proposes. */
export async function startFromList(page, url, { api }, name) {
  await page.goto(`${url}/maestro`);
  await page.getByRole('button', { name: `Run ${name}`, exact: true }).click();
  const before = new Set(
    (await api.get(`/runs?pipeline=${name}`)).items.map(run => run.runId),
  );
  const dialog = page.getByRole('dialog');
  // The form is loaded when it is wanted.
  await dialog
    .getByText('This pipeline takes no parameters.')
    .or(dialog.locator('form input'))
    .first()
    .waitFor();
  await dialog.getByRole('button', { name: 'Start run' }).click();
  return api.eventually(
    'the run that was started',
    async () =>
      (await api.get(`/runs?pipeline=${name}`)).items.find(
        run => !before.has(run.runId),
      )?.runId,
  );
}

/** A threshold that no model reaches: nothing is registered, all is green. */
export async function thresholdSkipsRegistration({ portal, browser }) {
  const tab = await openTab(browser, portal.url);
  const { page } = tab;
  const key = 'model_accuracy_threshold';
  const { value: before } = await portal.api.get(`/variables/${key}`);
  try {
    await setVariable(page, portal.url, key, '0.999');
    assert.equal((await portal.api.get(`/variables/${key}`)).value, '0.999');
    const runId = await startFromList(
      page,
      portal.url,
      portal,
      'model_training_pipeline',
    );
    const run = await portal.api.finished(runId, {
      timeoutMs: TRAINING_MS,
      everyMs: 1000,
    });
    assert.equal(run.state, 'success');
    const states = statesOf(run);
    assert.equal(states.register, 'skipped');
    assert.equal(states.skip_registration, 'success');
    await page.goto(`${portal.url}/maestro/runs/${runId}?task=register`);
    await page
      .getByRole('region', { name: 'Task register' })
      .getByText('skipped')
      .first()
      .waitFor();
    await tab.look('registration-skipped');
    tab.assertCalm('registration skipped');
  } finally {
    await portal.api.put(`/variables/${key}`, { value: before });
    await tab.close();
  }
}

/** Test on the page of a connection asks the real MLflow. */
export async function connectionIsTested({ portal, browser }) {
  const tab = await openTab(browser, portal.url);
  try {
    await tab.go('/maestro/connections');
    await tab.page
      .getByRole('button', { name: 'mlflow_default', exact: true })
      .click();
    const dialog = tab.page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Test', exact: true }).click();
    await dialog.getByText(/worked/).waitFor();
    for (const step of ['resolve', 'connect', 'answer'])
      await dialog.getByText(step, { exact: true }).waitFor();
    await tab.look('connection-test');
    tab.assertCalm('connection test');
  } finally {
    await tab.close();
  }
}
