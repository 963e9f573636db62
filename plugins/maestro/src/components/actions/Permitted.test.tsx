import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { permissionApiRef } from '@backstage/plugin-permission-react';
import { NOW, pipelineOf, runOf } from '../../__testUtils__/fixtures';
import { apiOf, renderPage } from '../../__testUtils__/renderPage';
import { ConnectionsPage } from '../connections/ConnectionsPage';
import { PipelinesPage } from '../pipelines/PipelinesPage';
import { RunPage } from '../run/RunPage';
import { VariablesPage } from '../variables/VariablesPage';

/** Asked for: name of the permission, and of what. */
const asked: string[] = [];

// Answers once per question and page are kept by the browser, so that within
// this file everybody may read, and do nothing.
const readOnly = {
  authorize: async (request: {
    permission: { name: string };
    resourceRef?: string;
  }) => {
    asked.push(`${request.permission.name} ${request.resourceRef ?? ''}`);
    return { result: AuthorizeResult.DENY };
  },
};

const render = (
  page: JSX.Element,
  api: ReturnType<typeof apiOf>,
  where: { path?: string; at?: string } = {},
) => renderPage(page, { api, ...where, apis: [[permissionApiRef, readOnly]] });

async function refused(name: string | RegExp) {
  await screen.findByRole('button', { name });
  await waitFor(() => {
    const button = screen.getByRole('button', { name });
    expect(button).toBeDisabled();
    expect(button.closest('[role="note"]')).toHaveAccessibleName(
      /^You may not/,
    );
  });
}

describe('for somebody who may only look', () => {
  const runPage = {
    path: '/maestro/runs/:runId',
    at: '/maestro/runs/run-1',
  };

  it('the buttons of a run are disabled, and say which permission it takes', async () => {
    render(
      <RunPage />,
      apiOf({
        getRun: jest.fn(async () => runOf()),
        listAttempts: jest.fn(async () => ({ items: [] })),
      }),
      runPage,
    );
    await refused('Cancel');
    await refused('Run again');
    await refused('Add a note');
    for (const button of screen.getAllByRole('button', { name: 'Clear…' })) {
      expect(button).toBeDisabled();
    }
    const why = screen.getByRole('note', { name: /^You may not start runs/ });
    await userEvent.hover(why);
    expect(await screen.findByRole('tooltip')).toHaveTextContent(
      "Ask whoever looks after this portal's permissions for maestro.run.create.",
    );
    expect(asked).toEqual(
      expect.arrayContaining([
        'maestro.run.cancel run-1',
        'maestro.run.clear run-1',
        'maestro.run.update run-1',
        'maestro.run.create ',
      ]),
    );
  });

  it('the key for running again does nothing either', async () => {
    render(
      <RunPage />,
      apiOf({
        getRun: jest.fn(async () => runOf()),
        listAttempts: jest.fn(async () => ({ items: [] })),
      }),
      runPage,
    );
    await refused('Run again');
    fireEvent.keyDown(document.body, { key: 'r' });
    expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
  });

  it('a pipeline can be neither run nor paused', async () => {
    render(
      <PipelinesPage />,
      apiOf({
        listPipelines: jest.fn(async () => ({
          items: [pipelineOf('training')],
        })),
      }),
      { path: '/maestro' },
    );
    const { name } = pipelineOf('training');
    await refused(`Run ${name}`);
    expect(
      screen.getByRole('checkbox', { name: `Schedule of ${name}` }),
    ).toBeDisabled();
    expect(
      screen.getByRole('note', { name: /pause and resume pipelines/ }),
    ).toBeInTheDocument();
  });

  it('a variable can be looked at, and not saved or deleted', async () => {
    render(
      <VariablesPage />,
      apiOf({
        listVariables: jest.fn(async () => ({
          items: [
            {
              key: 'threshold',
              value: '0.8',
              secret: false,
              revision: 1,
              updatedAt: NOW,
              updatedBy: 'seed',
              usedBy: [],
            },
          ],
        })),
      }),
    );
    await refused('New variable');
    await refused('Delete threshold');
    await userEvent.click(screen.getByRole('button', { name: 'Edit' }));
    const dialog = await screen.findByRole('dialog');
    expect(within(dialog).getByLabelText('Value')).toHaveValue('0.8');
    expect(within(dialog).getByRole('button', { name: 'Save' })).toBeDisabled();
  });

  it('a connection can be looked at, and not saved, tested or deleted', async () => {
    render(
      <ConnectionsPage />,
      apiOf({
        listConnections: jest.fn(async () => ({
          items: [
            {
              connId: 'warehouse',
              connType: 'http',
              host: 'example.org',
              hasPassword: false,
              extraKeys: [],
              revision: 1,
              updatedAt: NOW,
              updatedBy: 'user:default/anna',
              usedBy: [],
            },
          ],
        })),
      }),
    );
    await refused('New connection');
    await refused('Delete warehouse');
    await userEvent.click(
      screen.getByRole('button', { name: 'Edit and test' }),
    );
    const form = await screen.findByRole('dialog', {
      name: 'Connection warehouse',
    });
    expect(within(form).getByRole('button', { name: 'Save' })).toBeDisabled();
    expect(within(form).getByRole('button', { name: 'Test' })).toBeDisabled();
  });
});
