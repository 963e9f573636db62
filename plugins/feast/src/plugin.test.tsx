import { renderTestApp } from '@backstage/frontend-test-utils';
import { FeastApi, FeastFeatureView } from '@maestro/plugin-feast-common';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import feastPlugin, { feastApiRef } from '.';

const hour = 3_600_000;
const now = Date.now();

function view(
  name: string,
  rest: Partial<FeastFeatureView> = {},
): FeastFeatureView {
  return {
    project: 'flights',
    name,
    kind: 'batch',
    tags: {},
    entities: ['airport'],
    features: [
      { name: 'temperature', type: 'FLOAT', description: 'Degrees Celsius' },
      { name: 'wind', type: 'DOUBLE' },
    ],
    ttlMs: 48 * hour,
    online: true,
    source: {
      name: 'weather_source',
      type: 'BATCH_FILE',
      location: 'data/weather.parquet',
    },
    inputs: [],
    services: ['late_arrivals'],
    freshness: {
      state: 'fresh',
      materializedUntil: now - 2 * hour,
      ageMs: 2 * hour,
      expiresAt: now + 46 * hour,
    },
    materializations: [{ start: now - 26 * hour, end: now - 2 * hour }],
    updatedAt: now - 2 * hour,
    ...rest,
  };
}

const views = [
  view('weather', { description: 'Hourly weather' }),
  view('routes', {
    tags: { team: 'network' },
    freshness: { state: 'expired', ageMs: 72 * hour },
  }),
  view('adjusted', {
    kind: 'on-demand',
    entities: [],
    source: undefined,
    inputs: ['weather', 'request'],
    freshness: { state: 'on-demand' },
    materializations: [],
  }),
];

function feastWith(overrides: Partial<FeastApi> = {}): FeastApi {
  const list = <T,>(items: T[]) => ({ items, truncated: false, asOf: now });
  return {
    getStatus: async () => ({
      registry: {
        configured: true,
        configKey: 'feast.registryUrl',
        version: '0.67.0',
      },
      server: { configured: true, configKey: 'feast.serverUrl' },
    }),
    listFeatureViews: async () => list(views),
    listFeatureServices: async () =>
      list([
        {
          project: 'flights',
          name: 'late_arrivals',
          tags: {},
          featureViews: [
            { name: 'weather', features: ['temperature'] },
            { name: 'adjusted', features: ['warmer'] },
          ],
        },
      ]),
    listEntities: async () =>
      list([
        {
          project: 'flights',
          name: 'airport',
          joinKey: 'airport_code',
          type: 'STRING',
          tags: {},
          featureViews: ['weather'],
        },
      ]),
    listDataSources: async () =>
      list([
        {
          project: 'flights',
          name: 'weather_source',
          type: 'BATCH_FILE',
          location: 'data/weather.parquet',
          tags: {},
          fields: [],
        },
      ]),
    ...overrides,
  };
}

function open(path: string, api: FeastApi) {
  return renderTestApp({
    features: [feastPlugin],
    apis: [[feastApiRef, api]],
    initialRouteEntries: [path],
  });
}

const rowOf = async (name: string) =>
  (await screen.findByRole('button', { name })).closest('tr')!;

describe('the Feast page', () => {
  it('opens on the feature views, with freshness in words', async () => {
    open('/feast', feastWith());
    const weather = within(await rowOf('weather'));
    expect(weather.getByText('fresh · 2 h ago')).toBeInTheDocument();
    expect(weather.getByText('airport')).toBeInTheDocument();
    expect(weather.getByText('2 d')).toBeInTheDocument();
    expect(
      within(await rowOf('routes')).getByText('expired · 3 d ago'),
    ).toBeInTheDocument();
    const adjusted = within(await rowOf('adjusted'));
    expect(adjusted.getByText('on demand')).toBeInTheDocument();
    expect(adjusted.getByText('weather, request')).toBeInTheDocument();
    expect(
      await screen.findByText('Feast 0.67.0 · feature server answers'),
    ).toBeInTheDocument();
    for (const name of [
      'Feature views',
      'Feature services',
      'Entities',
      'Data sources',
    ]) {
      expect(screen.getByRole('tab', { name })).toBeInTheDocument();
    }
  });

  it('opens a feature view with features, source and users', async () => {
    open('/feast/feature-views', feastWith());
    await userEvent.click(await screen.findByText('weather'));
    const panel = within(
      await screen.findByRole('dialog', { name: 'weather' }),
    );
    expect(panel.getByText('Features (2)')).toBeInTheDocument();
    expect(panel.getByText('float · Degrees Celsius')).toBeInTheDocument();
    expect(
      panel.getByText('weather_source · data/weather.parquet'),
    ).toBeInTheDocument();
    expect(panel.getByText('late_arrivals')).toBeInTheDocument();
    expect(panel.getByText('in 1 day')).toBeInTheDocument();
    await userEvent.keyboard('{Escape}');
    await waitFor(() =>
      expect(screen.queryByRole('dialog')).not.toBeInTheDocument(),
    );
  });

  it('opens the feature view that stands in the address', async () => {
    open('/feast/feature-views?open=flights%2Froutes', feastWith());
    expect(
      await screen.findByRole('dialog', { name: 'routes' }),
    ).toBeInTheDocument();
  });

  it('narrows by what is typed: names, features, tags', async () => {
    open('/feast/feature-views', feastWith());
    await rowOf('weather');
    await userEvent.keyboard('/team:NET');
    await waitFor(() =>
      expect(
        screen.queryByRole('button', { name: 'weather' }),
      ).not.toBeInTheDocument(),
    );
    expect(await rowOf('routes')).toBeInTheDocument();
    await userEvent.keyboard('{Escape}no such thing');
    expect(
      await screen.findByText('No feature views match'),
    ).toBeInTheDocument();
  });

  it('narrows by freshness', async () => {
    open('/feast/feature-views', feastWith());
    await userEvent.click(await screen.findByText('1 expired'));
    expect(await rowOf('routes')).toBeInTheDocument();
    expect(
      screen.queryByRole('button', { name: 'weather' }),
    ).not.toBeInTheDocument();
    await userEvent.click(screen.getByText('1 expired'));
    expect(await rowOf('weather')).toBeInTheDocument();
  });

  it('names the project only when there are several', async () => {
    open(
      '/feast/feature-views',
      feastWith({
        listFeatureViews: async () => ({
          items: [view('a'), view('a', { project: 'trains' })],
          truncated: true,
          asOf: now,
        }),
      }),
    );
    expect(
      await screen.findByRole('columnheader', { name: 'Project' }),
    ).toBeInTheDocument();
    expect(screen.getByText('trains')).toBeInTheDocument();
    expect(screen.getByText(/Set feast.project/)).toBeInTheDocument();
  });

  it('says why there is nothing, and tries again on demand', async () => {
    const refusal = Object.assign(new Error('Request failed with 503'), {
      cause: new Error('The Feast registry cannot be reached: GET http://r'),
    });
    const listFeatureViews = jest
      .fn()
      .mockRejectedValueOnce(refusal)
      .mockResolvedValue({ items: views, truncated: false, asOf: now });
    open('/feast/feature-views', feastWith({ listFeatureViews }));
    expect(
      await screen.findByText(/registry cannot be reached: GET http:\/\/r/),
    ).toBeInTheDocument();
    await userEvent.click(screen.getByText('Try again'));
    expect(await rowOf('weather')).toBeInTheDocument();
  });

  it('warns when only the feature server is away', async () => {
    open(
      '/feast/feature-views',
      feastWith({
        getStatus: async () => ({
          registry: { configured: true, configKey: 'feast.registryUrl' },
          server: {
            configured: true,
            configKey: 'feast.serverUrl',
            problem: 'GET http://s/health failed',
          },
        }),
      }),
    );
    expect(
      await screen.findByText(
        /cannot read features online.*http:\/\/s\/health/,
      ),
    ).toBeInTheDocument();
    expect(await rowOf('weather')).toBeInTheDocument();
  });

  it('invites to configure a registry', async () => {
    open(
      '/feast/feature-views',
      feastWith({
        getStatus: async () => ({
          registry: { configured: false, configKey: 'feast.registryUrl' },
          server: { configured: false, configKey: 'feast.serverUrl' },
        }),
        listFeatureViews: async () => {
          throw new Error('No Feast registry is configured');
        },
      }),
    );
    expect(
      await screen.findByText('Connect a Feast registry'),
    ).toBeInTheDocument();
    expect(screen.getByText('feast.registryUrl')).toBeInTheDocument();
    expect(screen.queryByText('Try again')).not.toBeInTheDocument();
  });

  it.each([
    ['feature-views', 'No feature view yet'],
    ['feature-services', 'No feature service yet'],
    ['entities', 'No entity yet'],
    ['data-sources', 'No data source yet'],
  ])('invites on an empty %s page', async (path, text) => {
    const none = async () => ({ items: [], truncated: false, asOf: now });
    open(
      `/feast/${path}`,
      feastWith({
        listFeatureViews: none,
        listFeatureServices: none,
        listEntities: none,
        listDataSources: none,
      }),
    );
    expect(await screen.findByText(text)).toBeInTheDocument();
  });

  it.each([
    ['feature-services', 'late_arrivals', 'weather, adjusted', 'warmer'],
    ['entities', 'airport', 'airport_code', 'string'],
    ['data-sources', 'weather_source', 'data/weather.parquet', 'batch file'],
  ])('lists %s and opens one', async (path, name, inRow, inPanel) => {
    open(`/feast/${path}`, feastWith());
    const row = await rowOf(name);
    expect(within(row).getByText(inRow)).toBeInTheDocument();
    await userEvent.click(row);
    const panel = await screen.findByRole('dialog', { name });
    expect(within(panel).getByText(inPanel)).toBeInTheDocument();
  });
});
