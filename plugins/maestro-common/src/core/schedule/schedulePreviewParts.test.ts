import { previewSchedules } from './schedulePreview';

const HOUR = 3_600_000;
const from = Date.UTC(2026, 0, 5);
const hours = (...at: number[]) => at.map(hour => from + hour * HOUR);

describe('a forecast that does not begin at the epoch', () => {
  const task = (pool?: string) => ({
    startsAfterMs: 0,
    durationMs: HOUR,
    pool,
  });
  const preview = () =>
    previewSchedules({
      pipelines: [
        {
          name: 'many',
          due: hours(0, 1, 2, 3, 4),
          maxActiveRuns: 1,
          expectedMs: 2 * HOUR,
        },
        {
          name: 'wide',
          due: hours(20, 30, 40, 50),
          maxActiveRuns: 9,
          maxActiveTasks: 1,
          expectedMs: HOUR,
          tasks: [task('gpu'), task('gpu')],
        },
        {
          name: 'wider',
          due: hours(20, 30, 40, 50),
          maxActiveRuns: 9,
          maxActiveTasks: 9,
          tasks: [task('gpu'), task()],
        },
      ],
      pools: new Map([['gpu', 1]]),
      from,
      until: from + 72 * HOUR,
    });

  it('has steps of an hour for three days', () => {
    const answer = preview();
    expect(answer.stepMs).toBe(HOUR);
    expect(answer.pipelines[0].starts.map(({ at }) => at)).toStrictEqual(
      hours(0, 1, 2, 3, 4),
    );
  });

  it('says of a pipeline that never ran nothing about how long it takes', () => {
    expect(Object.keys(preview().pipelines[2])).toStrictEqual([
      'name',
      'runs',
      'next',
      'starts',
    ]);
  });

  it('tells collisions as they come, each with its first three instants and its own limit', () => {
    const three = hours(20, 30, 40);
    expect(preview().collisions).toStrictEqual([
      {
        kind: 'max_active_runs',
        pipelines: ['many'],
        times: 4,
        at: hours(1, 2, 3),
        // The second is over when the fifth is due.
        wanted: 3,
        limit: 1,
      },
      {
        kind: 'same_instant',
        pipelines: ['wide', 'wider'],
        times: 4,
        at: three,
        wanted: 2,
      },
      {
        kind: 'pool',
        pool: 'gpu',
        pipelines: ['wide', 'wider'],
        times: 4,
        at: three,
        wanted: 3,
        limit: 1,
      },
      {
        kind: 'max_active_tasks',
        pipelines: ['wide'],
        times: 4,
        at: three,
        wanted: 2,
        limit: 1,
      },
    ]);
  });
});
