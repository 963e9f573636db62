import { definitionOf, trainingDefinition } from '../../__testUtils__/fixtures';
import { directionFor, layeredLayout, layoutGraph, NODE } from './layoutGraph';

const overlaps = (positions: ReadonlyArray<{ x: number; y: number }>) =>
  positions.some((a, i) =>
    positions.some(
      (b, j) =>
        i < j &&
        Math.abs(a.x - b.x) < NODE.width &&
        Math.abs(a.y - b.y) < NODE.height,
    ),
  );

describe('layoutGraph', () => {
  it('puts every task right of those it depends on, none over another', async () => {
    const definition = trainingDefinition();
    const { positions, width, height } = await layoutGraph(definition, 'right');
    for (const task of definition.tasks) {
      for (const up of task.upstream) {
        expect(positions[task.no].x).toBeGreaterThanOrEqual(
          positions[up].x + NODE.width,
        );
      }
    }
    expect(overlaps(positions)).toBe(false);
    expect(width).toBeGreaterThan(5 * NODE.width);
    expect(height).toBeGreaterThanOrEqual(2 * NODE.height);
  });

  it('computes the same structure once, whatever else differs', async () => {
    const load = jest.fn(async () => ({
      layout: async () => ({ children: [{ id: '0', x: 7, y: 8 }] }),
    }));
    const first = layoutGraph(definitionOf(['only_here']), 'right', load);
    const again = layoutGraph(
      definitionOf(['only_here'], { name: 'other', slaMs: 5 }),
      'right',
      load,
    );
    expect(await first).toBe(await again);
    expect((await first).positions).toEqual([{ x: 7, y: 8 }]);
    expect(load).toHaveBeenCalledTimes(1);
    await layoutGraph(definitionOf(['only_here']), 'down', load);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('tries again after the library could not be loaded', async () => {
    const definition = definitionOf(['lost']);
    await expect(
      layoutGraph(definition, 'right', async () => {
        throw new Error('chunk is gone');
      }),
    ).rejects.toThrow('chunk is gone');
    const load = async () => ({ layout: async () => ({}) });
    expect(
      (await layoutGraph(definition, 'right', load)).positions,
    ).toHaveLength(1);
  });

  it('lays 10,000 tasks out without the library', async () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `t${i}`);
    const chain = names.slice(1).map((name, i) => `${names[i]} -> ${name}`);
    const load = jest.fn();
    const layout = await layoutGraph(definitionOf(chain), 'right', load);
    expect(load).not.toHaveBeenCalled();
    expect(layout.positions[9_999].y).toBe(0);
  });
});

describe('layeredLayout', () => {
  it('takes the longest way as the column', () => {
    const { positions } = layeredLayout(
      definitionOf(['a -> b, d', 'b -> c', 'c -> d']),
      'right',
    );
    const columns = positions.map(p => p.x);
    expect(columns[0]).toBe(0);
    expect(new Set(columns).size).toBe(4);
    expect(overlaps(positions)).toBe(false);
  });

  it('takes a pipeline of one task', () => {
    expect(layeredLayout(definitionOf(['a']), 'down')).toEqual({
      positions: [{ x: 0, y: 0 }],
      ...NODE,
    });
  });
});

describe('directionFor', () => {
  const frame = { width: 520, height: 600 };

  it('lets a chain go down a narrow frame and a fan go right', () => {
    expect(directionFor(trainingDefinition(), frame)).toBe('down');
    const fan = definitionOf(['start -> a, b, c, d, e, f', 'a, b -> end']);
    expect(directionFor(fan, frame)).toBe('right');
  });

  it('goes right where both fit', () => {
    expect(directionFor(definitionOf(['a']), frame)).toBe('right');
    expect(
      directionFor(trainingDefinition(), { width: 5000, height: 5000 }),
    ).toBe('right');
  });
});
