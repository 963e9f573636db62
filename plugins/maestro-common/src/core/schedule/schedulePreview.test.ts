import fc from 'fast-check';
import { cpuTime } from '../../__testUtils__/cpuTime';
import { previewSchedules, type PreviewPipelineInput } from './schedulePreview';
import { mostPerStep, queueRuns } from './previewLoad';

const MINUTE = 60_000;
const minutes = (...at: number[]) => at.map(m => m * MINUTE);

const preview = (
  pipelines: Array<Partial<PreviewPipelineInput>>,
  pools: Record<string, number> = {},
) =>
  previewSchedules({
    pipelines: pipelines.map((pipeline, i) => ({
      name: `p${i}`,
      due: [],
      maxActiveRuns: 16,
      ...pipeline,
    })),
    pools: new Map(Object.entries(pools)),
    from: 0,
    until: 1_000 * MINUTE,
  });

describe('runs', () => {
  it('are counted, and the first due times are named', () => {
    const due = Array.from({ length: 12 }, (_, i) => i * MINUTE);
    const [pipeline] = preview([{ due, expectedMs: 5 }]).pipelines;
    expect(pipeline).toStrictEqual({
      name: 'p0',
      runs: 12,
      next: due.slice(0, 10),
      starts: [{ at: 0, runs: 12 }],
      expectedMs: 5,
    });
  });

  it('of a pipeline that never ran collide with nobody but at their instants', () => {
    const answer = preview([{ due: minutes(1, 2, 3), maxActiveRuns: 1 }]);
    expect(answer.collisions).toStrictEqual([]);
    expect(answer.peaks).toStrictEqual([]);
  });

  it('wait when as many go on as are allowed, and the wait grows', () => {
    const answer = preview([
      { due: minutes(0, 10, 20), expectedMs: 15 * MINUTE, maxActiveRuns: 1 },
    ]);
    expect(answer.pipelines[0].waiting).toStrictEqual({
      runs: 2,
      longestMs: 10 * MINUTE,
      firstAt: 10 * MINUTE,
    });
    expect(answer.collisions).toStrictEqual([
      {
        kind: 'max_active_runs',
        pipelines: ['p0'],
        times: 2,
        at: minutes(10, 20),
        wanted: 2,
        limit: 1,
      },
    ]);
    // One after the other: never two at once.
    expect(answer.peaks).toStrictEqual([]);
  });

  it.each`
    due             | takes | allowed | starts
    ${[0, 1, 2, 3]} | ${10} | ${2}    | ${[0, 1, 10, 11]}
    ${[0, 1, 2, 3]} | ${10} | ${9}    | ${[0, 1, 2, 3]}
    ${[0, 0, 0]}    | ${5}  | ${1}    | ${[0, 5, 10]}
    ${[0, 5, 10]}   | ${5}  | ${1}    | ${[0, 5, 10]}
    ${[]}           | ${5}  | ${1}    | ${[]}
  `(
    'due at $due, $takes long, $allowed at once: start at $starts',
    ({ due, takes, allowed, starts }) => {
      expect(queueRuns(due, takes, allowed).starts).toStrictEqual(starts);
    },
  );

  it('are never more at once than are allowed, and start in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 4 }),
        (instants, takes, allowed) => {
          const due = [...instants].sort((a, b) => a - b);
          const { starts } = queueRuns(due, takes, allowed);
          starts.forEach((start, i) => {
            expect(start).toBeGreaterThanOrEqual(due[i]);
            const live = starts.filter(s => s <= start && start < s + takes);
            // Those that start at one instant are all counted.
            expect(live.length).toBeLessThanOrEqual(allowed);
          });
        },
      ),
    );
  });
});

describe('collisions', () => {
  it('at one instant are told once for each company', () => {
    const { collisions } = preview([
      { due: minutes(0, 10, 20, 30) },
      { due: minutes(0, 20) },
      { due: minutes(5, 20) },
    ]);
    expect(collisions).toStrictEqual([
      {
        kind: 'same_instant',
        pipelines: ['p0', 'p1'],
        times: 1,
        at: [0],
        wanted: 2,
      },
      {
        kind: 'same_instant',
        pipelines: ['p0', 'p1', 'p2'],
        times: 1,
        at: minutes(20),
        wanted: 3,
      },
    ]);
  });

  it('in a pool are those of the tasks, not of the runs', () => {
    const task = (startsAfter: number, takes: number) => ({
      startsAfterMs: startsAfter * MINUTE,
      durationMs: takes * MINUTE,
      pool: 'gpu',
    });
    const long = { expectedMs: 60 * MINUTE };
    const apart = [
      { ...long, due: minutes(0), tasks: [task(0, 10)] },
      { ...long, due: minutes(1), tasks: [task(20, 10)] },
    ];
    expect(preview(apart, { gpu: 1 }).collisions).toStrictEqual([]);
    const together = [
      { ...long, due: minutes(0), tasks: [task(0, 30)] },
      { ...long, due: minutes(1), tasks: [task(20, 10)] },
    ];
    expect(preview(together, { gpu: 1 }).collisions).toStrictEqual([
      {
        kind: 'pool',
        pool: 'gpu',
        pipelines: ['p0', 'p1'],
        times: 1,
        at: minutes(21),
        wanted: 2,
        limit: 1,
      },
    ]);
    expect(preview(together, { gpu: 2 }).collisions).toStrictEqual([]);
  });

  it('with a pool that does not exist are every use of it', () => {
    const { collisions } = preview([
      {
        due: minutes(0),
        expectedMs: 1,
        tasks: [{ startsAfterMs: 0, durationMs: 1, pool: 'none' }],
      },
    ]);
    expect(collisions).toMatchObject([{ kind: 'pool', limit: 0, wanted: 1 }]);
  });

  it('with the tasks a pipeline allows are found over all its runs', () => {
    const { collisions } = preview([
      {
        due: minutes(0, 5),
        expectedMs: 10 * MINUTE,
        maxActiveTasks: 1,
        tasks: [{ startsAfterMs: 0, durationMs: 10 * MINUTE }],
      },
    ]);
    expect(collisions).toMatchObject([
      { kind: 'max_active_tasks', at: minutes(5), wanted: 2, limit: 1 },
    ]);
  });
});

describe('peaks', () => {
  it('are the highest first, each rise once, and ends make room at once', () => {
    const run = (at: number, takes: number) => ({
      due: minutes(at),
      expectedMs: takes * MINUTE,
    });
    const { peaks } = preview([
      run(0, 10),
      run(5, 10),
      run(8, 2),
      run(15, 5),
      run(18, 5),
    ]);
    expect(peaks).toStrictEqual([
      { at: 8 * MINUTE, runs: 3, pipelines: ['p0', 'p1', 'p2'] },
      { at: 18 * MINUTE, runs: 2, pipelines: ['p3', 'p4'] },
    ]);
  });

  it('of many runs are found quickly', () => {
    const due = Array.from({ length: 20_000 }, (_, i) => i * MINUTE);
    const begin = cpuTime();
    const { peaks, pipelines } = preview([
      { due, expectedMs: 90_000, maxActiveRuns: 4 },
      { due, expectedMs: 30_000, maxActiveRuns: 1 },
    ]);
    expect(cpuTime() - begin).toBeLessThan(2_000);
    expect(pipelines.map(p => p.runs)).toStrictEqual([20_000, 20_000]);
    expect(peaks[0].runs).toBe(3);
  });
});

describe('steps', () => {
  const HOUR = 60 * MINUTE;

  it.each`
    days  | hours
    ${1}  | ${1}
    ${7}  | ${1}
    ${8}  | ${6}
    ${30} | ${6}
    ${90} | ${24}
  `('of $days days are $hours h long', ({ days, hours }) => {
    const answer = previewSchedules({
      pipelines: [],
      pools: new Map(),
      from: 0,
      until: days * 24 * HOUR,
    });
    expect(answer.stepMs).toBe(hours * HOUR);
  });

  const steps = (due: number[], expectedMs?: number) =>
    previewSchedules({
      pipelines: [{ name: 'p', due, maxActiveRuns: 9, expectedMs }],
      pools: new Map(),
      from: 0,
      until: 4 * HOUR,
      stepMs: HOUR,
    });

  it('count what is due in them, from their beginning up to the next', () => {
    expect(steps(minutes(0, 59, 60, 180)).pipelines[0].starts).toStrictEqual([
      { at: 0, runs: 2 },
      { at: HOUR, runs: 1 },
      { at: 3 * HOUR, runs: 1 },
    ]);
  });

  it('know the most that goes on at once, also what began before', () => {
    expect(steps(minutes(0, 50), 70 * MINUTE).load).toStrictEqual([
      { at: 0, runs: 2 },
      // Until 01:10 both, until 02:00 one.
      { at: HOUR, runs: 2 },
    ]);
  });

  it('end where the forecast ends, however long a run takes', () => {
    expect(
      steps(minutes(230), 24 * 60 * MINUTE).load.map(({ at }) => at),
    ).toStrictEqual([3 * HOUR]);
  });

  it('of a pipeline that never ran have no load', () => {
    expect(steps(minutes(0)).load).toStrictEqual([]);
  });

  it('agree with counting one by one', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            start: fc.integer({ min: 0, max: 90 }),
            length: fc.integer({ min: 0, max: 40 }),
          }),
          { maxLength: 20 },
        ),
        runs => {
          const intervals = runs.map(({ start, length }) => ({
            start,
            end: start + length,
            pipeline: 'p',
          }));
          const slow = [];
          for (let at = 0; at < 100; at += 10) {
            let most = 0;
            for (let t = at; t < at + 10; t++) {
              most = Math.max(
                most,
                intervals.filter(i => i.start <= t && t < i.end).length,
              );
            }
            if (most > 0) slow.push({ at, runs: most });
          }
          expect(
            mostPerStep(intervals, { stepMs: 10, until: 100 }),
          ).toStrictEqual(slow);
        },
      ),
    );
  });
});
