/**
 * Where the tasks of a pipeline stand in its graph. The layout depends on the
 * structure alone, never on states, so that a live graph does not move; it is
 * cached by that structure.
 *
 * @packageDocumentation
 */
import type { PipelineDefinition } from '@maestro/plugin-maestro-common';
import { topologicalOrder } from '@maestro/plugin-maestro-common';

/** Size of a task in pixels. */
export const NODE = { width: 212, height: 52 } as const;

/** Room between tasks: along the way of the edges, and across it. */
const GAP = { along: 44, across: 22 } as const;

/** Which way a graph grows. */
export type Direction = 'right' | 'down';

/**
 * From this many tasks on layers are computed here, in linear time: the
 * layout library would hold the page for seconds.
 */
const TOO_MANY = 250;

/** Upper left corner of each task, by task number. */
export interface GraphLayout {
  positions: ReadonlyArray<{ x: number; y: number }>;
  width: number;
  height: number;
}

/** What a layout depends on. */
export function structureOf(definition: PipelineDefinition): string {
  return definition.tasks
    .map(task => `${task.id}<${task.upstream.join(',')}`)
    .join(';');
}

/** How many tasks lie between each task and the roots, at most. */
function layers(definition: PipelineDefinition): number[] {
  const { tasks } = definition;
  const layer = new Array<number>(tasks.length).fill(0);
  for (const no of topologicalOrder(definition)) {
    for (const up of tasks[no].upstream) {
      layer[no] = Math.max(layer[no], layer[up] + 1);
    }
  }
  return layer;
}

/**
 * The direction in which a graph is larger in a frame: a long chain goes down
 * a narrow one, many tasks side by side go beside each other in a wide one.
 */
export function directionFor(
  definition: PipelineDefinition,
  frame: { width: number; height: number },
): Direction {
  const layer = layers(definition);
  const widths: number[] = [];
  layer.forEach(n => {
    widths[n] = (widths[n] ?? 0) + 1;
  });
  const long = widths.length;
  const wide = Math.max(1, ...widths);
  const zoom = (width: number, height: number) =>
    Math.min(1, frame.width / width, frame.height / height);
  const right = zoom(
    long * (NODE.width + GAP.along),
    wide * (NODE.height + GAP.across),
  );
  const down = zoom(
    wide * (NODE.width + GAP.across),
    long * (NODE.height + GAP.along),
  );
  return down > right ? 'down' : 'right';
}

/**
 * Layers by the longest way from a root, in each the order of the file.
 */
export function layeredLayout(
  definition: PipelineDefinition,
  direction: Direction,
): GraphLayout {
  const filled: number[] = [];
  const positions = layers(definition).map(layer => {
    const place = filled[layer] ?? 0;
    filled[layer] = place + 1;
    return direction === 'right'
      ? {
          x: layer * (NODE.width + GAP.along),
          y: place * (NODE.height + GAP.across),
        }
      : {
          x: place * (NODE.width + GAP.across),
          y: layer * (NODE.height + GAP.along),
        };
  });
  return withSize(positions);
}

function withSize(
  positions: ReadonlyArray<{ x: number; y: number }>,
): GraphLayout {
  return {
    positions,
    width: positions.reduce((max, p) => Math.max(max, p.x + NODE.width), 0),
    height: positions.reduce((max, p) => Math.max(max, p.y + NODE.height), 0),
  };
}

/** The part of the layout library that is used. */
export interface LayoutEngine {
  layout(graph: {
    id: string;
    layoutOptions: Record<string, string>;
    children: Array<{ id: string; width: number; height: number }>;
    edges: Array<{ id: string; sources: string[]; targets: string[] }>;
  }): Promise<{ children?: Array<{ id: string; x?: number; y?: number }> }>;
}

async function loadElk(): Promise<LayoutEngine> {
  const { default: Elk } = await import('elkjs/lib/elk.bundled.js');
  return new Elk();
}

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.layered.spacing.nodeNodeBetweenLayers': String(GAP.along),
  'elk.spacing.nodeNode': String(GAP.across),
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  // Tasks of one column stand in the order of the file where that crosses
  // nothing.
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
};

const cache = new Map<string, Promise<GraphLayout>>();
const CACHED = 50;

/**
 * Lays a pipeline out. The same structure and direction give the same promise.
 *
 * @param load - the layout library; loaded when it is first needed
 */
export function layoutGraph(
  definition: PipelineDefinition,
  direction: Direction,
  load: () => Promise<LayoutEngine> = loadElk,
): Promise<GraphLayout> {
  const key = `${direction}:${structureOf(definition)}`;
  let layout = cache.get(key);
  if (!layout) {
    layout = compute(definition, direction, load);
    cache.set(key, layout);
    if (cache.size > CACHED) {
      cache.delete(cache.keys().next().value!);
    }
    // A library that could not be loaded may be there the next time.
    layout.catch(() => cache.delete(key));
  }
  return layout;
}

async function compute(
  definition: PipelineDefinition,
  direction: Direction,
  load: () => Promise<LayoutEngine>,
): Promise<GraphLayout> {
  const { tasks } = definition;
  if (tasks.length >= TOO_MANY) {
    return layeredLayout(definition, direction);
  }
  const engine = await load();
  const result = await engine.layout({
    id: 'root',
    layoutOptions: {
      ...OPTIONS,
      'elk.direction': direction === 'right' ? 'RIGHT' : 'DOWN',
    },
    children: tasks.map(({ no }) => ({ id: String(no), ...NODE })),
    edges: tasks.flatMap(({ no, upstream }) =>
      upstream.map(up => ({
        id: `${up}-${no}`,
        sources: [String(up)],
        targets: [String(no)],
      })),
    ),
  });
  const positions = tasks.map(() => ({ x: 0, y: 0 }));
  for (const { id, x = 0, y = 0 } of result.children ?? []) {
    positions[Number(id)] = { x, y };
  }
  return withSize(positions);
}
