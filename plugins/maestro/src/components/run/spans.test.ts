import { runExtent, spanOf } from './spans';
import type { TaskSummary } from './taskSummaries';

const task = (startedAt?: number, endedAt?: number) =>
  ({ startedAt, endedAt } as TaskSummary);

describe('spans', () => {
  it('lie on the axis from the first start to the last end', () => {
    const extent = runExtent([task(100, 200), task(150, 300), task()], 999);
    expect(extent).toEqual({ from: 100, to: 300 });
    expect(spanOf(task(150, 300), extent, 999)).toEqual({
      left: 25,
      width: 75,
    });
    expect(spanOf(task(), extent, 999)).toBeUndefined();
  });

  it('reach to now while a task runs', () => {
    const extent = runExtent([task(100, 200), task(200)], 500);
    expect(extent).toEqual({ from: 100, to: 500 });
    expect(spanOf(task(200), extent, 500)).toEqual({ left: 25, width: 75 });
  });

  it('stay visible and inside, also with clocks that disagree', () => {
    const extent = { from: 0, to: 1_000_000 };
    expect(spanOf(task(1_000_000, 1_000_000), extent, 0)).toEqual({
      left: 99,
      width: 1,
    });
    expect(spanOf(task(-50, -20), extent, 0)).toEqual({ left: 0, width: 1 });
  });

  it('are none before anything has started', () => {
    expect(runExtent([task(), task()], 5)).toBeUndefined();
    expect(runExtent([task(5)], 5)).toBeUndefined();
  });
});
