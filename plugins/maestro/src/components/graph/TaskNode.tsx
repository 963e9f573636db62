import { memo } from 'react';
import { Handle, Position, type Node, type NodeProps } from '@xyflow/react';
import CallSplitIcon from '@material-ui/icons/CallSplit';
import AccountTreeIcon from '@material-ui/icons/AccountTree';
import CodeIcon from '@material-ui/icons/Code';
import DeleteSweepIcon from '@material-ui/icons/DeleteSweep';
import FlagIcon from '@material-ui/icons/Flag';
import HourglassEmptyIcon from '@material-ui/icons/HourglassEmpty';
import HowToRegIcon from '@material-ui/icons/HowToReg';
import HttpIcon from '@material-ui/icons/Http';
import LayersIcon from '@material-ui/icons/Layers';
import NotificationsIcon from '@material-ui/icons/Notifications';
import PlayForWorkIcon from '@material-ui/icons/PlayForWork';
import { makeStyles } from '@material-ui/core/styles';
import {
  isFinalTaskState,
  type TaskKind,
  type TaskState,
} from '@maestro/plugin-maestro-common';
import {
  Duration,
  StateIcon,
  stateWord,
  useStateColors,
} from '@maestro/plugin-maestro-react';
import { mappedProgress, type MappedCounts } from '../run/mappedWords';
import { StateBar } from '../run/StateBar';
import { NODE, type Direction } from './layoutGraph';

const useStyles = makeStyles(theme => ({
  node: {
    ...NODE,
    boxSizing: 'border-box',
    display: 'grid',
    gridTemplateColumns: 'auto 1fr auto',
    alignItems: 'center',
    columnGap: 6,
    padding: '4px 8px',
    borderRadius: 8,
    border: '1.5px solid',
    font: 'inherit',
    fontSize: theme.typography.pxToRem(13),
    color: theme.palette.text.primary,
    cursor: 'pointer',
    textAlign: 'left',
  },
  selected: { boxShadow: `0 0 0 3px ${theme.palette.primary.main}` },
  marked: {
    outline: `2px dashed ${theme.palette.text.primary}`,
    outlineOffset: 3,
  },
  name: {
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    fontWeight: 600,
  },
  state: {
    fontSize: theme.typography.pxToRem(12),
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  },
  kind: { fontSize: 15, opacity: 0.6 },
  // React Flow measures edges from these; nobody draws edges here.
  handle: { opacity: 0, pointerEvents: 'none' },
}));

/** What a task does, at a glance. */
const KIND_ICONS: Record<TaskKind, typeof CodeIcon> = {
  run: CodeIcon,
  branch: CallSplitIcon,
  wait: HourglassEmptyIcon,
  http: HttpIcon,
  approve: HowToRegIcon,
  pipeline: AccountTreeIcon,
};

/** What a node is in its pipeline: shown by its icon. */
export type TaskRole = TaskKind | keyof typeof ROLES;

/** Nodes that are not just a task of their kind. */
const ROLES = {
  group: { Icon: LayersIcon, word: 'group' },
  setup: { Icon: PlayForWorkIcon, word: 'setup' },
  teardown: { Icon: DeleteSweepIcon, word: 'teardown' },
  finally: { Icon: FlagIcon, word: 'finally' },
  callback: { Icon: NotificationsIcon, word: 'callback of the run' },
} as const;

/** What a task of the graph shows. */
export type TaskNodeData = {
  id: string;
  title?: string;
  role: TaskRole;
  state: TaskState;
  tryNumber: number;
  startedAt?: number;
  endedAt?: number;
  /** Whether it was given results of earlier runs. */
  reused: boolean;
  /** Instances by state, of a mapped task that has some. */
  mapped?: MappedCounts;
  /** Whether it was done later than its own SLA allows, or still is not. */
  slaMissed: boolean;
  reason?: string;
  selected: boolean;
  direction: Direction;
  /** Whether keys stand on it. */
  marked: boolean;
};

export const TaskNode = memo((props: NodeProps<Node<TaskNodeData>>) => {
  const { data } = props;
  const { id, title, role, state, startedAt, endedAt, tryNumber } = data;
  const classes = useStyles();
  const { color, tint } = useStateColors();
  const down = data.direction === 'down';
  const over = isFinalTaskState(state);
  const dimmed = state === 'skipped' || state === 'removed';
  const known = role in ROLES ? ROLES[role as keyof typeof ROLES] : undefined;
  const KindIcon = known?.Icon ?? KIND_ICONS[role as TaskKind];
  const word = stateWord(state);
  return (
    <>
      <Handle
        type="target"
        position={down ? Position.Top : Position.Left}
        className={classes.handle}
        isConnectable={false}
      />
      <button
        type="button"
        className={[
          classes.node,
          // A hand that shakes while it clicks does not mean to pan.
          'nopan',
          data.selected ? classes.selected : '',
          data.marked ? classes.marked : '',
        ].join(' ')}
        style={{
          borderColor: color(state),
          borderStyle: state === 'none' || dimmed ? 'dashed' : 'solid',
          backgroundColor: tint(state),
        }}
        aria-label={[
          id,
          known?.word,
          word,
          data.mapped && mappedProgress(data.mapped),
          data.reused && 'reused',
          data.slaMissed && 'SLA missed',
        ]
          .filter(Boolean)
          .join(', ')}
        aria-pressed={data.selected}
        title={
          role === 'group'
            ? `Group ${id}: click to open it`
            : [
                data.reason ?? title ?? id,
                data.slaMissed && 'Its SLA was missed',
              ]
                .filter(Boolean)
                .join('; ')
        }
      >
        <StateIcon state={state} decorative />
        <span style={{ minWidth: 0, opacity: dimmed ? 0.75 : 1 }}>
          <div className={classes.name}>{title ?? id}</div>
          <div className={classes.state} style={{ color: color(state) }}>
            {word}
            {data.reused && ' · reused'}
            {startedAt !== undefined && !data.reused && (
              <>
                {' · '}
                <Duration
                  ms={
                    endedAt !== undefined && over
                      ? endedAt - startedAt
                      : undefined
                  }
                  since={startedAt}
                />
              </>
            )}
            {data.slaMissed && (
              <span style={{ color: color('critical'), fontWeight: 600 }}>
                {' · SLA ✕'}
              </span>
            )}
            {tryNumber > 1 && ` · try ${tryNumber}`}
            {data.mapped && ` · ${mappedProgress(data.mapped)}`}
          </div>
          {data.mapped && <StateBar counts={data.mapped} />}
        </span>
        <KindIcon className={classes.kind} aria-hidden />
      </button>
      <Handle
        type="source"
        position={down ? Position.Bottom : Position.Right}
        className={classes.handle}
        isConnectable={false}
      />
    </>
  );
});
