import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { startPortal, temporaryFolder } from '../../portal/portal.mjs';
import { openTab, startBrowser } from '../browser.mjs';
import { panel } from '../stories/runPage.mjs';
import { writeDags } from './dags.mjs';

/*
 * A folder of DAG files with the real Airflow, as somebody who comes from
 * Airflow looks at it: catalog, run, log, rendered templates, XCom, code.
 */

const DAG = 'flight_delays';
const SECRET = 'hunter2-of-the-warehouse';

let portal;
let browser;
let folder;
let runId;

before(async () => {
  const python = process.env.MAESTRO_AIRFLOW_PYTHON;
  assert.ok(python, 'MAESTRO_AIRFLOW_PYTHON names no Python with Airflow');
  folder = temporaryFolder();
  writeDags(folder);
  browser = await startBrowser();
  portal = await startPortal({
    config: {
      catalog: { processingInterval: { seconds: 2 } },
      maestro: {
        airflow: {
          pollInterval: { seconds: 1 },
          environments: { default: { python } },
          sources: [{ name: 'ml', folder, owner: 'group:default/ml-team' }],
        },
      },
    },
  });
  const { api } = portal;
  await api.post('/connections', {
    connId: 'warehouse',
    connType: 'postgres',
    host: 'warehouse.example',
    login: 'reader',
    password: SECRET,
  });
  await api.eventually('the DAG is read', async () =>
    (await api.get('/pipelines')).items.some(({ name }) => name === DAG),
  );
  ({ runId } = await api.trigger(DAG, { params: { trees: 250 } }));
  // One of its tasks fails, as it should.
  assert.equal((await api.finished(runId)).state, 'failed');
});

after(async () => {
  await browser?.close();
  await portal?.stop();
  if (folder) fs.rmSync(folder, { recursive: true, force: true });
});

/** One tab, in which nothing may go wrong and no secret may stand. */
async function inTab(use) {
  const tab = await openTab(browser, portal.url);
  try {
    await use(tab, tab.page);
    assert.ok(
      !(await tab.page.content()).includes(SECRET),
      'a secret is shown',
    );
    tab.assertCalm('a page of a DAG');
  } finally {
    await tab.close();
  }
}

const open = (tab, search) => tab.go(`/maestro/runs/${runId}?${search}`);

test('the list has DAGs as a type, and what of the folder cannot be read', () =>
  inTab(async (tab, page) => {
    await tab.go('/maestro?type=airflow');
    const shows = async at => {
      await at.getByRole('link', { name: DAG, exact: true }).waitFor();
      await at.getByText("No module named 'xgboots'").first().waitFor();
    };
    await shows(page);
    await page.getByRole('button', { name: 'traceback' }).click();
    await page.getByText('Traceback (most recent call last)').waitFor();
    await tab.lookInBoth('airflow-pipelines', shows);
  }));

test('the page of a DAG has its docs, its file and what its author should know', () =>
  inTab(async (tab, page) => {
    const shows = async at => {
      await at.getByText('How late will a flight be?').waitFor();
      await at
        .getByText(/schedule_interval/)
        .first()
        .waitFor();
    };
    await portal.api.eventually(
      'the entity is there',
      async () =>
        (
          await portal.api.raw(
            `/api/catalog/entities/by-name/pipeline/default/${DAG}`,
          )
        ).ok,
    );
    await tab.go(`/catalog/default/pipeline/${DAG}`);
    await shows(page);
    await tab.lookInBoth('airflow-dag', shows);
  }));

test('a log is read as lines, with groups, levels and the exception', () =>
  inTab(async (tab, page) => {
    await open(tab, 'task=check');
    const shows = async at => {
      const log = panel(at, 'check').getByRole('log');
      await log.getByText('ValueError: 3 flights without a delay').waitFor();
      await log.getByText('caused by').waitFor();
    };
    await shows(page);
    const log = panel(page, 'check').getByRole('log');
    const group = log.getByRole('button', { name: /Rows that are wrong/ });
    assert.equal(await group.getAttribute('aria-expanded'), 'false');
    await group.click();
    await log.getByText('row 2: no delay').waitFor();
    await tab.lookInBoth('airflow-log', shows);
    // Search goes into what is folded; raw is what was written.
    await group.click();
    await page.getByRole('textbox', { name: 'Search the log' }).fill('row 3');
    await page.keyboard.press('Enter');
    await log.locator('mark', { hasText: 'row 3' }).waitFor();
    await page.getByRole('checkbox', { name: 'raw' }).check();
    await log.getByText('"event":"::endgroup::"').first().waitFor();
    await tab.look('airflow-log-raw');
  }));

test('rendered templates stand beside the log', () =>
  inTab(async (tab, page) => {
    await open(tab, 'task=report&panel=rendered');
    const shows = at =>
      panel(at, 'report')
        .getByRole('region', { name: 'Rendered bash_command' })
        .getByText(/echo "250 trees, 3 cities/)
        .waitFor();
    await shows(page);
    await tab.lookInBoth('airflow-rendered', shows);
  }));

test('XComs are a tree, large ones are downloaded, links are links', () =>
  inTab(async (tab, page) => {
    await open(tab, 'task=load&panel=outputs');
    const shows = async at => {
      const value = panel(at, 'load').getByRole('region', {
        name: 'Output return_value',
      });
      await value.getByText('"Oslo"').waitFor();
      await panel(at, 'load').getByText('Too large to show here').waitFor();
    };
    await shows(page);
    await tab.lookInBoth('airflow-xcom', shows);
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download sample' }).click(),
    ]);
    const rows = JSON.parse(fs.readFileSync(await saved.path(), 'utf8'));
    assert.equal(rows.length, 20_000);
  }));

test('a question is answered with the button of an option', () =>
  inTab(async (tab, page) => {
    const { api } = portal;
    await api.eventually('the DAG that asks is read', async () =>
      (
        await api.get('/pipelines')
      ).items.some(({ name }) => name === 'release_model'),
    );
    const asking = await api.trigger('release_model');
    await api.waitForRun(asking.runId, 'it asks', ({ tasks }) =>
      tasks.some(({ wait }) => wait?.approval),
    );
    const at = search => `/maestro/runs/${asking.runId}?${search}`;
    await tab.go(at('task=may_go'));
    const asks = async of => {
      const form = of.getByRole('region', { name: 'Decision' });
      await form.getByText('Release delays_v7?').waitFor();
      await form.locator('strong', { hasText: '0.91' }).waitFor();
    };
    await asks(page);
    await tab.lookInBoth('airflow-question', asks);
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    assert.equal((await api.finished(asking.runId)).state, 'success');

    await tab.go(at('task=may_go&panel=deferrals'));
    const deferrals = of =>
      of
        .getByRole('table', { name: 'Deferrals so far' })
        .getByText('answered by guest')
        .waitFor();
    await deferrals(page);
    await tab.lookInBoth('airflow-deferrals', deferrals);

    await tab.go(at('task=evaluate&panel=state'));
    const state = of =>
      of
        .getByRole('region', { name: 'State job_id' })
        .getByText('job-4711')
        .waitFor();
    await state(page);
    await tab.lookInBoth('airflow-state', state);
    // A task of a decorator leads to its function.
    await panel(page, 'evaluate')
      .getByRole('link', { name: 'release_model.py, line 8' })
      .waitFor();
  }));

test('a run is about the partition it is given, and what its DAG calls has a log', () =>
  inTab(async (tab, page) => {
    const { api } = portal;
    await api.eventually(
      'the entity is there',
      async () =>
        (
          await api.raw(
            '/api/catalog/entities/by-name/pipeline/default/regional_sales',
          )
        ).ok,
    );
    await tab.go('/catalog/default/pipeline/regional_sales/runs');
    await page.getByRole('button', { name: 'Run…' }).click();
    // The longest that there may be: it must not push away what stands beside it.
    const key = `eu-${'x'.repeat(247)}`;
    await page.getByLabel('Partition key').fill(key);
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.waitForURL(/\/maestro\/runs\//);
    await page.getByText('success', { exact: true }).first().waitFor();
    const { pathname } = new URL(page.url());
    await tab.go(`${pathname}?task=dag:on_success_callback`);
    const called = async of => {
      await of.getByTitle(key).first().waitFor();
      const log = panel(of, 'dag:on_success_callback').getByRole('log');
      await log.getByText('Telling the team: success').waitFor();
    };
    await called(page);
    await tab.lookInBoth('airflow-partition', called);

    await tab.go('/catalog/default/pipeline/regional_sales/runs');
    const listed = async of => {
      await of
        .getByRole('rowheader', { name: 'DAG callback: failure' })
        .waitFor();
      const row = of.getByRole('table', { name: 'Runs' }).getByRole('row');
      await row.nth(1).getByTitle(key).waitFor();
      await row.nth(1).getByText('success').waitFor();
    };
    await listed(page);
    await tab.lookInBoth('airflow-partitions', listed);
  }));

test('instances of a mapped task have the names they give themselves', () =>
  inTab(async (tab, page) => {
    await open(tab, 'task=score');
    const shows = at =>
      panel(at, 'score')
        .getByRole('list', { name: 'Instances of score' })
        .getByText('Rome')
        .waitFor();
    await shows(page);
    await tab.lookInBoth('airflow-mapped', shows);
  }));

test('code is that of the version that ran, at the line of the task', () =>
  inTab(async (tab, page) => {
    await open(tab, 'task=report');
    await panel(page, 'report')
      .getByRole('link', { name: /flight_delays\.py, line \d+/ })
      .click();
    const shows = at =>
      at
        .getByLabel('flight_delays.py')
        .getByText('BashOperator')
        .last()
        .waitFor();
    await shows(page);
    const line = Number(new URL(page.url()).searchParams.get('line'));
    const source = fs
      .readFileSync(path.join(folder, 'flight_delays.py'), 'utf8')
      .split('\n');
    assert.match(
      source.slice(line - 1, line + 1).join('\n'),
      /BashOperator|report/,
    );
    await tab.lookInBoth('airflow-code', shows);
  }));
