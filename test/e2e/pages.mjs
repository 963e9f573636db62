import assert from 'node:assert/strict';
import { THEMES, openTab } from './browser.mjs';

/*
 * Every page of ours, as somebody who looks around sees it. `shows` is called
 * with the page and waits for what must be there.
 */
export function everyPage({ runs }) {
  const run = (name, search = '') => `/maestro/runs/${runs[name]}${search}`;
  const entity = name => `/catalog/default/pipeline/${name}`;
  const text = what => page => page.getByText(what).first().waitFor();
  return [
    {
      name: 'pipelines',
      where: '/maestro',
      shows: async page => {
        for (const name of Object.keys(runs))
          await page
            .getByRole('button', { name: `Run ${name}`, exact: true })
            .waitFor();
      },
    },
    {
      name: 'run-graph',
      where: run('model_training_pipeline', '?task=train'),
      shows: async page => {
        for (const task of ['train', 'evaluate', 'gate', 'register'])
          await page
            .getByRole('button', { name: new RegExp(`^${task}, `) })
            .waitFor();
        await page
          .getByRole('region', { name: 'Task train' })
          .getByLabel('Log', { exact: true })
          .getByText(/\S/)
          .first()
          .waitFor();
      },
    },
    {
      name: 'run-list',
      where: run('feature_materialization', '?tab=list'),
      shows: text(/check_online|Check online/),
    },
    {
      name: 'run-alerts',
      where: run('data_validation_pipeline', '?tab=alerts'),
      shows: async page => {
        for (const kind of ['tailnum', 'flight_id', 'visib'])
          await page.getByText(new RegExp(kind)).first().waitFor();
      },
    },
    {
      name: 'run-report',
      where: run('data_validation_pipeline', '?tab=reports'),
      shows: async page => {
        const frame = page.locator('iframe[sandbox]');
        await frame.waitFor();
        assert.equal(await frame.getAttribute('sandbox'), '');
        await page.frameLocator('iframe').locator('h1').first().waitFor();
        // Its plots are really drawn.
        await page.frameLocator('iframe').locator('img, svg').first().waitFor();
      },
    },
    {
      name: 'run-events',
      where: run('my_ml_workflow', '?tab=events'),
      shows: text(/success|running/),
    },
    {
      name: 'entity',
      where: entity('model_training_pipeline'),
      shows: text('Next run'),
    },
    {
      name: 'entity-runs',
      where: `${entity('model_training_pipeline')}/runs`,
      shows: page =>
        page
          .getByRole('grid', { name: 'Tasks and runs' })
          .getByRole('gridcell', { name: /^Train, / })
          .first()
          .waitFor(),
    },
    {
      name: 'entity-code',
      where: `${entity('model_training_pipeline')}/code`,
      shows: page =>
        page
          .getByRole('navigation', { name: 'Files' })
          .getByText('train.py')
          .waitFor(),
    },
    {
      name: 'schedule',
      where: '/maestro/schedule',
      shows: page =>
        page
          .getByRole('grid', { name: 'Pipelines and when they are due' })
          .getByText('model_training_pipeline')
          .waitFor(),
    },
    {
      name: 'assets',
      where: '/maestro/assets?asset=flights_drift',
      shows: page =>
        page.getByRole('link', { name: 'started a run' }).first().waitFor(),
    },
    {
      name: 'connections',
      where: '/maestro/connections',
      shows: text('mlflow_default'),
    },
    {
      name: 'variables',
      where: '/maestro/variables',
      shows: text('model_accuracy_threshold'),
    },
    {
      name: 'pools',
      where: '/maestro/pools',
      shows: text('A pool is a number of slots'),
    },
    {
      name: 'mlflow-models',
      where: '/mlflow/models',
      shows: text('staging'),
    },
    {
      name: 'mlflow-experiments',
      where: '/mlflow/experiments',
      shows: text('late_arrival'),
    },
    {
      name: 'feast-views',
      where: '/feast/feature-views',
      shows: text(/weather|route/),
    },
    {
      name: 'feast-entities',
      where: '/feast/entities',
      shows: page => page.getByRole('row').nth(1).waitFor(),
    },
    {
      name: 'feast-sources',
      where: '/feast/data-sources',
      shows: page => page.getByRole('row').nth(1).waitFor(),
    },
    { name: 'create', where: '/create', shows: text('New ML pipeline') },
    {
      name: 'catalog',
      where: '/catalog?filters%5Bkind%5D=pipeline',
      shows: text('data_validation_pipeline'),
    },
  ];
}

/** Looks at every page in both themes; each is a test of its own. */
export async function lookAtPages(t, { browser, url, runs }) {
  for (const theme of THEMES)
    for (const { name, where, shows } of everyPage({ runs }))
      await t.test(`${name}, ${theme}`, async () => {
        const tab = await openTab(browser, url, { theme });
        try {
          await tab.go(where);
          try {
            await shows(tab.page);
          } finally {
            await tab.look(name);
          }
          tab.assertCalm(name);
        } finally {
          await tab.close();
        }
      });
}
