import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { useTheme } from '@material-ui/core/styles';
import { Controls, MarkerType, ReactFlow } from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import type { RunDetail } from '@maestro/plugin-maestro-common';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { ErrorNotice } from '../layout/ErrorNotice';
import type { TaskSummary } from '../run/taskSummaries';
import { foldGroups } from './foldGroups';
import { graphElements } from './graphElements';
import {
  directionFor,
  layoutGraph,
  structureOf,
  type Direction,
  type GraphLayout,
} from './layoutGraph';
import { TaskNode, type TaskNodeData } from './TaskNode';

const NONE: ReadonlySet<string> = new Set();
const NODE_TYPES = { task: TaskNode };

/** @internal */
export interface RunGraphProps {
  /** Groups drawn as one node; without it none. */
  folded?: ReadonlySet<string>;
  /** Opens a folded group. */
  onToggleGroup?: (groupId: string) => void;
  definition: RunDetail['definition'];
  summaries: readonly TaskSummary[];
  /** Id of the task whose panel is open. */
  selected: string | undefined;
  /** Id of the task that keys stand on. */
  marked?: string;
  onOpen: (taskId: string) => void;
  /** Height in pixels. */
  height: number;
}

/** The graph of a run: the pinned structure with live states. */
export default function RunGraph(props: RunGraphProps) {
  const { selected, marked, height } = props;
  const { onOpen: openTask, onToggleGroup, folded = NONE } = props;
  const { definition, summaries, groups } = useMemo(
    () => foldGroups(props.definition, props.summaries, folded),
    [props.definition, props.summaries, folded],
  );
  const onOpen = useCallback(
    (id: string, no: number) => {
      const group = groups.get(no);
      if (group === undefined) openTask(id);
      else onToggleGroup?.(group);
    },
    [groups, openTask, onToggleGroup],
  );
  const theme = useTheme();
  const structure = structureOf(definition);
  const frame = useRef<HTMLDivElement>(null);
  // Measured once: a graph that turns while the window is resized is lost.
  const [width, setWidth] = useState<number>();
  useLayoutEffect(() => setWidth(frame.current?.offsetWidth), []);
  const direction: Direction | undefined =
    width === undefined
      ? undefined
      : directionFor(definition, { width, height });
  const [layout, setLayout] = useState<{
    of: string;
    value?: GraphLayout;
    error?: unknown;
  }>();
  useEffect(() => {
    let current = true;
    if (!direction) {
      return undefined;
    }
    layoutGraph(definition, direction).then(
      value => current && setLayout({ of: structure, value }),
      error => current && setLayout({ of: structure, error }),
    );
    return () => {
      current = false;
    };
    // The structure is all that the layout depends on.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [structure, direction]);

  const known = layout?.of === structure ? layout : undefined;
  const edgeColor = theme.palette.text.secondary;
  const elements = useMemo(
    () =>
      known?.value &&
      direction &&
      graphElements({
        definition,
        groups,
        layout: known.value,
        direction,
        summaries,
        selected,
        marked,
        edgeColor,
      }),
    [
      definition,
      groups,
      known,
      summaries,
      selected,
      marked,
      edgeColor,
      direction,
    ],
  );
  if (known?.error) {
    return (
      <ErrorNotice title="The graph cannot be drawn" error={known.error} />
    );
  }
  if (!elements) {
    return (
      <div ref={frame}>
        <DelayedSkeleton rows={Math.floor(height / 40)} height={40} />
      </div>
    );
  }
  return (
    <div style={{ height }}>
      <ReactFlow
        key={structure}
        nodes={elements.nodes}
        edges={elements.edges}
        nodeTypes={NODE_TYPES}
        colorMode={theme.palette.type}
        style={{ backgroundColor: 'transparent' }}
        defaultEdgeOptions={{
          markerEnd: { type: MarkerType.ArrowClosed, color: edgeColor },
        }}
        fitView
        fitViewOptions={{ maxZoom: 1, minZoom: 0.35, padding: 0.06 }}
        minZoom={0.1}
        maxZoom={1.5}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        elementsSelectable={false}
        // React Flow gives a node pointer events only when it knows of
        // something that they do. A key on the node's button comes here too.
        onNodeClick={(_, node) =>
          onOpen((node.data as TaskNodeData).id, Number(node.id))
        }
        // The page scrolls with the wheel; Ctrl and wheel zoom.
        zoomOnScroll={false}
        preventScrolling={false}
        onlyRenderVisibleElements={definition.tasks.length > 200}
        aria-label="Graph of the tasks"
      >
        <Controls
          showInteractive={false}
          position="top-right"
          orientation="horizontal"
        />
      </ReactFlow>
    </div>
  );
}
