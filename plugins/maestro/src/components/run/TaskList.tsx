import { makeStyles } from '@material-ui/core/styles';
import {
  isFinalTaskState,
  type RunDetail,
} from '@maestro/plugin-maestro-common';
import {
  Duration,
  SlaChip,
  StateChip,
  useNow,
  useStateColors,
} from '@maestro/plugin-maestro-react';
import { mappedProgress } from './mappedWords';
import { runExtent, spanOf } from './spans';
import { StateBar } from './StateBar';
import type { TaskSummary } from './taskSummaries';

const useStyles = makeStyles(theme => ({
  table: {
    width: '100%',
    borderCollapse: 'collapse',
    fontSize: theme.typography.pxToRem(13),
    '& th': {
      textAlign: 'left',
      fontWeight: 400,
      fontSize: theme.typography.pxToRem(12),
      color: theme.palette.text.secondary,
      padding: theme.spacing(0.5, 1),
    },
    '& td': {
      padding: theme.spacing(0.5, 1),
      borderTop: `1px solid ${theme.palette.divider}`,
    },
  },
  selected: { backgroundColor: theme.palette.action.selected },
  marked: { boxShadow: `inset 3px 0 0 ${theme.palette.primary.main}` },
  open: {
    font: 'inherit',
    fontWeight: 600,
    color: 'inherit',
    background: 'none',
    border: 0,
    padding: 0,
    cursor: 'pointer',
    textAlign: 'left',
    '&:hover': { textDecoration: 'underline' },
  },
  verdicts: { display: 'flex', flexWrap: 'wrap', gap: 4, alignItems: 'center' },
  number: { textAlign: 'right !important' as 'right' },
  lane: { position: 'relative', height: 14, minWidth: 120 },
  bar: { position: 'absolute', top: 1, height: 12, borderRadius: 3 },
}));

/** @internal */
export interface TaskListProps {
  run: RunDetail;
  summaries: readonly TaskSummary[];
  selected: string | undefined;
  /** Index of the task marked by keys, or -1. */
  marked: number;
  onOpen: (taskId: string) => void;
}

/** The tasks of a run as rows, with when each of them ran. */
export function TaskList(props: TaskListProps) {
  const { summaries, selected, marked, onOpen } = props;
  const classes = useStyles();
  const { bar } = useStateColors();
  const now = useNow();
  const extent = runExtent(summaries, now);
  return (
    <div style={{ overflowX: 'auto' }}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">task</th>
            <th scope="col">state</th>
            <th scope="col" className={classes.number}>
              tries
            </th>
            <th scope="col" className={classes.number}>
              duration
            </th>
            <th scope="col" style={{ width: '35%' }}>
              when
            </th>
          </tr>
        </thead>
        <tbody>
          {summaries.map((summary, index) => {
            const { task, state, instances, mapped } = summary;
            const { startedAt, endedAt } = summary;
            const span = spanOf(summary, extent, now);
            const tries = Math.max(0, ...instances.map(i => i.tryNumber));
            const running = startedAt !== undefined && !isFinalTaskState(state);
            return (
              <tr
                key={task.id}
                className={[
                  task.id === selected ? classes.selected : '',
                  index === marked ? classes.marked : '',
                ].join(' ')}
              >
                <td>
                  <button
                    type="button"
                    className={classes.open}
                    onClick={() => onOpen(task.id)}
                  >
                    {task.title ?? task.id}
                  </button>
                  {mapped && (
                    <>
                      {` ${mappedProgress(mapped)}`}
                      <StateBar counts={mapped} />
                    </>
                  )}
                </td>
                <td>
                  <div className={classes.verdicts}>
                    <StateChip
                      state={state}
                      reason={instances.find(i => i.state === state)?.reason}
                    />
                    {summary.slaState !== 'none' && (
                      <SlaChip named state={summary.slaState} />
                    )}
                  </div>
                </td>
                <td className={classes.number}>{tries || '—'}</td>
                <td className={classes.number}>
                  {startedAt === undefined ? (
                    '—'
                  ) : (
                    <Duration
                      ms={
                        !running && endedAt !== undefined
                          ? endedAt - startedAt
                          : undefined
                      }
                      since={startedAt}
                    />
                  )}
                </td>
                <td>
                  <div className={classes.lane}>
                    {span && (
                      <span
                        className={classes.bar}
                        style={{
                          left: `${span.left}%`,
                          width: `${span.width}%`,
                          ...bar(state),
                        }}
                      />
                    )}
                  </div>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
