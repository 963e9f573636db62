import assert from 'node:assert/strict';
import { statesOf } from '../../portal/api.mjs';
import { registered, shell, writePipeline } from '../../portal/pipelines.mjs';
import { openTab } from '../browser.mjs';
import { headed, node, panel, repair, repaired } from './runPage.mjs';

/*
 * Ends that are not the usual one: cancelled with clean-up, run again from what
 * failed, reused, and given up in the queue.
 */

export async function prepareEndings(portal) {
  writePipeline(portal, 'story_cleaning', {
    tasks: [
      shell('cluster', 'echo "the cluster is there"', { setup: true }),
      shell('use', 'echo working; sleep 300', { dependsOn: ['cluster'] }),
      shell('cluster_down', 'echo "the cluster is gone"', {
        dependsOn: ['use'],
        teardown: { of: ['cluster'] },
      }),
    ],
    finally: [
      {
        id: 'notify',
        run: {
          command: [
            'echo',
            'told of ${{ run.state }} of ${{ run.failed_tasks }}',
          ],
        },
      },
    ],
  });
  writePipeline(portal, 'story_reused', {
    tasks: [
      shell(
        'features',
        'echo computing; echo \'{"rows": 7}\' > "$MAESTRO_OUTPUT"',
        {
          cache: true,
        },
      ),
      {
        id: 'train',
        dependsOn: ['features'],
        run: {
          command: [
            'sh',
            '-c',
            '[ -e "$1" ] || { echo "no disk"; exit 4; }; echo trained',
            'train',
            repaired(portal, 'reused'),
          ],
        },
      },
      shell('publish', 'echo published', { dependsOn: ['train'] }),
    ],
  });
  writePipeline(portal, 'story_queued', {
    tasks: [
      shell('first', 'echo first; sleep 300', { priority: 2 }),
      shell('late', 'echo never', { queuedTimeout: 'PT45S' }),
    ],
    maxActiveTasks: 1,
  });
  await registered(portal, ['story_cleaning', 'story_reused', 'story_queued']);
}

/** Cancel says what still runs; teardown and finally really run. */
export async function cancelCleansUp({ portal, browser, theme }) {
  const { api } = portal;
  const { runId } = await api.trigger('story_cleaning');
  const tab = await openTab(browser, portal.url, { theme });
  const { page } = tab;
  try {
    await tab.go(`/maestro/runs/${runId}?task=use`);
    await panel(page, 'use').getByRole('log').getByText('working').waitFor();
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog
      .getByText(
        'This ends 1 task that runs. What cleans up still runs (2 tasks of teardown and finally).',
      )
      .waitFor();
    await tab.look('cancel-cleaning');
    await dialog.getByRole('button', { name: 'Cancel the run' }).click();
    for (const [id, line] of [
      ['cluster_down', 'the cluster is gone'],
      ['notify', 'told of failed of'],
    ]) {
      await node(page, id).click();
      await panel(page, id).getByRole('log').getByText(line).waitFor();
    }
    const run = await api.finished(runId);
    assert.deepEqual(
      [run.state, statesOf(run)],
      [
        'failed',
        {
          cluster: 'success',
          use: 'failed',
          cluster_down: 'success',
          notify: 'success',
        },
      ],
    );
    await headed(page, /cancelled/);
    await tab.lookInBoth('cancelled-clean', at =>
      at.getByRole('log').getByText('told of failed').waitFor(),
    );
    tab.assertCalm('cancel with clean-up');
  } finally {
    await tab.close();
  }
}

/** What failed again, not what succeeded; the next run reuses that too. */
export async function failedRunsAgainAndResultIsReused({
  portal,
  browser,
  theme,
}) {
  const { api } = portal;
  const { runId } = await api.trigger('story_reused');
  assert.equal((await api.finished(runId)).state, 'failed');
  repair(portal, 'reused');
  const tab = await openTab(browser, portal.url, { theme });
  const { page } = tab;
  try {
    await tab.go(`/maestro/runs/${runId}`);
    await page.getByRole('button', { name: 'Re-run from failed' }).click();
    const dialog = page.getByRole('dialog', { name: 'Re-run from failed' });
    await dialog.getByText(/^Clears 2 task instances/).waitFor();
    await tab.look('rerun-from-failed');
    await dialog.getByRole('button', { name: 'Re-run 2 task' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await page
      .getByRole('button', { name: 'Re-run from failed' })
      .waitFor({ state: 'hidden' });
    const again = await api.finished(runId);
    assert.equal(again.state, 'success');
    await headed(page, 'success');
    assert.equal((await api.attempts(runId, 'features')).length, 1);
    assert.equal((await api.attempts(runId, 'train')).length, 2);

    await page.getByRole('button', { name: 'Run again' }).click();
    const start = page.getByRole('dialog');
    await start.getByText('Run without cache').waitFor();
    await tab.look('run-again');
    await start.getByRole('button', { name: 'Start run' }).click();
    await page.waitForURL(url => !url.pathname.includes(runId));
    await page
      .getByRole('button', { name: /^features, success, reused/ })
      .click();
    const task = panel(page, 'features');
    await task.getByText(/^Reused from/).waitFor();
    await task.getByText('rows').waitFor();
    const second = page.url().match(/runs\/([^?/]+)/)[1];
    assert.equal((await api.finished(second)).state, 'success');
    assert.deepEqual(await api.attempts(second, 'features'), []);
    await tab.lookInBoth('reused', at =>
      panel(at, 'features').getByText('rows').waitFor(),
    );
    await task.getByRole('link', { name: /^run / }).click();
    await task.getByRole('log').getByText('computing').waitFor();
    assert.ok(page.url().includes(runId), page.url());
    tab.assertCalm('re-run and reuse');
  } finally {
    await tab.close();
  }
}

/** What is not let run says why, and gives up when its time is over. */
export async function queuedTimeoutIsTold({ portal, browser, theme }) {
  const { api } = portal;
  const { runId } = await api.trigger('story_queued');
  const tab = await openTab(browser, portal.url, { theme });
  const { page } = tab;
  try {
    await tab.go(`/maestro/runs/${runId}?task=late`);
    const task = panel(page, 'late');
    await task.getByText('Why it is not running').waitFor();
    await task
      .getByText(/at most 1|maxActiveTasks|limit/)
      .first()
      .waitFor();
    await tab.look('queued');
    await task.getByText(/longer than 45/).waitFor();
    await task.getByText('failed', { exact: true }).waitFor();
    await tab.lookInBoth('queued-timeout', at =>
      panel(at, 'late')
        .getByText(/longer than 45/)
        .waitFor(),
    );
    await api.post(`/runs/${runId}/cancel`, {});
    await api.finished(runId);
    tab.assertCalm('queued timeout');
  } finally {
    await tab.close();
  }
}
