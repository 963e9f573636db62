import assert from 'node:assert/strict';
import { registered, shell, writePipeline } from '../../portal/pipelines.mjs';
import { openTab } from '../browser.mjs';
import { headed, node, panel, repair, repaired } from './runPage.mjs';

/*
 * Tasks that are many: one for each item of a list, and a group of them.
 */

export async function prepareMapped(portal) {
  writePipeline(portal, 'story_mapped', {
    groups: [{ id: 'work', title: 'The work' }],
    tasks: [
      shell(
        'list',
        'echo \'{"items": [{"city": "Oslo"}, {"city": "Rome"}, {"city": "Bonn"}]}\' > "$MAESTRO_OUTPUT"',
      ),
      {
        id: 'score',
        group: 'work',
        dependsOn: ['list'],
        map: { over: 'tasks.list.outputs.items' },
        run: {
          command: [
            'sh',
            '-c',
            'echo "scoring $1"; [ "$1" != Rome ] || [ -e "$2" ] || { echo "no data of $1"; exit 3; }; echo "{\\"city\\": \\"$1\\"}" > "$MAESTRO_OUTPUT"',
            'score',
            '${{ item.city }}',
            repaired(portal, 'mapped'),
          ],
        },
      },
      shell('check', 'echo checked', { group: 'work', dependsOn: ['score'] }),
      {
        id: 'report',
        dependsOn: ['check', 'score'],
        run: {
          command: ['echo', 'all of', '${{ tasks.score.outputs.city }}'],
        },
      },
    ],
  });
  await registered(portal, ['story_mapped']);
}

/** Items as rows; the one that failed, its log, and it alone again. */
export async function mappedItemIsClearedAlone({ portal, browser, theme }) {
  const { api } = portal;
  const { runId } = await api.trigger('story_mapped');
  assert.equal((await api.finished(runId)).state, 'failed');
  const tab = await openTab(browser, portal.url, { theme });
  const { page } = tab;
  try {
    await tab.go(`/maestro/runs/${runId}`);
    await node(page, 'score').click();
    const task = panel(page, 'score');
    const items = task.getByRole('list', { name: 'Instances of score' });
    for (const city of ['Oslo', 'Rome', 'Bonn'])
      await items.getByText(`{"city":"${city}"}`).waitFor();
    await tab.lookInBoth('mapped-items', at =>
      panel(at, 'score').getByText('{"city":"Bonn"}').waitFor(),
    );
    await task.getByRole('button', { name: 'State of the instances' }).click();
    await page.getByRole('option', { name: '1 failed' }).click();
    await items.getByText('Oslo').waitFor({ state: 'hidden' });
    await items.getByRole('button', { name: /Rome/ }).click();
    await task.getByRole('log').getByText('no data of Rome').waitFor();
    assert.match(page.url(), /map=1/);
    await tab.lookInBoth('mapped-item', at =>
      at.getByRole('log').getByText('no data of Rome').waitFor(),
    );

    repair(portal, 'mapped');
    await task.getByRole('button', { name: 'Clear…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Clear score [1]' });
    // The item, check and report, and no other item.
    await dialog.getByText(/^Clears 3 task instances/).waitFor();
    await tab.look('mapped-clear');
    await dialog.getByRole('button', { name: 'Clear 3 task' }).click();
    // The page comes to the new attempt and to the new state by itself.
    await task.getByRole('tab', { name: 'attempt 2' }).click();
    await task.getByRole('log').getByText('scoring Rome').waitFor();
    const run = await api.finished(runId);
    assert.equal(run.state, 'success');
    await headed(page, 'success');
    assert.deepEqual(
      (
        await Promise.all(
          [0, 1, 2].map(index =>
            api.get(`/runs/${runId}/tasks/score/attempts?mapIndex=${index}`),
          ),
        )
      ).map(answer => answer.items.length),
      [1, 2, 1],
      'only the cleared item ran again',
    );
    await task.getByRole('button', { name: 'All instances' }).click();
    await task
      .getByText(/3 of 3|3\/3/)
      .first()
      .waitFor();
    await node(page, 'report').click();
    await panel(page, 'report')
      .getByRole('log')
      .getByText('all of ["Oslo","Rome","Bonn"]')
      .waitFor();
    await tab.lookInBoth('mapped-green', at =>
      at.getByRole('log').getByText('all of').waitFor(),
    );
    tab.assertCalm('mapped task');
  } finally {
    await tab.close();
  }
  return runId;
}

/** A group folds to one node, by its chip, and opens by a click on it. */
export async function groupFolds({ portal, browser, theme }, runId) {
  const tab = await openTab(browser, portal.url, { theme });
  const { page } = tab;
  try {
    await tab.go(`/maestro/runs/${runId}`);
    await node(page, 'score').waitFor();
    const chip = page
      .getByRole('group', { name: 'Groups' })
      .getByRole('button', { name: 'The work' });
    await chip.click();
    const folded = page.getByRole('button', { name: /^work, group, success/ });
    await folded.waitFor();
    for (const id of ['score', 'check'])
      await node(page, id).waitFor({ state: 'detached' });
    await node(page, 'report').waitFor();
    await tab.look('group-folded');
    // It stays so for who comes back.
    await page.reload();
    await folded.waitFor();
    await folded.click();
    for (const id of ['list', 'score', 'check', 'report'])
      await node(page, id).waitFor();
    assert.equal(await chip.getAttribute('aria-expanded'), 'true');
    await page.getByRole('button', { name: 'Clear group work' }).click();
    const dialog = page.getByRole('dialog', { name: 'Clear group work' });
    await dialog.getByText(/^Clears \d task instances/).waitFor();
    await tab.look('group-clear');
    await dialog.getByRole('button', { name: 'Keep' }).click();
    await dialog.waitFor({ state: 'hidden' });
    tab.assertCalm('groups');
  } finally {
    await tab.close();
  }
}
