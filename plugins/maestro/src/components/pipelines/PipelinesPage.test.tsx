import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {
  MaestroResponseError,
  MaestroUnreachableError,
} from '@maestro/plugin-maestro-common';
import { detailOf, NOW, pipelineOf, runOf } from '../../__testUtils__/fixtures';
import {
  apiOf,
  currentAddress,
  renderPage,
} from '../../__testUtils__/renderPage';
import { PipelinesPage } from './PipelinesPage';

const pipelines = () => [
  pipelineOf('model_training_pipeline', { tags: ['training'] }),
  pipelineOf('data_validation_pipeline', {
    ownerRef: 'group:default/quality',
    tags: ['quality'],
    slaState: 'at_risk',
  }),
  pipelineOf('feature_materialization', { paused: true, tags: [] }),
];
const listing = (items = pipelines()) => ({
  listPipelines: jest.fn(async () => ({ items })),
});
const names = () =>
  screen
    .getAllByRole('row')
    .slice(1)
    .map(row => row.dataset.pipeline);
/*
 * By role and name these are looked for among the links of all runs, and jsdom
 * computes each of their names from all rules of style: seconds for a page.
 */
const linkOf = (name: string) =>
  screen.findByText(name, { selector: 'a[href]' });
const controlOf = (label: string) => screen.findByLabelText(label);

describe('PipelinesPage', () => {
  it('shows every pipeline from one answer', async () => {
    // Who waits for an answer does not ask again by itself.
    let answer = () => {};
    const api = apiOf({
      listPipelines: jest.fn(
        () =>
          new Promise<{ items: ReturnType<typeof pipelines> }>(resolve => {
            answer = () => resolve({ items: pipelines() });
          }),
      ),
    });
    renderPage(<PipelinesPage />, { api });
    await waitFor(() => expect(api.listPipelines).toHaveBeenCalled());
    expect(api.listPipelines).toHaveBeenCalledTimes(1);
    answer();
    const row = (
      await screen.findByRole('link', { name: 'model_training_pipeline' })
    ).closest<HTMLElement>('[role=row]')!;
    expect(names()).toHaveLength(3);
    expect(within(row).getByText('Sundays at 04:00 UTC')).toBeInTheDocument();
    expect(within(row).getByText('12 m 04 s')).toBeInTheDocument();
    expect(within(row).getByText('met')).toBeInTheDocument();
    expect(within(row).getAllByRole('link', { name: /^Run / })).toHaveLength(
      14,
    );
    expect(api.getPipeline).toBeUndefined();
  });

  it('filters by what is typed and chosen, and keeps that in the address', async () => {
    renderPage(<PipelinesPage />, { api: apiOf(listing()) });
    await linkOf('model_training_pipeline');
    fireEvent.keyDown(document.body, { key: '/' });
    const field = screen.getByLabelText('Filter pipelines');
    expect(field).toHaveFocus();
    await userEvent.type(field, 'QUALITY pipeline');
    expect(names()).toEqual(['data_validation_pipeline']);
    expect(currentAddress()).toBe('/?q=QUALITY+pipeline');
    await userEvent.type(field, ' nothing');
    expect(screen.getByText('No pipeline matches')).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Show all 3' }));
    expect(names()).toHaveLength(3);
  });

  it('opens with the filter of its address', async () => {
    renderPage(<PipelinesPage />, {
      api: apiOf(listing()),
      at: '/?state=paused',
    });
    await linkOf('feature_materialization');
    expect(names()).toEqual(['feature_materialization']);
  });

  it('shows where a decision of a person waits', async () => {
    const asking = pipelineOf('deployment', { approvals: 2 });
    renderPage(<PipelinesPage />, {
      api: apiOf(listing([...pipelines(), asking])),
      at: '/?state=approval',
    });
    await linkOf('deployment');
    expect(names()).toEqual(['deployment']);
    expect(screen.getByTitle('2 decisions wait')).toBeInTheDocument();
  });

  it('pauses by its switch only, and says so', async () => {
    const api = apiOf({
      ...listing(),
      setPipelinePaused: jest.fn(async (name: string, paused: boolean) =>
        pipelineOf(name, { paused }),
      ),
    });
    const { toasts } = renderPage(<PipelinesPage />, { api });
    const toggle = await controlOf('Schedule of model_training_pipeline');
    await userEvent.click(screen.getAllByText('Sundays at 04:00 UTC')[0]);
    expect(api.setPipelinePaused).not.toHaveBeenCalled();
    await userEvent.click(toggle);
    expect(api.setPipelinePaused).toHaveBeenCalledWith(
      'model_training_pipeline',
      true,
    );
    await waitFor(() => expect(toggle).not.toBeChecked());
    await waitFor(() =>
      expect(toasts.post).toHaveBeenCalledWith(
        expect.objectContaining({
          title: expect.stringMatching(/^Paused model_training_pipeline/),
        }),
      ),
    );
  });

  it('puts the switch back when pausing was refused', async () => {
    const api = apiOf({
      ...listing(),
      setPipelinePaused: jest.fn(async () => {
        throw new MaestroResponseError({
          name: 'NotAllowedError',
          message: 'You may not pause it',
          statusCode: 403,
        });
      }),
    });
    const { toasts } = renderPage(<PipelinesPage />, { api });
    const toggle = await controlOf('Schedule of model_training_pipeline');
    await userEvent.click(toggle);
    await waitFor(() =>
      expect(toasts.post).toHaveBeenCalledWith(
        expect.objectContaining({
          status: 'danger',
          description: 'You may not pause it',
        }),
      ),
    );
    expect(toggle).toBeChecked();
  });

  it('starts a run with parameters, and keeps them when that is refused', async () => {
    const triggerRun = jest
      .fn()
      .mockRejectedValueOnce(
        new MaestroResponseError({
          name: 'InputError',
          message: 'Params do not fit',
          statusCode: 400,
          problems: [{ path: 'n_estimators', message: 'must be <= 1000' }],
        }),
      )
      .mockResolvedValueOnce({ ...runOf(), created: true });
    const api = apiOf({
      ...listing(),
      getPipeline: jest.fn(async (name: string) => detailOf(name)),
      triggerRun,
    });
    const { toasts } = renderPage(<PipelinesPage />, { api });
    await userEvent.click(await controlOf('Run model_training_pipeline'));
    const trees = await screen.findByLabelText(/Trees/);
    expect(trees).toHaveValue(200);
    await userEvent.clear(trees);
    await userEvent.type(trees, '5000');
    await userEvent.click(screen.getByRole('button', { name: 'Start run' }));
    expect(await screen.findByText('Params do not fit')).toBeInTheDocument();
    expect(screen.getByText(/must be <= 1000/)).toBeInTheDocument();
    expect(screen.getByLabelText(/Trees/)).toHaveValue(5000);

    await userEvent.click(screen.getByRole('button', { name: 'Start run' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    const [first, second] = triggerRun.mock.calls;
    expect(first[0]).toBe('model_training_pipeline');
    expect(first[1]).toMatchObject({ params: { n_estimators: 5000 } });
    // The second try must not start a second run.
    expect(second[1].runKey).toBe(first[1].runKey);
    expect(toasts.post).toHaveBeenCalledWith(
      expect.objectContaining({
        links: [{ label: 'Open the run', href: '/maestro/runs/run-1' }],
      }),
    );
  });

  it('moves by keys and opens what is marked', async () => {
    renderPage(<PipelinesPage />, { api: apiOf(listing()) });
    await linkOf('model_training_pipeline');
    for (const key of ['j', 'j', 'j', 'j', 'k', 'Enter']) {
      fireEvent.keyDown(document.body, { key });
    }
    expect(currentAddress()).toBe(
      '/catalog/default/pipeline/data_validation_pipeline/runs',
    );
  });

  it('shows its keys', async () => {
    renderPage(<PipelinesPage />, { api: apiOf(listing()) });
    await linkOf('model_training_pipeline');
    fireEvent.keyDown(document.body, { key: '?' });
    const dialog = await screen.findByRole('dialog', { name: 'Keys' });
    expect(within(dialog).getByText('Run the marked pipeline')).toBeVisible();
    expect(within(dialog).getByText('Go to connections')).toBeVisible();
  });

  it('names invalid files with place, message and the version that runs', async () => {
    const api = apiOf({
      ...listing(),
      listProblems: jest.fn(async () => ({
        items: [
          {
            name: 'broken',
            entityRef: 'pipeline:default/broken',
            location: 'file:pipelines/broken/catalog-info.yaml',
            since: 1,
            lastGoodVersion: 2,
            problems: [
              {
                path: 'spec/tasks/2',
                message: 'unknown task "featuers"',
                line: 31,
              },
            ],
          },
        ],
      })),
    });
    renderPage(<PipelinesPage />, { api });
    expect(await screen.findByText('Needs attention (1):')).toBeInTheDocument();
    expect(
      screen.getByText('file:pipelines/broken/catalog-info.yaml'),
    ).toBeInTheDocument();
    expect(screen.getByText(/unknown task "featuers"/)).toBeInTheDocument();
    expect(screen.getByText(/spec\/tasks\/2 \(line 31\)/)).toBeInTheDocument();
    expect(screen.getByText(/version 2 still runs/)).toBeInTheDocument();
  });

  it('has no link for a file that no pipeline was ever read from', async () => {
    const api = apiOf({
      ...listing(),
      listProblems: jest.fn(async () => ({
        items: [
          {
            name: 'sub/x.py',
            entityRef: 'location:default/source-1',
            location: 'airflow:ml/sub/x.py',
            since: 1,
            problems: [
              {
                path: '',
                message: 'SyntaxError: invalid syntax',
                file: '/dags/sub/x.py',
                line: 2,
              },
            ],
          },
        ],
      })),
    });
    renderPage(<PipelinesPage />, { api });
    expect(await screen.findByText('sub/x.py')).toBeInTheDocument();
    expect(
      screen.queryByRole('link', { name: 'sub/x.py' }),
    ).not.toBeInTheDocument();
    expect(screen.getByText(/SyntaxError: invalid syntax/)).toBeInTheDocument();
    expect(screen.getByText(/nothing runs/)).toBeInTheDocument();
  });

  it('has the traceback of a DAG file on demand, at the place that failed', async () => {
    const api = apiOf({
      ...listing(),
      listProblems: jest.fn(async () => ({
        items: [
          {
            name: 'retrain.py',
            entityRef: 'pipeline:default/retrain',
            location: 'airflow:ml/retrain.py',
            since: 1,
            lastGoodVersion: 2,
            problems: [
              {
                path: '',
                message: `ImportError: ${'x'.repeat(1_000)}`,
                file: '/dags/helpers/model.py',
                line: 1,
                traceback: 'Traceback (most recent call last):\n  File "x"',
              },
            ],
          },
        ],
      })),
    });
    renderPage(<PipelinesPage />, { api });
    expect(
      await screen.findByText('/dags/helpers/model.py (line 1)'),
    ).toBeInTheDocument();
    expect(screen.queryByText(/Traceback/)).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: 'traceback' }));
    expect(screen.getByText(/Traceback \(most recent/)).toBeInTheDocument();
    // A message may be long, too.
    expect(screen.queryByText(/x{1000}/)).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: 'all of it' }));
    expect(screen.getByText(/x{1000}/)).toBeInTheDocument();
    expect(
      screen.getByRole('link', { name: 'version 2 still runs' }),
    ).toHaveAttribute(
      'href',
      '/catalog/default/pipeline/retrain/code?version=2',
    );
  });

  it('shows a few of many invalid files, and finds one of them', async () => {
    const api = apiOf({
      ...listing(),
      listProblems: jest.fn(async () => ({
        items: Array.from({ length: 300 }, (_, i) => ({
          name: `dag_${i}.py`,
          entityRef: `location:default/source-${i}`,
          location: `airflow:ml/dag_${i}.py`,
          since: 1,
          problems: [{ path: '', message: `no module m${i}` }],
        })),
      })),
    });
    renderPage(<PipelinesPage />, { api });
    expect(
      await screen.findByText('Needs attention (300):'),
    ).toBeInTheDocument();
    expect(screen.getAllByText(/^dag_\d+\.py$/)).toHaveLength(5);
    const filter = screen.getByRole('searchbox', {
      name: 'Filter the problems',
    });
    await userEvent.type(filter, 'module m277');
    expect(screen.getByText('dag_277.py')).toBeInTheDocument();
    expect(screen.getAllByText(/^dag_\d+\.py$/)).toHaveLength(1);
    await userEvent.type(filter, ' nothing');
    expect(
      screen.getByText('None of them has these words.'),
    ).toBeInTheDocument();
    await userEvent.clear(filter);
    await userEvent.click(
      screen.getByRole('button', { name: 'All 300 of them' }),
    );
    expect(screen.getAllByText(/^dag_\d+\.py$/)).toHaveLength(300);
  });

  it('is narrowed to pipelines of a type, in the address', async () => {
    const api = apiOf({
      listPipelines: jest.fn(async () => ({
        items: [
          pipelineOf('flights', { type: 'airflow' }),
          pipelineOf('native', { type: 'training' }),
        ],
      })),
    });
    renderPage(<PipelinesPage />, { api, path: '/', at: '/?type=airflow' });
    expect(await linkOf('flights')).toBeInTheDocument();
    expect(screen.queryByRole('link', { name: 'native' })).toBeNull();
  });

  it('shows all columns in fewer where the window is narrow', async () => {
    window.matchMedia = jest.fn((query: string) => ({
      matches: query.includes('max-width:1279'),
      addListener() {},
      removeListener() {},
      addEventListener() {},
      removeEventListener() {},
    })) as any;
    try {
      renderPage(<PipelinesPage />, { api: apiOf(listing()) });
      const row = (
        await linkOf('model_training_pipeline')
      ).closest<HTMLElement>('[role=row]')!;
      const heads = screen.getAllByRole('columnheader');
      expect(within(row).getAllByRole('cell')).toHaveLength(heads.length);
      expect(heads).toHaveLength(7);
      expect(within(row).getByText(/Sundays at 04:00 UTC/)).toBeInTheDocument();
    } finally {
      delete (window as any).matchMedia;
    }
  });

  it('says that the form waits for the backend', async () => {
    renderPage(<PipelinesPage />, {
      api: apiOf({
        ...listing(),
        getPipeline: jest.fn(() => new Promise<never>(() => {})),
        getStatus: jest.fn(async () => {
          throw new MaestroUnreachableError('connection refused');
        }),
      }),
    });
    await userEvent.click(await controlOf('Run model_training_pipeline'));
    expect(
      await screen.findByText(/the form comes when it does/),
    ).toBeInTheDocument();
  });

  it('invites where there is nothing yet', async () => {
    renderPage(<PipelinesPage />, { api: apiOf(listing([])) });
    expect(await screen.findByText('No pipelines yet')).toBeInTheDocument();
  });

  it('says that the backend is away, and comes back by itself', async () => {
    let away = true;
    const answer = async <T,>(value: T) => {
      if (away) throw new MaestroUnreachableError('connection refused');
      return value;
    };
    const api = apiOf({
      listPipelines: jest.fn(() => answer({ items: pipelines() })),
      getStatus: jest.fn(() =>
        answer({
          now: 0,
          ok: true,
          executors: [],
          runs: { queued: 0, running: 0 },
          tasks: { scheduled: 0, queued: 0, running: 0 },
        }),
      ),
    });
    renderPage(<PipelinesPage />, { api });
    const banner = "Maestro's backend does not answer";
    expect(await screen.findByText(banner)).toBeInTheDocument();
    away = false;
    expect(await linkOf('model_training_pipeline')).toBeInTheDocument();
    // The state of the backend is asked for by itself.
    await waitFor(() => expect(screen.queryByText(banner)).toBeNull());
  });

  it('says why the engine is not well', async () => {
    const api = apiOf({
      ...listing(),
      getStatus: jest.fn(async () => ({
        now: 0,
        ok: false,
        message: 'No scheduler has made progress for 30 s',
        executors: [
          {
            name: 'local',
            ok: false,
            message: 'launcher is gone',
            maxParallel: 2,
            live: 0,
          },
        ],
        runs: { queued: 0, running: 0 },
        tasks: { scheduled: 0, queued: 0, running: 0 },
      })),
    });
    renderPage(<PipelinesPage />, { api });
    expect(
      await screen.findByText(/No scheduler has made progress/),
    ).toBeInTheDocument();
    expect(screen.getByText(/launcher is gone/)).toBeInTheDocument();
  });

  it.each([
    ['lists schedulers where there are several, and which is gone', 2],
    ['says nothing of the only one', 1],
  ])('%s', async (_, count) => {
    const one = {
      role: 'scheduler' as const,
      version: '1.0.0',
      startedAt: NOW - 3_600_000,
      self: false,
      executors: ['local'],
    };
    const schedulers = [
      { ...one, name: 'a', host: 'node-1', seenAt: NOW, alive: true },
      { ...one, name: 'b', host: 'node-2', seenAt: NOW - 90_000, alive: false },
    ].slice(0, count);
    const api = apiOf({
      ...listing(),
      getStatus: jest.fn(async () => ({
        now: NOW,
        ok: true,
        executors: [],
        schedulers,
        runs: { queued: 0, running: 0 },
        tasks: { scheduled: 0, queued: 0, running: 0 },
      })),
    });
    renderPage(<PipelinesPage />, { api });
    await linkOf('model_training_pipeline');
    const shown = count === 1 ? 0 : 1;
    await waitFor(() =>
      expect(screen.queryAllByText('Schedulers: 1 of 2 active')).toHaveLength(
        shown,
      ),
    );
    expect(screen.queryAllByText('node-1')).toHaveLength(shown);
    expect(screen.queryAllByText(/gone, last heard of/)).toHaveLength(shown);
  });
});
