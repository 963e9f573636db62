import type { GridRun } from '@maestro/plugin-maestro-common';
import { GRID, gridBars, gridColumns } from './gridGeometry';

const run = (runAfter: number, rest: Partial<GridRun> = {}): GridRun => ({
  runId: `r${runAfter}`,
  state: 'success',
  trigger: 'scheduled',
  runAfter,
  versionNumber: 1,
  cells: {},
  ...rest,
});
const room = GRID.bars - GRID.headroom;

describe('grid geometry', () => {
  it('has the newest run at the right', () => {
    const grid = { tasks: [], runs: [run(3), run(2), run(1)] };
    expect(gridColumns(grid).map(r => r.runId)).toEqual(['r1', 'r2', 'r3']);
    expect(grid.runs[0].runId).toBe('r3');
  });

  it('scales bars to the longest run, with the objective below it', () => {
    const columns = [
      run(1, { durationMs: 50 }),
      run(2, { durationMs: 200 }),
      run(3, { durationMs: 1 }),
    ];
    const { heights, sla } = gridBars(columns, 100, 0);
    expect(heights).toEqual([room / 4, room, 2]);
    expect(sla).toBe(room / 2);
  });

  it('shows the objective above the runs, unless it is far above', () => {
    const short = [run(1, { durationMs: 10 }), run(2, { durationMs: 5 })];
    expect(gridBars(short, 30, 0)).toEqual({
      heights: [room / 3, room / 6],
      sla: room,
      longestMs: 10,
    });
    // Bars of a pixel each would say nothing.
    expect(gridBars(short, 31, 0)).toEqual({
      heights: [room, room / 2],
      sla: undefined,
      longestMs: 10,
    });
    expect(gridBars([], 1000, 0)).toEqual({
      heights: [],
      sla: room,
      longestMs: 0,
    });
    expect(gridBars([], undefined, 0)).toEqual({
      heights: [],
      sla: undefined,
      longestMs: 0,
    });
  });

  it('lets the bar of a running run grow', () => {
    const columns = [
      run(1, { durationMs: 100 }),
      run(2, { state: 'running', startedAt: 1000 }),
      run(3, { state: 'queued' }),
    ];
    expect(gridBars(columns, undefined, 1050).heights).toEqual([
      room,
      room / 2,
      0,
    ]);
    // Clocks may disagree.
    expect(gridBars(columns, undefined, 900).heights[1]).toBe(0);
  });
});
