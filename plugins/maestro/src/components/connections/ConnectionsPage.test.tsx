import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {
  MaestroResponseError,
  type Connection,
} from '@maestro/plugin-maestro-common';
import { NOW } from '../../__testUtils__/fixtures';
import {
  apiOf,
  currentAddress,
  renderPage,
} from '../../__testUtils__/renderPage';
import { ConnectionsPage } from './ConnectionsPage';

const connection = (connId: string, rest: Partial<Connection> = {}) => ({
  connId,
  connType: 'http',
  host: 'mlflow.example',
  port: 80,
  hasPassword: true,
  extraKeys: ['region_name'],
  revision: 1,
  updatedAt: NOW,
  updatedBy: 'user:default/guest',
  usedBy: ['model_training_pipeline'],
  ...rest,
});

function connectionsApi(overrides: Parameters<typeof apiOf>[0] = {}) {
  return apiOf({
    listConnections: jest.fn(async () => ({
      items: [
        connection('mlflow_default'),
        connection('aws_default', { connType: 'aws', usedBy: [] }),
      ],
    })),
    ...overrides,
  });
}

describe('ConnectionsPage', () => {
  it('lists, and filters by what is typed', async () => {
    renderPage(<ConnectionsPage />, { api: connectionsApi() });
    expect(await screen.findByText('mlflow_default')).toBeInTheDocument();
    expect(screen.getAllByText('mlflow.example:80')).toHaveLength(2);
    await userEvent.type(screen.getByLabelText('Filter connections'), 'AWS');
    expect(screen.queryByText('mlflow_default')).not.toBeInTheDocument();
    expect(currentAddress()).toBe('/?q=AWS');
  });

  it('changes one without its secrets, which are never shown', async () => {
    const updateConnection = jest.fn(async () => connection('mlflow_default'));
    renderPage(<ConnectionsPage />, {
      api: connectionsApi({ updateConnection }),
    });
    await userEvent.click(await screen.findByText('mlflow_default'));
    const form = await screen.findByRole('dialog', {
      name: 'Connection mlflow_default',
    });
    expect(within(form).getByLabelText('Password')).toHaveValue('');
    expect(
      within(form).getByText(/stored with the keys region_name/),
    ).toBeInTheDocument();
    const host = within(form).getByLabelText('Host');
    await userEvent.clear(host);
    await userEvent.type(host, 'other.example');
    await userEvent.click(within(form).getByRole('button', { name: 'Save' }));
    await waitFor(() =>
      expect(updateConnection).toHaveBeenCalledWith({
        connId: 'mlflow_default',
        connType: 'http',
        host: 'other.example',
        port: 80,
      }),
    );
  });

  it('makes one, and keeps what was typed when that is refused', async () => {
    const createConnection = jest
      .fn()
      .mockRejectedValueOnce(
        new MaestroResponseError({
          name: 'ConflictError',
          message: 'A connection "feast" exists',
          statusCode: 409,
        }),
      )
      .mockResolvedValueOnce(connection('feast'));
    renderPage(<ConnectionsPage />, {
      api: connectionsApi({ createConnection }),
    });
    await userEvent.click(
      await screen.findByRole('button', { name: 'New connection' }),
    );
    const form = await screen.findByRole('dialog', { name: 'New connection' });
    const save = within(form).getByRole('button', { name: 'Save' });
    await userEvent.click(save);
    expect(createConnection).not.toHaveBeenCalled();
    expect(within(form).getByText(/such as mlflow_default/)).toBeVisible();
    await userEvent.type(within(form).getByLabelText('Id'), 'feast');
    await userEvent.type(within(form).getByLabelText('Password'), 'secret');
    await userEvent.click(save);
    expect(
      await within(form).findByText('A connection "feast" exists'),
    ).toBeInTheDocument();
    expect(within(form).getByLabelText('Password')).toHaveValue('secret');
    await userEvent.click(save);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(createConnection).toHaveBeenLastCalledWith({
      connId: 'feast',
      connType: 'http',
      password: 'secret',
    });
  });

  it('tests step by step, with times', async () => {
    const testConnection = jest.fn(async () => ({
      at: NOW,
      ok: false,
      steps: [
        { step: 'resolve' as const, ok: true, durationMs: 2 },
        {
          step: 'connect' as const,
          ok: false,
          durationMs: 5012,
          message: 'connection refused',
        },
      ],
    }));
    renderPage(<ConnectionsPage />, {
      api: connectionsApi({ testConnection }),
    });
    await userEvent.click(await screen.findByText('mlflow_default'));
    await userEvent.click(await screen.findByRole('button', { name: 'Test' }));
    expect(await screen.findByText('connection refused')).toBeInTheDocument();
    expect(screen.getByText('5.0 s')).toBeInTheDocument();
    expect(testConnection).toHaveBeenCalledWith('mlflow_default');
  });

  it('deletes after it said whom that hits', async () => {
    const deleteConnection = jest.fn(async () => undefined);
    renderPage(<ConnectionsPage />, {
      api: connectionsApi({ deleteConnection }),
    });
    await userEvent.click(
      await screen.findByRole('button', { name: 'Delete mlflow_default' }),
    );
    expect(
      screen.getByText(/Tasks of model_training_pipeline name it/),
    ).toBeInTheDocument();
    expect(deleteConnection).not.toHaveBeenCalled();
    await userEvent.click(screen.getByRole('button', { name: 'Delete' }));
    await waitFor(() =>
      expect(deleteConnection).toHaveBeenCalledWith('mlflow_default'),
    );
  });
});
