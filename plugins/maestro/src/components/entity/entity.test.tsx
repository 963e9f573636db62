import {
  cleanup,
  fireEvent,
  screen,
  waitFor,
  within,
} from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { EntityProvider } from '@backstage/plugin-catalog-react';
import {
  MaestroResponseError,
  type Backfill,
  type Grid,
} from '@maestro/plugin-maestro-common';
import {
  detailOf,
  NOW,
  runOf,
  trainingDefinition,
} from '../../__testUtils__/fixtures';
import {
  apiOf,
  currentAddress,
  renderPage,
} from '../../__testUtils__/renderPage';
import { CodeTab } from '../code/CodeTab';
import { NextRunCard, OwnerCard, SlaCard, StatusCard } from './cards';
import { RunsTab } from './RunsTab';

const NAME = 'model_training_pipeline';
const entity = {
  apiVersion: 'maestro.dev/v1alpha1',
  kind: 'Pipeline',
  metadata: { name: NAME, namespace: 'default' },
};
const onEntity = (content: JSX.Element) => (
  <EntityProvider entity={entity}>{content}</EntityProvider>
);
const getPipeline = jest.fn(async (name: string) => detailOf(name));

const backfillOf = (): Backfill => ({
  backfillId: 'b1',
  pipeline: 'p',
  entityRef: 'pipeline:default/p',
  schedule: 'default',
  from: NOW - 1000,
  to: NOW,
  only: 'missing',
  order: 'oldest',
  maxActive: 1,
  params: {},
  state: 'running',
  total: 1,
  counts: {
    waiting: 0,
    queued: 0,
    running: 0,
    success: 1,
    failed: 0,
    leftOut: 0,
    cancelled: 0,
    deleted: 0,
  },
  createdAt: NOW - 1000,
  createdBy: 'user:default/me',
});

describe('entity tabs and cards', () => {
  it('shows tasks × runs and opens run and task of a cell', async () => {
    const getGrid = jest.fn(
      async (): Promise<Grid> => ({
        tasks: ['validate', 'train'],
        runs: [
          {
            runId: 'new',
            state: 'failed' as const,
            trigger: 'scheduled' as const,
            runAfter: NOW,
            logicalDate: Date.parse('2026-02-03T04:05:00Z'),
            durationMs: 60_000,
            slaState: 'met' as const,
            versionNumber: 3,
            cells: {
              validate: { state: 'success' as const, durationMs: 1000 },
              train: { state: 'failed' as const, tries: 3 },
            },
          },
          {
            runId: 'old',
            state: 'success' as const,
            trigger: 'manual' as const,
            runAfter: NOW - 1000,
            durationMs: 30_000,
            versionNumber: 2,
            // The version of then had no other task.
            slaState: 'missed' as const,
            cells: { validate: { state: 'failed' as const } },
          },
        ],
      }),
    );
    renderPage(onEntity(<RunsTab />), { api: apiOf({ getPipeline, getGrid }) });
    const grid = await screen.findByRole('grid', { name: 'Tasks and runs' });
    await within(grid).findAllByRole('gridcell');
    const columns = within(grid)
      .getAllByRole('columnheader')
      .filter(header => header.tagName === 'A');
    expect(columns.map(column => column.getAttribute('href'))).toEqual([
      '/maestro/runs/old',
      '/maestro/runs/new',
    ]);
    expect(within(grid).getAllByRole('gridcell')).toHaveLength(3);
    const list = screen.getByRole('table', { name: 'Runs' });
    const rows = within(list).getAllByRole('row').slice(1);
    expect(rows.map(row => within(row).getByRole('link'))).toHaveLength(2);
    expect(within(rows[0]).getByRole('link')).toHaveAttribute(
      'href',
      '/maestro/runs/new',
    );
    // The time that it stands for: runs of a backfill start together.
    expect(within(rows[0]).getByRole('link')).toHaveTextContent(/3 Feb.*04:05/);
    expect(rows[0]).toHaveTextContent(/failed.*its schedule.*1 m 00 s.*met.*3/);
    expect(rows[1]).toHaveTextContent(
      /success · 1 task failed.*on request.*30 s.*missed.*2/,
    );
    const cell = within(grid).getByRole('gridcell', { name: 'train, failed' });
    await userEvent.hover(cell);
    expect(screen.getByText(/failed · 3 tries/)).toBeInTheDocument();
    await userEvent.click(cell);
    expect(currentAddress()).toBe('/maestro/runs/new?task=train');
  });

  it('calls tasks by their titles, and has room for the longest key of a partition', async () => {
    const key = 'x'.repeat(250);
    const definition = trainingDefinition();
    definition.tasks[2].title = 'Train the model';
    definition.schedules = [];
    renderPage(onEntity(<RunsTab />), {
      api: apiOf({
        getPipeline: jest.fn(async (name: string) =>
          detailOf(name, { definition }),
        ),
        getGrid: jest.fn(
          async (): Promise<Grid> => ({
            tasks: ['train', 'evaluate'],
            runs: [
              {
                runId: 'new',
                state: 'failed',
                trigger: 'manual',
                runAfter: NOW,
                partitionKey: key,
                versionNumber: 3,
                cells: { train: { state: 'failed' } },
              },
            ],
          }),
        ),
      }),
    });
    const grid = await screen.findByRole('grid');
    expect(
      await within(grid).findByRole('rowheader', { name: 'Train the model' }),
    ).toBeInTheDocument();
    expect(
      within(grid).getByRole('rowheader', { name: 'evaluate' }),
    ).toBeInTheDocument();
    expect(
      await within(grid).findByRole('gridcell', {
        name: 'Train the model, failed',
      }),
    ).toBeInTheDocument();
    expect(screen.getByText(key)).toHaveAttribute('title', key);
    expect(screen.getByText(key)).toHaveStyle({ 'text-overflow': 'ellipsis' });
  });

  it('offers a backfill where there are due times, and only there', async () => {
    const show = (schedule: object) =>
      renderPage(onEntity(<RunsTab />), {
        api: apiOf({
          getGrid: jest.fn(async () => ({ tasks: [], runs: [] })),
          getPipeline: jest.fn(async (name: string) =>
            detailOf(name, {
              definition: {
                ...trainingDefinition(),
                schedules: [schedule as never],
              },
            }),
          ),
        }),
      });
    show({ id: 'default', cron: '0 4 * * *' });
    expect(
      await screen.findByRole('button', { name: 'Backfill…' }),
    ).toBeInTheDocument();
    cleanup();
    show({ id: 'default', continuous: { pauseMs: 1_000 } });
    expect(await screen.findByText(/It starts by its schedule/)).toBeVisible();
    expect(screen.queryByRole('button', { name: 'Backfill…' })).toBeNull();
  });

  it('shows the runs of one backfill, by its panel or by the address, and all again', async () => {
    const listRuns = jest.fn(async () => ({
      items: [runOf({ runId: 'of-it', startedAt: NOW - 60_000, endedAt: NOW })],
    }));
    renderPage(onEntity(<RunsTab />), {
      api: apiOf({
        getPipeline,
        getGrid: jest.fn(async () => ({ tasks: [], runs: [] })),
        listRuns,
        listBackfills: jest.fn(async () => ({ items: [backfillOf()] })),
      }),
    });
    expect(await screen.findByText('No runs yet')).toBeInTheDocument();
    expect(listRuns).not.toHaveBeenCalled();
    await userEvent.click(
      await screen.findByRole('button', { name: 'Show runs' }),
    );
    const region = await screen.findByRole('region', {
      name: 'Runs of backfill b1',
    });
    expect(
      await within(region).findByText(/^1 run of one/),
    ).toBeInTheDocument();
    const list = await within(region).findByRole('table', { name: 'Runs' });
    expect(within(list).getByRole('link')).toHaveAttribute(
      'href',
      '/maestro/runs/of-it',
    );
    expect(list).toHaveTextContent('1 m 00 s');
    expect(listRuns).toHaveBeenCalledWith(
      { pipeline: expect.any(String), backfill: 'b1', limit: 500 },
      expect.anything(),
    );
    expect(currentAddress()).toMatch(/\?backfill=b1$/);
    expect(screen.queryByText('No runs yet')).toBeNull();
    await userEvent.click(
      within(region).getByRole('button', { name: 'Show all runs' }),
    );
    expect(await screen.findByText('No runs yet')).toBeInTheDocument();
    expect(currentAddress()).not.toMatch(/backfill/);
  });

  it('invites to run what has never run', async () => {
    renderPage(onEntity(<RunsTab />), {
      api: apiOf({
        getPipeline,
        getGrid: jest.fn(async () => ({ tasks: [], runs: [] })),
      }),
    });
    expect(await screen.findByText('No runs yet')).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Run…' })).toBeInTheDocument();
  });

  it('shows the pinned sources of a version', async () => {
    const getPipelineVersion = jest.fn(async (_name: string, n: number) => ({
      number: n,
      hash: 'abcdef0123456789',
      createdAt: NOW,
      definition: trainingDefinition(),
      files: [
        { path: 'train.py', size: 20, content: 'print("version 3")\n' },
        { path: 'model.bin', size: 4096 },
      ],
    }));
    renderPage(onEntity(<CodeTab />), {
      api: apiOf({ getPipeline, getPipelineVersion }),
    });
    // The code first, not what was made of it.
    expect(await screen.findByLabelText('train.py')).toBeInTheDocument();
    await userEvent.click(screen.getByText('definition (resolved)'));
    expect(screen.getByLabelText('definition.json')).toBeInTheDocument();
    await userEvent.click(screen.getByText('train.py'));
    expect(screen.getByLabelText('train.py')).toHaveTextContent(
      'print("version 3")',
    );
    await userEvent.click(screen.getByText('model.bin'));
    expect(
      screen.getByText(/is no text, or larger than 1 MiB/),
    ).toBeInTheDocument();
    expect(getPipelineVersion).toHaveBeenCalledWith(NAME, 3, expect.anything());
  });

  it('shows status, next run, SLA and owner from one answer', async () => {
    // Who waits for an answer does not ask again by itself.
    let answer = () => {};
    const api = apiOf({
      getPipeline: jest.fn(
        (name: string) =>
          new Promise<ReturnType<typeof detailOf>>(resolve => {
            answer = () => resolve(detailOf(name));
          }),
      ),
    });
    renderPage(
      onEntity(
        <>
          <StatusCard />
          <NextRunCard />
          <SlaCard />
          <OwnerCard />
        </>,
      ),
      { api },
    );
    await waitFor(() => expect(api.getPipeline).toHaveBeenCalled());
    expect(api.getPipeline).toHaveBeenCalledTimes(1);
    answer();
    expect(await screen.findByText('schedule is on')).toBeInTheDocument();
    expect(screen.getByText('Sundays at 04:00 UTC')).toBeInTheDocument();
    expect(screen.getByText('done within 2 h 00 m')).toBeInTheDocument();
    expect(
      screen.getByText('training · 7 tasks · version 3 · #ml'),
    ).toBeInTheDocument();
  });

  it('tells the runs that missed the SLA, and where a file is wrong', async () => {
    const { lastRuns } = detailOf(NAME);
    renderPage(
      onEntity(
        <>
          <StatusCard />
          <SlaCard />
        </>,
      ),
      {
        api: apiOf({
          getGrid: jest.fn(async () => ({
            tasks: ['validate'],
            runs: [
              {
                ...lastRuns[0],
                versionNumber: 3,
                cells: { validate: { state: 'failed' as const } },
              },
            ],
          })),
          getPipeline: jest.fn(async (name: string) =>
            detailOf(name, {
              slaState: 'at_risk',
              lastRuns: lastRuns.map((run, i) => ({
                ...run,
                slaState: i === 1 || i === 4 ? 'missed' : 'met',
              })),
              problem: 'is "5m"',
              problems: [
                { path: 'spec.tasks[0].timeout', line: 12, message: 'is "5m"' },
              ],
            }),
          ),
        }),
      },
    );
    expect(
      await screen.findByText(/2 of the last 14 runs missed it/),
    ).toBeInTheDocument();
    expect(
      screen.getByText(/^the last one/, { selector: 'a[href]' }),
    ).toHaveAttribute('href', `/maestro/runs/${NAME}-1`);
    expect(screen.getByText('spec.tasks[0].timeout (line 12)')).toBeVisible();
    expect(screen.getByText(/version 3 still runs/)).toBeInTheDocument();
    expect(
      await screen.findByText('success · 1 task failed'),
    ).toBeInTheDocument();
  });

  it('warns which version starts while the file is not valid, and moves to the run', async () => {
    const triggerRun = jest.fn(async () => ({
      ...runOf({ runId: 'started' }),
      created: true,
    }));
    renderPage(onEntity(<RunsTab />), {
      api: apiOf({
        getGrid: jest.fn(async () => ({ tasks: [], runs: [] })),
        getPipeline: jest.fn(async (name: string) =>
          detailOf(name, {
            definition: { ...trainingDefinition(), params: undefined },
            problem: 'is "5m"',
            problems: [
              { path: 'spec.tasks[0].timeout', line: 12, message: 'is "5m"' },
            ],
          }),
        ),
        triggerRun,
      }),
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Run…' }));
    const dialog = await screen.findByRole('dialog');
    expect(within(dialog).getByText(/version 3/)).toHaveTextContent(
      'The file is not valid now, so this starts the last version that was: version 3.',
    );
    expect(
      within(dialog).getByText('spec.tasks[0].timeout (line 12)'),
    ).toBeInTheDocument();
    fireEvent.change(within(dialog).getByLabelText('Logical date (UTC)'), {
      target: { value: '2026-11-15T04:00' },
    });
    await userEvent.click(
      within(dialog).getByRole('button', { name: 'Start run' }),
    );
    await waitFor(() => expect(currentAddress()).toBe('/maestro/runs/started'));
    expect(triggerRun).toHaveBeenCalledWith(
      NAME,
      expect.objectContaining({ logicalDate: Date.UTC(2026, 10, 15, 4) }),
    );
  });

  it('says when Maestro does not know the entity yet', async () => {
    renderPage(onEntity(<SlaCard />), {
      api: apiOf({
        getPipeline: jest.fn(async () => {
          throw new MaestroResponseError({
            name: 'NotFoundError',
            message: 'No pipeline with that name',
            statusCode: 404,
          });
        }),
      }),
    });
    expect(
      await screen.findByText(`Maestro does not know ${NAME} yet`),
    ).toBeInTheDocument();
  });
});
