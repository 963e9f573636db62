import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {
  MaestroResponseError,
  type Variable,
} from '@maestro/plugin-maestro-common';
import { NOW } from '../../__testUtils__/fixtures';
import { apiOf, renderPage } from '../../__testUtils__/renderPage';
import { VariablesPage } from './VariablesPage';

const variable = (key: string, rest: Partial<Variable> = {}): Variable => ({
  key,
  value: '0.80',
  secret: false,
  revision: 1,
  updatedAt: NOW,
  updatedBy: 'embedded',
  usedBy: ['model_training_pipeline'],
  ...rest,
});

function variablesApi(overrides: Parameters<typeof apiOf>[0] = {}) {
  return apiOf({
    listVariables: jest.fn(async () => ({
      items: [
        variable('model_f1_threshold'),
        variable('slack_webhook_url', { secret: true, value: undefined }),
      ],
    })),
    ...overrides,
  });
}

describe('VariablesPage', () => {
  it('shows values exactly, and secrets never', async () => {
    renderPage(<VariablesPage />, { api: variablesApi() });
    expect(await screen.findByText('0.80')).toBeInTheDocument();
    expect(screen.getByText('••••••••')).toBeInTheDocument();
  });

  it('changes one, and keeps what was typed when that is refused', async () => {
    const setVariable = jest
      .fn()
      .mockRejectedValueOnce(
        new MaestroResponseError({
          name: 'NotAllowedError',
          message: 'You may not change variables',
          statusCode: 403,
        }),
      )
      .mockResolvedValueOnce(variable('model_f1_threshold'));
    renderPage(<VariablesPage />, { api: variablesApi({ setVariable }) });
    await userEvent.click(await screen.findByText('model_f1_threshold'));
    const field = await screen.findByLabelText('Value');
    await userEvent.clear(field);
    await userEvent.type(field, '0.90');
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(
      await screen.findByText('You may not change variables'),
    ).toBeInTheDocument();
    expect(field).toHaveValue('0.90');
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(setVariable).toHaveBeenLastCalledWith('model_f1_threshold', {
      value: '0.90',
      description: '',
      secret: false,
    });
  });

  it('does not let a new one replace another', async () => {
    const setVariable = jest.fn();
    renderPage(<VariablesPage />, { api: variablesApi({ setVariable }) });
    await screen.findByText('0.80');
    await userEvent.click(screen.getByRole('button', { name: 'New variable' }));
    await userEvent.type(
      await screen.findByLabelText('Name'),
      'model_f1_threshold',
    );
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(
      await screen.findByText(/There is a variable with this name/),
    ).toBeInTheDocument();
    expect(setVariable).not.toHaveBeenCalled();
  });
});
