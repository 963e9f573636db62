import type { RunDot } from '@maestro/plugin-maestro-common';
import { DOTS, placeDots } from './runDotsGeometry';

const run = (n: number, durationMs?: number): RunDot => ({
  runId: `r${n}`,
  state: 'success',
  trigger: 'scheduled',
  runAfter: n,
  durationMs,
});

describe('placeDots', () => {
  it('puts the newest at the right, in whatever order runs come', () => {
    expect(placeDots([run(3), run(1), run(2)]).map(p => p.run.runId)).toEqual([
      'r1',
      'r2',
      'r3',
    ]);
    const [only] = placeDots([run(1)]);
    expect(only.x).toBe((DOTS.count - 1) * DOTS.pitch);
  });

  it('shows the last 14 of more', () => {
    const placed = placeDots(Array.from({ length: 20 }, (_, n) => run(n)));
    expect(placed).toHaveLength(14);
    expect(placed[0].run.runId).toBe('r6');
    expect(placed[0].x).toBe(0);
  });

  it('draws bars relative to the longest and loses no short one', () => {
    const bars = placeDots([run(1, 600_000), run(2, 1), run(3), run(4, 0)]).map(
      p => p.bar,
    );
    expect(bars).toEqual([DOTS.bars, 2, 0, 0]);
  });

  it('takes no runs at all', () => {
    expect(placeDots([])).toEqual([]);
  });
});
