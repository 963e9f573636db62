import assert from 'node:assert/strict';
import http from 'node:http';
import { statesOf } from '../../portal/api.mjs';
import { registered, shell, writePipeline } from '../../portal/pipelines.mjs';
import { openTab } from '../browser.mjs';
import { node, panel } from './runPage.mjs';

/*
 * Tasks that run no command: a decision, a pause, a call and a sub-run.
 */

/** A server that a task calls. @returns `url`, `requests` so far, `stop` */
async function startService() {
  const requests = [];
  const server = http.createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    requests.push({ method: request.method, url: request.url, body });
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ id: 'job-17' }));
  });
  await new Promise(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    requests,
    stop: () => server.close(),
  };
}

export async function prepareWaits(portal) {
  writePipeline(portal, 'story_child', {
    params: { properties: { ticket: { type: 'string' } } },
    tasks: [shell('work', 'echo "as a child: $MAESTRO_PARAMS"')],
  });
  writePipeline(portal, 'story_waiting', {
    params: { properties: { service: { type: 'string' } } },
    tasks: [
      {
        id: 'ask',
        approve: {
          message: 'Deploy to Oslo?\nIt takes the place of version 6.',
          input: {
            type: 'object',
            properties: {
              ticket: { type: 'string', minLength: 3 },
              percent: { type: 'integer', default: 10, maximum: 100 },
            },
            required: ['ticket'],
          },
        },
      },
      {
        id: 'say',
        dependsOn: ['ask'],
        run: {
          command: [
            'echo',
            'ticket ${{ tasks.ask.outputs.input.ticket }}, ${{ tasks.ask.outputs.input.percent }} percent',
          ],
        },
      },
      { id: 'pause', dependsOn: ['ask'], wait: { for: 'PT25S' } },
      {
        id: 'call',
        dependsOn: ['pause'],
        http: {
          method: 'POST',
          url: '${{ params.service }}/jobs',
          body: { ticket: '${{ tasks.ask.outputs.input.ticket }}' },
          outputs: { job: 'response.body.id' },
        },
      },
      {
        id: 'child',
        dependsOn: ['call'],
        pipeline: {
          name: 'story_child',
          params: { ticket: '${{ tasks.call.outputs.job }}' },
        },
      },
    ],
  });
  await registered(portal, ['story_child', 'story_waiting']);
}

/** Asked, answered in the form; a pause, a call and a sub-run follow. */
export async function waitsAreSeenThrough({ portal, browser, theme }) {
  const { api } = portal;
  const service = await startService();
  const tab = await openTab(browser, portal.url, { theme });
  const { page } = tab;
  try {
    const { runId } = await api.trigger('story_waiting', {
      params: { service: service.url },
    });
    await tab.go(`/maestro/runs/${runId}?task=say`);
    // The header says so, and leads there.
    await page.getByRole('link', { name: 'ask waits for a decision' }).click();
    const form = page.getByRole('region', { name: 'Decision' });
    await form.getByText('Deploy to Oslo?').waitFor();
    await form.getByLabel(/ticket/).pressSequentially('A');
    await form.getByRole('button', { name: 'Approve' }).click();
    await form
      .getByText(/fewer than 3|at least 3/)
      .first()
      .waitFor();
    await tab.look('approval-refused');
    await form.getByLabel(/ticket/).press('End');
    await form.getByLabel(/ticket/).pressSequentially('-1017');
    await form.getByLabel(/percent/).fill('25');
    await tab.look('approval');
    await form.getByRole('button', { name: 'Approve' }).click();
    await form.waitFor({ state: 'hidden' });
    // While it pauses: this is over by itself.
    await node(page, 'pause').click();
    await panel(page, 'pause').getByText('Goes on').waitFor();
    await tab.look('wait');
    await node(page, 'ask').click();
    const asked = panel(page, 'ask');
    await asked.getByText('A-1017').waitFor();
    await tab.lookInBoth('approval-decided', at =>
      panel(at, 'ask').getByText('A-1017').waitFor(),
    );

    await node(page, 'say').click();
    await panel(page, 'say')
      .getByRole('log')
      .getByText('ticket A-1017, 25 percent')
      .waitFor();
    await node(page, 'call').click();
    await panel(page, 'call').getByText('job-17').waitFor();
    await tab.lookInBoth('http-call', at =>
      panel(at, 'call').getByText('job-17').waitFor(),
    );
    const [request, ...more] = service.requests;
    assert.deepEqual(more, [], 'one request');
    assert.deepEqual(
      [request.method, request.url, JSON.parse(request.body)],
      ['POST', '/jobs', { ticket: 'A-1017' }],
    );

    const run = await api.finished(runId);
    assert.equal(run.state, 'success', JSON.stringify(statesOf(run)));
    await node(page, 'child').click();
    const child = panel(page, 'child');
    await child.getByText('success').first().waitFor();
    await tab.lookInBoth('sub-run', at =>
      at.getByRole('link', { name: /^story_child / }).waitFor(),
    );
    await child.getByRole('link', { name: /^story_child / }).click();
    await panel(page, 'work')
      .getByRole('log')
      .getByText('"ticket":"job-17"')
      .waitFor();
    await tab.lookInBoth('sub-run-child', at =>
      at.getByRole('log').getByText('job-17').waitFor(),
    );
    await page.getByRole('link', { name: /^story_waiting [^›]/ }).click();
    await child.waitFor();
    assert.ok(page.url().includes(runId), page.url());
    tab.assertCalm('waits');
  } finally {
    await tab.close();
    service.stop();
  }
}
