import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { SchedulePreviewAnswer } from '@maestro/plugin-maestro-common';
import { setTimeZoneChoice } from '@maestro/plugin-maestro-react';
import { NOW, pipelineOf } from '../../__testUtils__/fixtures';
import {
  apiOf,
  currentAddress,
  renderPage,
} from '../../__testUtils__/renderPage';
import { SchedulePage } from './SchedulePage';

const HOUR = 3_600_000;
const at = (hours: number) => Date.UTC(2026, 10, 15, 5) + hours * HOUR;

const forecast = (
  rest: Partial<SchedulePreviewAnswer> = {},
): SchedulePreviewAnswer => ({
  from: NOW,
  until: NOW + 7 * 24 * HOUR,
  stepMs: HOUR,
  isCut: false,
  pipelines: [
    {
      name: 'hourly',
      runs: 168,
      next: [at(0)],
      starts: [
        { at: at(0), runs: 1 },
        { at: at(1), runs: 4 },
      ],
      expectedMs: 600_000,
    },
    {
      name: 'training',
      runs: 1,
      next: [at(1)],
      starts: [{ at: at(1), runs: 1 }],
    },
  ],
  collisions: [
    {
      kind: 'same_instant',
      pipelines: ['hourly', 'training'],
      times: 1,
      at: [at(1)],
      wanted: 2,
    },
    {
      kind: 'pool',
      pool: 'gpu',
      pipelines: ['hourly'],
      times: 3,
      at: [at(2)],
      wanted: 2,
      limit: 1,
    },
  ],
  peaks: [{ at: at(1), runs: 5, pipelines: ['hourly', 'training'] }],
  load: [{ at: at(1), runs: 5 }],
  paused: ['asleep'],
  continuous: [{ name: 'poll', scheduleText: 'As soon as it is over' }],
  ...rest,
});

const scheduleApi = (answer = forecast()) =>
  apiOf({
    previewSchedule: jest.fn(async () => answer),
    listPipelines: jest.fn(async () => ({
      items: [
        pipelineOf('hourly', { ownerRef: 'group:default/data' }),
        pipelineOf('training'),
      ],
    })) as never,
  });

const lane = async (name: string) =>
  (await screen.findByRole('link', { name })).closest('[role="row"]')!;

describe('SchedulePage', () => {
  beforeEach(() => setTimeZoneChoice('utc'));

  it('shows who is due when, how much goes on at once, and who is paused', async () => {
    renderPage(<SchedulePage />, { api: scheduleApi() });
    expect(
      await screen.findByRole('img', {
        name: 'hourly, Sun 15 Nov 06:00: 4 due',
      }),
    ).toBeInTheDocument();
    expect(
      within((await lane('hourly')) as HTMLElement).getByText('168'),
    ).toBeInTheDocument();
    expect(
      screen.getByRole('img', { name: 'Sun 15 Nov 06:00: 5 at once' }),
    ).toBeInTheDocument();
    expect(screen.getByText(/not in it: asleep/)).toBeInTheDocument();
    expect(screen.getByText(/not in it: poll/)).toBeInTheDocument();
  });

  it('names collisions and peaks; one that is picked lifts out who and when', async () => {
    renderPage(<SchedulePage />, { api: scheduleApi() });
    const pool = await screen.findByRole('button', {
      name: /2 tasks wanted in pool gpu of 1 slots/,
    });
    expect(
      screen.getByRole('button', { name: '5 runs at once' }),
    ).toBeInTheDocument();
    await userEvent.click(pool);
    expect(pool).toHaveAttribute('aria-pressed', 'true');
    expect(await lane('hourly')).toHaveAttribute('aria-selected', 'true');
    expect(await lane('training')).toHaveAttribute('aria-selected', 'false');
    // In the head and in both lanes.
    expect(screen.getAllByTestId('picked-instant')).toHaveLength(3);
    expect(currentAddress()).toContain('pick=pool.gpu.');
    await userEvent.click(pool);
    expect(screen.queryAllByTestId('picked-instant')).toEqual([]);
  });

  it('is narrowed by name and by owner, with what concerns them', async () => {
    renderPage(<SchedulePage />, {
      api: scheduleApi(),
      at: '/?owner=group:default/ml-team',
    });
    await lane('training');
    await waitFor(() =>
      expect(screen.queryByRole('link', { name: 'hourly' })).toBeNull(),
    );
    expect(screen.queryByRole('button', { name: /pool gpu/ })).toBeNull();
    expect(
      screen.getByRole('button', { name: '2 are due together' }),
    ).toBeInTheDocument();
    await userEvent.type(screen.getByLabelText('Filter pipelines'), 'zzz');
    await userEvent.click(
      await screen.findByRole('button', { name: 'Show all 2' }),
    );
    expect(await lane('hourly')).toBeInTheDocument();
  });

  it('looks as far as is asked for', async () => {
    const api = scheduleApi();
    renderPage(<SchedulePage />, { api });
    await lane('hourly');
    expect(api.previewSchedule).toHaveBeenLastCalledWith(
      { days: 7 },
      expect.anything(),
    );
    await userEvent.click(screen.getByRole('button', { name: '90 days' }));
    await waitFor(() =>
      expect(api.previewSchedule).toHaveBeenLastCalledWith(
        { days: 90 },
        expect.anything(),
      ),
    );
    expect(currentAddress()).toContain('days=90');
  });

  it('follows the choice of the time zone', async () => {
    setTimeZoneChoice('mine');
    renderPage(<SchedulePage />, { api: scheduleApi() });
    const local = new Date(at(1)).toLocaleTimeString('en-GB', {
      hour: '2-digit',
      minute: '2-digit',
    });
    expect(
      await screen.findByRole('img', {
        name: new RegExp(`hourly, .*${local}: 4 due`),
      }),
    ).toBeInTheDocument();
  });

  it('says how far it looks where there is too much', async () => {
    renderPage(<SchedulePage />, {
      api: scheduleApi(forecast({ isCut: true })),
    });
    expect(await screen.findByText(/looks only as far as/)).toBeInTheDocument();
  });

  it.each([
    [[], [], /No pipeline has a schedule/],
    [['asleep'], [], /is paused: asleep/],
    [['asleep'], ['poll', 'fit'], /A run of poll, fit starts by the end of/],
  ])(
    'invites where nothing runs by schedule (paused: %p, continuous: %p)',
    async (paused, follow, words) => {
      renderPage(<SchedulePage />, {
        api: scheduleApi(
          forecast({
            pipelines: [],
            collisions: [],
            peaks: [],
            load: [],
            paused,
            continuous: follow.map(name => ({ name, scheduleText: '' })),
          }),
        ),
      });
      expect(await screen.findByText(words)).toBeInTheDocument();
    },
  );
});
