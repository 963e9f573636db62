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
export const NODE = { width: 190, height: 52 } as const;

const GAP = { x: 56, y: 22 } as const;

/**
 * From this many tasks on columns are computed here, in linear time: the
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

/**
 * Columns by the longest way from a root, rows in the order of the file.
 */
export function columnLayout(definition: PipelineDefinition): GraphLayout {
  const { tasks } = definition;
  const column = new Array<number>(tasks.length).fill(0);
  for (const no of topologicalOrder(definition)) {
    for (const up of tasks[no].upstream) {
      column[no] = Math.max(column[no], column[up] + 1);
    }
  }
  const filled: number[] = [];
  const positions = tasks.map(({ no }) => {
    const x = column[no];
    const y = filled[x] ?? 0;
    filled[x] = y + 1;
    return {
      x: x * (NODE.width + GAP.x),
      y: y * (NODE.height + GAP.y),
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
  'elk.direction': 'RIGHT',
  'elk.layered.spacing.nodeNodeBetweenLayers': String(GAP.x),
  'elk.spacing.nodeNode': String(GAP.y),
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  // Tasks of one column stand in the order of the file where that crosses
  // nothing.
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
};

const cache = new Map<string, Promise<GraphLayout>>();
const CACHED = 50;

/**
 * Lays a pipeline out from left to right. The same structure gives the same
 * promise.
 *
 * @param load - the layout library; loaded when it is first needed
 */
export function layoutGraph(
  definition: PipelineDefinition,
  load: () => Promise<LayoutEngine> = loadElk,
): Promise<GraphLayout> {
  const key = structureOf(definition);
  let layout = cache.get(key);
  if (!layout) {
    layout = compute(definition, load);
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
  load: () => Promise<LayoutEngine>,
): Promise<GraphLayout> {
  const { tasks } = definition;
  if (tasks.length >= TOO_MANY) {
    return columnLayout(definition);
  }
  const engine = await load();
  const result = await engine.layout({
    id: 'root',
    layoutOptions: OPTIONS,
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
