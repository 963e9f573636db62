import { renderTestApp } from '@backstage/frontend-test-utils';
import {
  MlflowApi,
  MlflowModel,
  MlflowModelVersion,
} from '@maestro/plugin-mlflow-common';
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import mlflowPlugin, { mlflowApiRef } from '.';

const version = (
  number: string,
  rest: Partial<MlflowModelVersion> = {},
): MlflowModelVersion => ({
  version: number,
  status: 'READY',
  aliases: [],
  tags: {},
  runId: `run-${number}`,
  run: {
    id: `run-${number}`,
    experimentId: '1',
    name: `trees-${number}`,
    status: 'FINISHED',
    deleted: false,
    startedAt: Date.now() - 3_600_000,
    endedAt: Date.now() - 3_475_000,
    metrics: { accuracy: 0.93, f1_weighted: 0.944, broken: 'NaN' },
    params: { n_estimators: '200' },
  },
  ...rest,
});

const model: MlflowModel = {
  name: 'late_arrivals',
  description: 'Predicts late flights',
  tags: { owner: 'ml-team' },
  aliases: [{ alias: 'staging', version: '12' }],
  updatedAt: Date.now() - 7_200_000,
  latestVersion: version('12', { aliases: ['staging'] }),
};

function serverWith(overrides: Partial<MlflowApi> = {}) {
  const api: jest.Mocked<MlflowApi> = {
    getStatus: jest.fn(async () => ({
      configured: true,
      configKey: 'mlflow.baseUrl',
      uiUrl: 'http://ml.example',
      version: '3.17.2',
    })),
    listModels: jest.fn(async () => ({ models: [model], warnings: [] })),
    getModel: jest.fn(async (_name: string) => ({
      model,
      versions: [
        version('12', { aliases: ['staging'] }),
        version('11', { run: undefined }),
      ],
      warnings: [],
    })),
    listExperiments: jest.fn(async () => ({
      experiments: [
        {
          id: '1',
          name: 'late arrivals',
          latestRuns: [
            version('12').run!,
            { ...version('11').run!, status: 'FAILED' },
          ],
        },
        { id: '2', name: 'unused', latestRuns: [] },
      ],
    })),
    listRuns: jest.fn(async (_experimentId: string) => ({
      experiment: { id: '1', name: 'late arrivals' },
      runs: [version('12').run!],
    })),
    ...(overrides as object),
  };
  return api;
}

function open(path: string, api: MlflowApi) {
  return renderTestApp({
    features: [mlflowPlugin],
    apis: [[mlflowApiRef, api]],
    initialRouteEntries: [path],
  });
}

describe('the MLflow page', () => {
  it('lists models with alias, metrics and age, and asks once', async () => {
    const api = serverWith();
    open('/mlflow/models', api);
    const table = await screen.findByRole('table', {
      name: 'Registered models',
    });
    const row = (await within(table).findByText('late_arrivals')).closest(
      'tr',
    )!;
    expect(within(row).getByText('@staging → 12')).toBeInTheDocument();
    expect(within(row).getByText('0.9300')).toBeInTheDocument();
    expect(within(row).getByText('0.9440')).toBeInTheDocument();
    expect(within(row).getByText('2 hours ago')).toBeInTheDocument();
    expect(await screen.findByText('MLflow 3.17.2')).toBeInTheDocument();
    expect(api.listModels).toHaveBeenCalledTimes(1);
    expect(api.getModel).not.toHaveBeenCalled();
  });

  it('has its tabs, and opens on the models', async () => {
    open('/mlflow', serverWith());
    expect(await screen.findByText('late_arrivals')).toBeInTheDocument();
    expect(screen.getByRole('tab', { name: 'Models' })).toBeInTheDocument();
    expect(
      screen.getByRole('tab', { name: 'Experiments' }),
    ).toBeInTheDocument();
  });

  it('opens a model with its versions, parameters and links to MLflow', async () => {
    open('/mlflow/models', serverWith());
    await userEvent.click(await screen.findByText('late_arrivals'));
    const panel = await screen.findByRole('dialog', { name: 'late_arrivals' });
    expect(await within(panel).findByText('Version 12')).toBeInTheDocument();
    expect(within(panel).getByText('n_estimators')).toBeInTheDocument();
    expect(within(panel).getByText('NaN')).toBeInTheDocument();
    expect(
      within(panel).getByRole('link', { name: /trees-12/ }),
    ).toHaveAttribute('href', 'http://ml.example/#/experiments/1/runs/run-12');
    expect(
      within(panel).getByRole('link', { name: /Open in MLflow/ }),
    ).toHaveAttribute('href', 'http://ml.example/#/models/late_arrivals');
    await userEvent.click(within(panel).getByText('Version 11'));
    expect(
      await within(panel).findByText('run run-11, which MLflow does not show'),
    ).toBeInTheDocument();
    await userEvent.click(within(panel).getByLabelText('Close'));
    await waitFor(() =>
      expect(screen.queryByRole('dialog')).not.toBeInTheDocument(),
    );
  });

  it('opens the model that stands in the address', async () => {
    const api = serverWith();
    open('/mlflow/models?model=late_arrivals', api);
    expect(
      await screen.findByRole('dialog', { name: 'late_arrivals' }),
    ).toBeInTheDocument();
    expect(api.getModel.mock.calls[0][0]).toBe('late_arrivals');
  });

  it('asks the server for what is typed, once the fingers rest', async () => {
    const api = serverWith({
      listModels: jest.fn(async options => ({
        models: options?.filter ? [] : [model],
        warnings: [],
      })),
    });
    open('/mlflow/models', api);
    await screen.findByText('late_arrivals');
    await userEvent.keyboard('/');
    const field = screen.getByLabelText('Filter models by name');
    expect(field).toHaveFocus();
    // Between keys that are pressed one by one a busy machine rests, too.
    for (const value of ['f', 'fra', 'fraud']) {
      fireEvent.change(field, { target: { value } });
    }
    expect(
      await screen.findByText('No model matches “fraud”'),
    ).toBeInTheDocument();
    expect(
      api.listModels.mock.calls.map(([options]) => options?.filter),
    ).toEqual(['', 'fraud']);
    await userEvent.keyboard('{Escape}');
    expect(await screen.findByText('late_arrivals')).toBeInTheDocument();
  });

  it('moves through the list by keyboard', async () => {
    const second = { ...model, name: 'other' };
    open(
      '/mlflow/models',
      serverWith({
        listModels: async () => ({ models: [model, second], warnings: [] }),
      }),
    );
    (await screen.findByRole('button', { name: 'late_arrivals' })).focus();
    await userEvent.keyboard('j');
    expect(screen.getByRole('button', { name: 'other' })).toHaveFocus();
    await userEvent.keyboard('k{Enter}');
    expect(
      await screen.findByRole('dialog', { name: 'late_arrivals' }),
    ).toBeInTheDocument();
  });

  it('shows more models only when asked', async () => {
    const listModels = jest.fn(async (options?: { pageToken?: string }) =>
      options?.pageToken
        ? { models: [{ ...model, name: 'second' }], warnings: [] }
        : { models: [model], warnings: [], nextPageToken: 'next' },
    );
    open('/mlflow/models', serverWith({ listModels }));
    await userEvent.click(await screen.findByText('Show more models'));
    expect(await screen.findByText('second')).toBeInTheDocument();
    expect(screen.queryByText('Show more models')).not.toBeInTheDocument();
  });

  it('says why there is nothing, and tries again on demand', async () => {
    const refusal = Object.assign(new Error('Request failed with 503'), {
      cause: new Error('MLflow cannot be reached: GET http://ml:5000/ failed'),
    });
    const listModels = jest
      .fn()
      .mockRejectedValueOnce(refusal)
      .mockResolvedValue({ models: [model], warnings: [] });
    open('/mlflow/models', serverWith({ listModels }));
    expect(
      await screen.findByText(/MLflow cannot be reached: GET http:\/\/ml:5000/),
    ).toBeInTheDocument();
    await userEvent.click(screen.getByText('Try again'));
    expect(await screen.findByText('late_arrivals')).toBeInTheDocument();
    expect(screen.queryByText(/cannot be reached/)).not.toBeInTheDocument();
  });

  it('shows models without metrics, and why', async () => {
    open(
      '/mlflow/models',
      serverWith({
        listModels: async () => ({
          models: [{ name: 'bare', tags: {}, aliases: [] }],
          warnings: ['Metrics could not be read: refused'],
        }),
      }),
    );
    expect(await screen.findByText('bare')).toBeInTheDocument();
    expect(
      screen.getByText('Metrics could not be read: refused'),
    ).toBeInTheDocument();
  });

  it('invites to configure a server', async () => {
    open(
      '/mlflow/models',
      serverWith({
        getStatus: async () => ({
          configured: false,
          configKey: 'mlflow.baseUrl',
        }),
        listModels: async () => {
          throw new Error('No MLflow server is configured');
        },
      }),
    );
    expect(
      await screen.findByText('Connect an MLflow server'),
    ).toBeInTheDocument();
    expect(screen.getByText('mlflow.baseUrl')).toBeInTheDocument();
    expect(screen.queryByText('Try again')).not.toBeInTheDocument();
  });

  it('invites to register a first model', async () => {
    open(
      '/mlflow/models',
      serverWith({ listModels: async () => ({ models: [], warnings: [] }) }),
    );
    expect(
      await screen.findByText('No model is registered yet'),
    ).toBeInTheDocument();
  });

  it('lists experiments with their recent runs, and opens one', async () => {
    const api = serverWith();
    open('/mlflow/experiments', api);
    const row = (await screen.findByText('late arrivals')).closest('tr')!;
    const icons = within(row).getAllByRole('img');
    // Oldest first.
    expect(icons.map(icon => icon.title)).toEqual(['failed', 'finished']);
    expect(within(row).getByText('2 m 05 s')).toBeInTheDocument();
    const unused = screen.getByText('unused').closest('tr')!;
    expect(within(unused).getByText('none yet')).toBeInTheDocument();
    expect(api.listRuns).not.toHaveBeenCalled();

    await userEvent.click(screen.getByText('late arrivals'));
    const panel = await screen.findByRole('dialog', { name: 'late arrivals' });
    expect(await within(panel).findByText('trees-12')).toBeInTheDocument();
    expect(within(panel).getByText('200')).toBeInTheDocument();
    expect(
      within(panel).getByRole('link', { name: /This run in MLflow/ }),
    ).toHaveAttribute('href', 'http://ml.example/#/experiments/1/runs/run-12');
  });
});
