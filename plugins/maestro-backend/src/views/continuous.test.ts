import { eachDatabase } from '../database/testing';
import { previewSchedule } from './previewSchedule';
import { definitionOf, StoreSeed } from './testing/StoreSeed';
import { whyPipelineWaits } from './whyPipelineWaits';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const MINUTE = 60_000;
const engine = { status: async () => ({ ok: true, executors: [] }) };

eachDatabase((_name, databases) => {
  let seed: StoreSeed;
  beforeEach(async () => {
    seed = new StoreSeed(await databases.open({ clock: () => NOW }));
  });

  const follows = (name: string, schedule: object = {}, more: object = {}) =>
    seed.pipeline(
      definitionOf(name, ['x'], {
        schedules: [
          {
            id: 'default',
            continuous: { pauseMs: 5_000 },
            timezone: 'UTC',
            catchup: false,
            ...schedule,
          },
        ],
      }),
      more,
    );
  const why = async (name: string) => {
    const { chain } = await whyPipelineWaits(
      seed.views(),
      engine as never,
      name,
    );
    return chain.map(({ message, until }) => [message, until]);
  };

  it('is not forecast, and said so', async () => {
    await follows('poll');
    await follows('asleep', {}, { paused: true });
    const preview = await previewSchedule(seed.views(), { days: 7 });
    expect(preview).toMatchObject({
      pipelines: [],
      paused: ['asleep'],
      continuous: [
        {
          name: 'poll',
          scheduleText: 'As soon as the last run is over, 5 seconds later',
        },
      ],
    });
  });

  it.each<[string, object, object[], string, number | undefined]>([
    [
      'a run that somebody started',
      {},
      [{ state: 'running', created_at: NOW - MINUTE, run_id: 'r' }],
      'Its runs follow each other, and "r" is not over: the next one starts 5 seconds after its end.',
      undefined,
    ],
    [
      'the pause after a run',
      {},
      [{ state: 'success', ended_at: NOW - 2_000 }],
      'Its last run ended at 2026-03-01T11:59:58.000Z, and the next one starts 5 seconds later, at 2026-03-01T12:00:03.000Z.',
      NOW + 3_000,
    ],
    [
      'the longer one after a run that failed',
      {},
      [{ state: 'failed', ended_at: NOW - 2_000 }],
      'Its last run failed at 2026-03-01T11:59:58.000Z, and the next one starts 10 seconds later, at 2026-03-01T12:00:08.000Z.',
      NOW + 8_000,
    ],
    [
      'the next look, behind a run of a backfill',
      {},
      [{ state: 'success', ended_at: NOW - 1, backfill_id: 1 }],
      'It is due next at 2026-03-01T12:00:00.000Z.',
      NOW,
    ],
    [
      'its start date',
      { startAt: NOW + MINUTE },
      [{ state: 'success', ended_at: NOW - 2_000 }],
      'It is due next at 2026-03-01T12:01:00.000Z.',
      NOW + MINUTE,
    ],
    [
      'nothing, behind its end date',
      { endAt: NOW - MINUTE },
      [],
      'Its schedule is not due any more: endDate ended "default" at 2026-03-01T11:59:00.000Z.',
      undefined,
    ],
  ])('waits for %s', async (_what, schedule, runs, message, until) => {
    const pipeline = await follows('poll', schedule);
    for (const run of runs) {
      const { backfill_id: ofBackfill, ...row } = run as {
        backfill_id?: number;
      };
      const id = ofBackfill && (await seed.backfill(pipeline));
      await seed.run(pipeline, { ...row, backfill_id: id ?? null });
    }
    expect(await why('poll')).toEqual([[message, until]]);
  });
});
