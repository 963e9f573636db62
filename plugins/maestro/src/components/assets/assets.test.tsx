import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { EntityProvider } from '@backstage/plugin-catalog-react';
import {
  type Asset,
  type AssetEvent,
  type Webhook,
} from '@maestro/plugin-maestro-common';
import { detailOf, NOW, runOf } from '../../__testUtils__/fixtures';
import {
  apiOf,
  currentAddress,
  renderPage,
} from '../../__testUtils__/renderPage';
import { NextRunCard } from '../entity/cards';
import { WebhooksCard } from '../entity/WebhooksCard';
import { RunPage } from '../run/RunPage';
import { outcomeReason } from './AssetEventView';
import { AssetsPage } from './AssetsPage';

const NAME = 'model_training_pipeline';
const outcome = {
  pipeline: NAME,
  entityRef: `pipeline:default/${NAME}`,
  scheduleId: 'on_drift',
  decidedAt: NOW,
};

const event = (more: Partial<AssetEvent> = {}): AssetEvent => ({
  id: 7,
  asset: 'flights_drift',
  at: NOW - 60_000,
  source: 'alert',
  pipeline: 'data_validation_pipeline',
  runId: 'source-run',
  taskId: 'check_drift',
  extra: { alert: 'drift' },
  outcomes: [{ ...outcome, outcome: 'run', runId: 'started-run' }],
  ...more,
});

const asset = (more: Partial<Asset> = {}): Asset => ({
  name: 'flights_drift',
  producers: [
    {
      pipeline: 'data_validation_pipeline',
      entityRef: 'pipeline:default/data_validation_pipeline',
      taskId: 'check_drift',
      alert: 'drift',
    },
  ],
  waiters: [],
  consumers: [
    {
      pipeline: NAME,
      entityRef: `pipeline:default/${NAME}`,
      scheduleId: 'on_drift',
      scheduleText: 'On asset flights_drift',
      paused: false,
      cooldownUntil: NOW + 3_600_000,
    },
  ],
  lastEvent: event(),
  ...more,
});

const entity = {
  apiVersion: 'maestro.dev/v1alpha1',
  kind: 'Pipeline',
  metadata: { name: NAME, namespace: 'default' },
};

describe('the page of assets', () => {
  const page = (
    operations: Parameters<typeof apiOf>[0],
    at = '/maestro/assets',
  ) => {
    const api = apiOf(operations);
    const { toasts } = renderPage(<AssetsPage />, {
      api,
      path: '/maestro/assets',
      at,
    });
    return { api, toasts };
  };

  it('says what an asset is where there is none', async () => {
    page({ listAssets: jest.fn(async () => ({ items: [] })) });
    expect(await screen.findByText('No assets yet')).toBeInTheDocument();
  });

  it('says what went wrong', async () => {
    page({
      listAssets: jest.fn(async () => {
        throw new Error('no');
      }),
    });
    expect(
      await screen.findByText('The assets could not be read'),
    ).toBeInTheDocument();
  });

  it('shows what tasks keep beside an asset, and nothing where they keep nothing', async () => {
    const { api } = page(
      {
        listAssets: jest.fn(async () => ({
          items: [asset(), asset({ name: 'labels' })],
        })),
        listAssetEvents: jest.fn(async () => ({ items: [] })),
        listAssetState: jest.fn(async (name: string) => ({
          items:
            name === 'labels'
              ? [
                  {
                    key: 'watermark',
                    value: '2026-11-01',
                    updatedAt: NOW,
                    updatedBy: 'task:load/read',
                  },
                ]
              : [],
        })),
      },
      '/maestro/assets?asset=labels',
    );
    const state = await screen.findByRole('region', {
      name: 'State watermark',
    });
    expect(state).toHaveTextContent(/2026-11-01/);
    expect(state).toHaveTextContent(/by .*load\/read/);
    await userEvent.click(
      screen.getByRole('button', { name: 'flights_drift' }),
    );
    await waitFor(() =>
      expect(api.listAssetState).toHaveBeenLastCalledWith(
        'flights_drift',
        expect.anything(),
      ),
    );
    expect(screen.queryByText('State')).toBeNull();
  });

  it('opens one: producers, consumers, what is next, and what happened', async () => {
    page({
      listAssets: jest.fn(async () => ({
        items: [asset(), asset({ name: 'labels', producers: [] })],
      })),
      listAssetEvents: jest.fn(async () => ({
        items: [
          event(),
          event({
            id: 6,
            source: 'manual',
            pipeline: undefined,
            runId: undefined,
            taskId: undefined,
            actor: 'user:default/anna',
            outcomes: [
              {
                ...outcome,
                outcome: 'skipped',
                reason: 'cooldown until 2026-11-16T04:00:00.000Z',
              },
            ],
          }),
        ],
      })),
    });
    await userEvent.click(
      await screen.findByRole('button', { name: 'flights_drift' }),
    );
    expect(currentAddress()).toBe('/maestro/assets?asset=flights_drift');
    const panel = screen.getByRole('region', { name: 'Asset flights_drift' });
    expect(panel).toHaveTextContent(
      'check_drift, when it sends the alert drift',
    );
    expect(panel).toHaveTextContent('Cools down: no run by events until');
    expect(
      await within(panel).findByRole('link', { name: 'started a run' }),
    ).toHaveAttribute('href', '/maestro/runs/started-run');
    expect(
      within(panel).getByRole('link', {
        name: 'data_validation_pipeline › check_drift',
      }),
    ).toHaveAttribute('href', '/maestro/runs/source-run?task=check_drift');
    expect(panel).toHaveTextContent('told by anna');
    expect(panel).toHaveTextContent(
      'started no run: it cooled down until 2026-11-16 04:00 UTC',
    );
  });

  it('shows an alias with what it has stood for, and tells no event of it', async () => {
    const alias = asset({
      name: '@tables',
      standsFor: ['s3://lake/2026'],
      producers: [{ ...asset().producers[0], alert: undefined }],
    });
    page(
      {
        listAssets: jest.fn(async () => ({ items: [alias] })),
        listAssetEvents: jest.fn(async () => ({
          items: [event({ asset: 's3://lake/2026', aliases: ['tables'] })],
        })),
      },
      '/maestro/assets?asset=@tables',
    );
    const panel = await screen.findByRole('region', { name: 'Asset @tables' });
    expect(
      within(panel).getByRole('link', { name: 's3://lake/2026' }),
    ).toHaveAttribute('href', '/maestro/assets?asset=s3%3A%2F%2Flake%2F2026');
    expect(panel).toHaveTextContent(
      'check_drift, for the assets that it names when it succeeds',
    );
    expect(
      await within(panel).findByText('through the alias tables'),
    ).toBeInTheDocument();
    expect(
      within(panel).queryByRole('button', { name: 'Tell an event…' }),
    ).toBeNull();
  });

  it('says that nothing came through an alias yet', async () => {
    page(
      {
        listAssets: jest.fn(async () => ({
          items: [
            asset({
              name: '@tables',
              standsFor: [],
              producers: [],
              lastEvent: undefined,
            }),
          ],
        })),
        listAssetEvents: jest.fn(async () => ({ items: [] })),
      },
      '/maestro/assets?asset=@tables',
    );
    const panel = await screen.findByRole('region', { name: 'Asset @tables' });
    expect(panel).toHaveTextContent('Nothing yet: no task has given an asset');
    expect(panel).toHaveTextContent('No task has it as an outlet');
  });

  it('says through which alias an asset has its events that no task names', async () => {
    const items = [
      asset({ name: '@tables', standsFor: ['s3://lake/2026'] }),
      asset({ name: 's3://lake/2026', producers: [], consumers: [] }),
    ];
    page(
      {
        listAssets: jest.fn(async () => ({ items })),
        listAssetEvents: jest.fn(async () => ({ items: [] })),
      },
      '/maestro/assets?asset=s3%3A%2F%2Flake%2F2026',
    );
    const panel = await screen.findByRole('region', {
      name: 'Asset s3://lake/2026',
    });
    expect(
      within(panel).getByRole('link', { name: '@tables' }),
    ).toHaveAttribute('href', expect.stringContaining('asset='));
    expect(panel).not.toHaveTextContent('come from outside');
    expect(screen.getByText('through @tables')).toBeInTheDocument();
  });

  it('tells an event after it said whom that starts, and refuses no JSON', async () => {
    const emitAssetEvent = jest.fn(async () => ({ ...event(), created: true }));
    const { toasts } = page(
      {
        listAssets: jest.fn(async () => ({ items: [asset()] })),
        listAssetEvents: jest.fn(async () => ({ items: [] })),
        emitAssetEvent,
      },
      '/maestro/assets?asset=flights_drift',
    );
    await userEvent.click(
      await screen.findByRole('button', { name: 'Tell an event…' }),
    );
    const dialog = screen.getByRole('dialog');
    expect(dialog).toHaveTextContent(`It counts for ${NAME}`);
    const field = within(dialog).getByLabelText(
      'What the run is told, as JSON',
    );
    await userEvent.type(field, '[[1');
    expect(dialog).toHaveTextContent('This is no JSON');
    expect(within(dialog).getByRole('button', { name: 'Tell' })).toBeDisabled();
    await userEvent.type(field, ']');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Tell' }));
    expect(emitAssetEvent).toHaveBeenCalledWith({
      asset: 'flights_drift',
      extra: [1],
    });
    await waitFor(() => expect(toasts.post).toHaveBeenCalled());
  });
});

describe('a run and the assets around it', () => {
  const runPage = (more: object) =>
    renderPage(<RunPage />, {
      api: apiOf({
        getRun: jest.fn(async () => ({ ...runOf(), ...more })),
        listAttempts: jest.fn(async () => ({ items: [] })),
        listOutputs: jest.fn(async () => ({ items: [] })),
      }),
      path: '/maestro/runs/:runId',
      at: '/maestro/runs/r',
    });

  it('names the event and the run that started it', async () => {
    runPage({ startedBy: [event()], trigger: 'asset' });
    const lines = await screen.findByRole('list', {
      name: 'Assets of this run',
    });
    expect(lines).toHaveTextContent(
      'Started by an event of flights_drift, by alert of data_validation_pipeline › check_drift',
    );
    expect(
      within(lines).getByRole('link', { name: 'flights_drift' }),
    ).toHaveAttribute('href', '/maestro/assets?asset=flights_drift');
  });

  it('links what it started, and says why something did not start', async () => {
    runPage({
      assetEvents: [
        event({
          outcomes: [
            { ...outcome, outcome: 'run', runId: 'started-run' },
            {
              ...outcome,
              pipeline: 'other',
              outcome: 'skipped',
              reason: 'paused',
            },
            { ...outcome, pipeline: 'report', outcome: 'run', runId: 'second' },
          ],
        }),
      ],
    });
    const lines = await screen.findByRole('list', {
      name: 'Assets of this run',
    });
    expect(lines).toHaveTextContent(
      'check_drift gave an event of flights_drift, which started a run of model_training_pipeline and a run of report; other did not start: the pipeline was paused',
    );
    expect(
      within(lines).getByRole('link', { name: `a run of ${NAME}` }),
    ).toHaveAttribute('href', '/maestro/runs/started-run');
  });

  it.each([
    ['overlap', 'another run was going on'],
    ['when: no such key', 'when: no such key'],
    [undefined, ''],
  ])('says %p as people do', (reason, words) => {
    expect(outcomeReason(reason)).toBe(words);
  });
});

describe('cards of a pipeline', () => {
  const card = (content: JSX.Element, operations: object) =>
    renderPage(<EntityProvider entity={entity}>{content}</EntityProvider>, {
      api: apiOf(operations),
    });
  const hook = (more: Partial<Webhook> = {}): Webhook => ({
    id: 'deploy',
    path: `/webhooks/${NAME}/deploy`,
    hasSecret: true,
    rotatedAt: NOW,
    rotatedBy: 'user:default/anna',
    params: {},
    ...more,
  });

  it('says what the schedule by events waits for', async () => {
    const detail = detailOf(NAME);
    detail.definition.schedules = [
      {
        id: 'on_drift',
        timezone: 'UTC',
        catchup: false,
        assets: { mode: 'any', names: ['flights_drift'] },
      },
    ];
    card(<NextRunCard />, {
      getPipeline: jest.fn(async () => ({ ...detail, paused: false })),
      whyPipelineWaits: jest.fn(async () => ({
        chain: [
          {
            code: 'waiting_for_assets',
            message: 'Schedule "on_drift" waits for an event.',
            names: ['flights_drift'],
            action: {
              label: 'Open the asset',
              kind: 'open_asset' as const,
              target: 'flights_drift',
            },
          },
          { code: 'next_due', message: 'It is due next', names: [] },
        ],
      })),
    });
    expect(
      await screen.findByText(/"on_drift" waits for an event/),
    ).toBeInTheDocument();
    expect(screen.queryByText(/It is due next/)).not.toBeInTheDocument();
    expect(
      screen.getByRole('button', { name: 'Open the asset' }),
    ).toHaveAttribute('href', '/maestro/assets?asset=flights_drift');
  });

  it('says every reason why nothing starts, and what to do about it once', async () => {
    const setPipelinePaused = jest.fn(async (name: string) => ({
      ...detailOf(name),
    }));
    const startNow = {
      label: 'Start a run now',
      kind: 'trigger' as const,
      target: NAME,
    };
    card(<NextRunCard />, {
      getPipeline: jest.fn(async () => ({ ...detailOf(NAME), paused: true })),
      setPipelinePaused,
      whyPipelineWaits: jest.fn(async () => ({
        chain: [
          {
            code: 'pipeline_paused',
            message: 'It is paused by user:default/anna.',
            names: [NAME],
            action: { label: 'Unpause', kind: 'unpause', target: NAME },
          },
          {
            code: 'no_scheduler',
            message: 'No scheduler is active.',
            names: [NAME],
            action: {
              label: 'Look at the schedulers',
              kind: 'open_status',
              target: NAME,
            },
          },
          {
            code: 'gate_closed',
            message: 'Schedule "s" started no run: its "when" did not hold.',
            names: ['s'],
            action: startNow,
          },
          {
            code: 'not_scheduled',
            message: 'Its schedule is not due any more.',
            names: [NAME],
            action: startNow,
          },
        ],
      })),
    });
    for (const words of [
      /is paused by/,
      /No scheduler is active/,
      /its "when" did not hold/,
      /is not due any more/,
    ]) {
      expect(await screen.findByText(words)).toBeVisible();
    }
    expect(
      screen.getByRole('button', { name: 'Look at the schedulers' }),
    ).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Unpause' }));
    expect(setPipelinePaused).toHaveBeenCalledWith(NAME, false);
    await userEvent.click(
      screen.getByRole('button', { name: 'Start a run now' }),
    );
    expect(await screen.findByRole('dialog')).toHaveTextContent(NAME);
  });

  it('shows a new secret once, after it said what that does', async () => {
    const rotateWebhook = jest.fn(async () => ({
      id: 'deploy',
      path: hook().path,
      secret: 'told-once',
    }));
    card(<WebhooksCard />, {
      listWebhooks: jest.fn(async () => ({ items: [hook()] })),
      rotateWebhook,
    });
    await userEvent.click(
      await screen.findByRole('button', { name: 'New secret of deploy' }),
    );
    expect(screen.getByRole('dialog')).toHaveTextContent(
      'Requests with the present secret are refused from then on',
    );
    expect(rotateWebhook).not.toHaveBeenCalled();
    await userEvent.click(
      screen.getByRole('button', { name: 'Replace the secret' }),
    );
    expect(await screen.findByText('told-once')).toBeInTheDocument();
    // One way out: what is not shown again is not lost by a slip.
    expect(screen.getAllByRole('button')).toHaveLength(1);
    await userEvent.keyboard('{Escape}');
    expect(screen.getByText('told-once')).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'I have it' }));
    expect(screen.queryByText('told-once')).not.toBeInTheDocument();
    expect(rotateWebhook).toHaveBeenCalledTimes(1);
  });

  it('says that a webhook without a secret refuses, and invites to the first', async () => {
    card(<WebhooksCard />, {
      listWebhooks: jest.fn(async () => ({
        items: [hook({ hasSecret: false, rotatedAt: undefined })],
      })),
    });
    expect(
      await screen.findByText('No secret yet: every request is refused.'),
    ).toBeInTheDocument();
    expect(
      screen.getByRole('button', { name: 'Make a secret of deploy' }),
    ).toBeEnabled();
  });

  it('says how to get one where there is none', async () => {
    card(<WebhooksCard />, {
      listWebhooks: jest.fn(async () => ({ items: [] })),
    });
    expect(await screen.findByText(/a request with its secret/)).toBeVisible();
  });
});
