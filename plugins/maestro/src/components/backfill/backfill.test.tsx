import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {
  MaestroResponseError,
  type Backfill,
  type BackfillPreviewAnswer,
} from '@maestro/plugin-maestro-common';
import { setTimeZoneChoice } from '@maestro/plugin-maestro-react';
import { detailOf, trainingDefinition } from '../../__testUtils__/fixtures';
import { apiOf, renderPage } from '../../__testUtils__/renderPage';
import { MaestroPage } from '../layout/MaestroPage';
import { BackfillDialog } from './BackfillDialog';
import { BackfillPanels } from './BackfillPanel';

const NAME = 'model_training_pipeline';
const at = (day: number) => Date.UTC(2026, 10, day, 4);

const preview: BackfillPreviewAnswer = {
  schedule: 'default',
  due: [{ at: at(8), reason: 'succeeded' }, { at: at(9) }, { at: at(10) }],
  toRun: 2,
  leftOut: [{ reason: 'succeeded', count: 1 }],
};

const backfill = (rest: Partial<Backfill> = {}): Backfill => ({
  backfillId: 'b1',
  pipeline: NAME,
  entityRef: `pipeline:default/${NAME}`,
  schedule: 'default',
  from: at(1),
  to: at(10),
  only: 'missing',
  order: 'oldest',
  maxActive: 2,
  params: {},
  state: 'running',
  total: 10,
  counts: {
    waiting: 4,
    queued: 0,
    running: 2,
    success: 2,
    failed: 1,
    leftOut: 1,
    cancelled: 0,
    deleted: 0,
  },
  createdAt: at(11),
  createdBy: 'user:default/me',
  ...rest,
});

const pipeline = (
  schedules: object[] = [{ id: 'default', cron: '0 4 * * *' }],
) =>
  jest.fn(async (name: string) =>
    detailOf(name, {
      definition: {
        ...trainingDefinition(),
        params: undefined,
        schedules: schedules as never,
      },
    }),
  );

describe('the backfill dialog', () => {
  beforeEach(() => setTimeZoneChoice('utc'));

  const open = (overrides: Parameters<typeof apiOf>[0] = {}) => {
    const api = apiOf({
      getPipeline: pipeline(),
      previewBackfill: jest.fn(async () => preview),
      createBackfill: jest.fn(async () => backfill()),
      ...overrides,
    });
    const onClose = jest.fn();
    const page = renderPage(
      <MaestroPage>
        <BackfillDialog pipeline={NAME} onClose={onClose} />
      </MaestroPage>,
      {
        api,
      },
    );
    return { api, onClose, ...page };
  };

  it('shows each due time and why some are left out before it starts anything', async () => {
    const { api, onClose } = open();
    expect(
      await screen.findByText(
        '2 of 3 due times will run; 1 have succeeded already.',
      ),
    ).toBeInTheDocument();
    const strip = screen.getByRole('list', {
      name: 'Due times of the backfill',
    });
    expect(
      within(strip)
        .getAllByRole('img')
        .map(box => box.getAttribute('title')),
    ).toEqual([
      'Sun 8 Nov 2026 04:00: left out, have succeeded already',
      'Mon 9 Nov 2026 04:00: will run',
      'Tue 10 Nov 2026 04:00: will run',
    ]);
    expect(api.createBackfill).not.toHaveBeenCalled();
    await userEvent.click(screen.getByRole('button', { name: 'Start 2 runs' }));
    await waitFor(() => expect(onClose).toHaveBeenCalled());
    expect(api.createBackfill).toHaveBeenCalledWith(
      NAME,
      expect.objectContaining({
        schedule: 'default',
        only: 'missing',
        order: 'oldest',
        maxActive: 2,
      }),
    );
  });

  it('asks anew with each choice, in whole days of the chosen zone', async () => {
    const { api } = open();
    await screen.findByText(/due times will run/);
    const first = screen.getByLabelText('First day');
    await userEvent.clear(first);
    await userEvent.type(first, '2026-11-01');
    const last = screen.getByLabelText('Last day');
    await userEvent.clear(last);
    await userEvent.type(last, '2026-11-02');
    await userEvent.click(screen.getByLabelText('Due times'));
    await userEvent.click(
      await screen.findByRole('option', { name: 'Those that failed' }),
    );
    await waitFor(() =>
      expect(api.previewBackfill).toHaveBeenLastCalledWith(
        NAME,
        {
          from: Date.UTC(2026, 10, 1),
          to: Date.UTC(2026, 10, 3) - 1,
          schedule: 'default',
          only: 'failed',
        },
        expect.anything(),
      ),
    );
  });

  it('starts nothing where nothing is to run, or the range is wrong', async () => {
    const { api } = open({
      previewBackfill: jest.fn(async () => ({
        ...preview,
        due: preview.due.slice(0, 1),
        toRun: 0,
      })),
    });
    expect(
      await screen.findByRole('button', { name: 'Start 0 runs' }),
    ).toBeDisabled();
    const last = screen.getByLabelText('Last day');
    await userEvent.clear(last);
    await userEvent.type(last, '2001-01-01');
    expect(
      await screen.findByText('The last day is before the first one.'),
    ).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Start' })).toBeDisabled();
    expect(api.createBackfill).not.toHaveBeenCalled();
  });

  it('keeps what was chosen when it is refused, with the reason', async () => {
    open({
      createBackfill: jest.fn().mockRejectedValue(
        new MaestroResponseError({
          name: 'ConflictError',
          message: 'Nothing of it is to run: 3 have succeeded already',
          statusCode: 409,
        }),
      ),
    });
    await userEvent.click(
      await screen.findByRole('button', { name: 'Start 2 runs' }),
    );
    expect(
      await screen.findByText(/3 have succeeded already/),
    ).toBeInTheDocument();
    expect(screen.getByRole('dialog')).toBeInTheDocument();
  });

  it('says what the days are where the schedule has data intervals, and only there', async () => {
    const schedules = [
      { id: 'default', cron: '0 4 * * *' },
      { id: 'whole', cron: '0 5 * * *', interval: {} },
    ];
    open({ getPipeline: pipeline(schedules) });
    await screen.findByText(/due times will run/);
    const words = /days are those of logical dates, where data intervals begin/;
    expect(screen.queryByText(words)).not.toBeInTheDocument();
    await userEvent.click(screen.getByLabelText('Schedule'));
    await userEvent.click(await screen.findByRole('option', { name: 'whole' }));
    expect(await screen.findByText(words)).toBeInTheDocument();
  });

  it('says what the days are where runs are about partitions', async () => {
    const partition = { offset: -1, format: '%Y-%m-%d' };
    open({
      getPipeline: pipeline([
        { id: 'default', cron: '0 4 * * *', interval: {}, partition },
      ]),
    });
    expect(
      await screen.findByText(/days are those of partitions/),
    ).toBeInTheDocument();
    expect(screen.queryByText(/data intervals begin/)).toBeNull();
  });

  it('knows no due times of schedules that have none', async () => {
    open({ getPipeline: pipeline([{ id: 'default', continuous: {} }]) });
    expect(await screen.findByText(/no due times to run/)).toBeInTheDocument();
  });

  it('says that a pipeline without a schedule has no due times', async () => {
    open({ getPipeline: pipeline([]) });
    expect(await screen.findByText(/no due times to run/)).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Start' })).toBeDisabled();
  });
});

describe('the backfills of a pipeline', () => {
  beforeEach(() => setTimeZoneChoice('utc'));

  const show = (
    found: Backfill,
    overrides: Parameters<typeof apiOf>[0] = {},
  ) => {
    const api = apiOf({
      listBackfills: jest.fn(async () => ({ items: [found] })),
      setBackfillState: jest.fn(async (_id, state) => backfill({ state })),
      ...overrides,
    });
    renderPage(
      <MaestroPage>
        <BackfillPanels pipeline={NAME} onShowRuns={() => {}} />
      </MaestroPage>,
      { api },
    );
    return api;
  };

  it('say how far they have come', async () => {
    show(backfill());
    expect(
      await screen.findByText(
        '3 of 9 done · 2 running · 1 failed · 4 left · 1 left out',
      ),
    ).toBeInTheDocument();
    expect(screen.getByRole('progressbar')).toHaveAttribute(
      'aria-valuenow',
      '3',
    );
  });

  it('are paused, go on, and are cancelled only after the exact effect', async () => {
    const api = show(backfill());
    await userEvent.click(await screen.findByRole('button', { name: 'Pause' }));
    expect(api.setBackfillState).toHaveBeenLastCalledWith('b1', 'paused');
    const cancel = screen.getByRole('button', { name: 'Cancel…' });
    await waitFor(() => expect(cancel).toBeEnabled());
    await userEvent.click(cancel);
    expect(
      await screen.findByText(
        /Cancels 2 live runs. 4 due times will not run. What is done stays./,
      ),
    ).toBeInTheDocument();
    await userEvent.click(
      screen.getByRole('button', { name: 'Cancel the backfill' }),
    );
    await waitFor(() =>
      expect(api.setBackfillState).toHaveBeenLastCalledWith('b1', 'cancelled'),
    );
  });

  it('that are paused go on', async () => {
    const api = show(backfill({ state: 'paused' }));
    await userEvent.click(await screen.findByRole('button', { name: 'Go on' }));
    expect(api.setBackfillState).toHaveBeenLastCalledWith('b1', 'running');
  });

  it('show each due time and lead to its run', async () => {
    show(backfill(), {
      getBackfill: jest.fn(async () => ({
        ...backfill(),
        isCut: false,
        members: [
          { dueAt: at(1), outcome: 'failed' as const, runId: 'run-1' },
          { dueAt: at(2), outcome: 'waiting' as const },
        ],
      })),
    });
    await userEvent.click(
      await screen.findByRole('button', { name: 'Show due times' }),
    );
    expect(
      await screen.findByRole('link', {
        name: 'Sun 1 Nov 2026 04:00: failed',
      }),
    ).toHaveAttribute('href', '/maestro/runs/run-1');
    expect(
      screen.getByRole('img', { name: 'Mon 2 Nov 2026 04:00: to run' }),
    ).toBeInTheDocument();
  });

  it('show due times anew when their counts are others', async () => {
    const api = show(backfill(), {
      getBackfill: jest.fn(async () => ({
        ...backfill(),
        isCut: false,
        members: [{ dueAt: at(1), outcome: 'running' as const }],
      })),
      // Asked again by what changes the backfill.
      listBackfills: jest
        .fn()
        .mockResolvedValueOnce({ items: [backfill()] })
        .mockResolvedValue({
          items: [backfill({ counts: { ...backfill().counts, running: 1 } })],
        }),
    });
    await userEvent.click(
      await screen.findByRole('button', { name: 'Show due times' }),
    );
    await waitFor(() => expect(api.getBackfill).toHaveBeenCalled());
    const before = jest.mocked(api.getBackfill).mock.calls.length;
    await userEvent.click(screen.getByRole('button', { name: 'Pause' }));
    expect(await screen.findByText(/1 running/)).toBeInTheDocument();
    // Once because it was changed, once more because of its counts.
    await waitFor(() =>
      expect(jest.mocked(api.getBackfill).mock.calls.length).toBeGreaterThan(
        before + 1,
      ),
    );
  });

  it('say by whom they were cancelled, by name', async () => {
    show(
      backfill({
        state: 'cancelled',
        endedAt: Date.now(),
        stateReason: 'cancelled by user:default/guest',
      }),
    );
    expect(await screen.findByText('cancelled by guest')).toBeInTheDocument();
  });

  it('that ended long ago are not shown', async () => {
    const api = show(backfill({ state: 'done', endedAt: at(1) }));
    await waitFor(() => expect(api.listBackfills).toHaveBeenCalled());
    expect(screen.queryByRole('region', { name: /Backfill/ })).toBeNull();
  });
});
