import { useEffect, useMemo, useRef, useState } from 'react';
import { makeStyles } from '@material-ui/core/styles';
import { Link } from '@backstage/core-components';
import { useNavigate } from 'react-router-dom';
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type Grid,
  type GridCell,
  type GridRun,
  nameActors,
} from '@maestro/plugin-maestro-common';
import {
  formatDuration,
  formatExact,
  HoverCard,
  stateWord,
  StateIcon,
  triggerWord,
  useNow,
  useStateColors,
  useTimeZone,
} from '@maestro/plugin-maestro-react';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { useFoldedGroups } from '../graph/useFoldedGroups';
import { mappedWords } from '../run/mappedWords';
import { failedCells, runWord } from '../run/runWord';
import { GRID, gridBars, gridColumns, runDate } from './gridGeometry';
import { gridRows, groupCell } from './gridRows';

const useStyles = makeStyles(theme => ({
  scroll: {
    overflow: 'auto',
    maxHeight: 'calc(100vh - 330px)',
    minHeight: 200,
    position: 'relative',
  },
  head: {
    position: 'sticky',
    top: 0,
    zIndex: 2,
    height: GRID.bars,
    backgroundColor: theme.palette.background.paper,
    borderBottom: `1px solid ${theme.palette.divider}`,
  },
  corner: {
    position: 'sticky',
    left: 0,
    zIndex: 3,
    width: GRID.label,
    height: GRID.bars,
    boxSizing: 'border-box',
    padding: theme.spacing(0.5, 1),
    display: 'flex',
    alignItems: 'flex-end',
    fontSize: theme.typography.pxToRem(12),
    color: theme.palette.text.secondary,
    backgroundColor: theme.palette.background.paper,
  },
  bar: {
    position: 'absolute',
    bottom: 0,
    width: GRID.column,
    height: GRID.bars,
    display: 'flex',
    alignItems: 'flex-end',
    justifyContent: 'center',
    '&:hover': { backgroundColor: theme.palette.action.hover },
  },
  missed: {
    position: 'absolute',
    top: 0,
    padding: '0 2px',
    borderRadius: 3,
    fontSize: 12,
    lineHeight: '12px',
    fontWeight: 700,
    backgroundColor: theme.palette.background.paper,
  },
  fill: { width: 12, borderRadius: '2px 2px 0 0' },
  sla: {
    position: 'absolute',
    right: 0,
    left: GRID.label,
    height: 0,
    borderTop: `1px dashed ${theme.palette.text.secondary}`,
    pointerEvents: 'none',
  },
  row: { position: 'absolute', left: 0, right: 0, height: GRID.row },
  label: {
    position: 'sticky',
    left: 0,
    zIndex: 1,
    width: GRID.label,
    height: GRID.row,
    lineHeight: `${GRID.row}px`,
    boxSizing: 'border-box',
    padding: theme.spacing(0, 1),
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    fontSize: theme.typography.pxToRem(13),
    backgroundColor: theme.palette.background.paper,
  },
  group: {
    padding: 0,
    border: 0,
    background: 'none',
    color: 'inherit',
    font: 'inherit',
    fontWeight: 600,
    cursor: 'pointer',
  },
  cell: {
    position: 'absolute',
    top: 0,
    width: GRID.column,
    height: GRID.row,
    padding: 0,
    border: 0,
    background: 'none',
    cursor: 'pointer',
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'center',
    '&:hover': { backgroundColor: theme.palette.action.hover },
  },
}));

interface Hovered {
  anchor: Element;
  run: GridRun;
  /** As it is called. */
  task?: string;
  cell?: GridCell;
}

/** @internal */
export interface RunGridProps {
  grid: Grid;
  slaMs: number | undefined;
  /** Titles of tasks that have one, by id; the others are called by their id. */
  titles?: ReadonlyMap<string, string>;
  /** Whose groups are remembered as folded. */
  pipeline: string;
}

/** Tasks as rows, runs as columns, newest at the right. */
export function RunGrid(props: RunGridProps) {
  const { grid, slaMs, titles, pipeline } = props;
  const classes = useStyles();
  const links = useMaestroLinks();
  const navigate = useNavigate();
  const { color, bar } = useStateColors();
  const { zone } = useTimeZone();
  const now = useNow();
  const scroller = useRef<HTMLDivElement>(null);
  const [hovered, setHovered] = useState<Hovered>();

  const { folded, toggle } = useFoldedGroups(pipeline);
  const rows = useMemo(() => gridRows(grid, folded), [grid, folded]);
  const columns = useMemo(() => gridColumns(grid), [grid]);
  const bars = gridBars(columns, slaMs, now);
  const rowVirtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => GRID.row,
    scrollMargin: GRID.bars,
    overscan: 8,
  });
  const columnVirtualizer = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => GRID.column,
    getItemKey: index => columns[index].runId,
    overscan: 8,
  });

  // Older runs that come in at the left push what one looks at to the right;
  // the distance from the newest run stays.
  const count = useRef(0);
  useEffect(() => {
    const element = scroller.current;
    if (element && columns.length > count.current) {
      element.scrollLeft +=
        count.current === 0
          ? element.scrollWidth
          : (columns.length - count.current) * GRID.column;
    }
    count.current = columns.length;
  }, [columns.length]);

  const nameOf = (task: string) => titles?.get(task) ?? task;
  const leave = () => setHovered(undefined);
  const shown = columnVirtualizer.getVirtualItems();
  const describe = (run: GridRun) =>
    [
      runWord(run, failedCells(run)),
      formatExact(runDate(run), zone),
      ...(run.slaState === 'missed' ? ['SLA missed'] : []),
    ].join(', ');
  return (
    <div ref={scroller} className={classes.scroll}>
      <div
        role="grid"
        aria-label="Tasks and runs"
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length + 1}
        style={{
          position: 'relative',
          width: GRID.label + columnVirtualizer.getTotalSize(),
          height: GRID.bars + rows.length * GRID.row,
        }}
      >
        <div role="row" className={classes.head}>
          <div role="columnheader" className={classes.corner}>
            <span>
              longest {formatDuration(bars.longestMs)}
              {slaMs !== undefined && (
                <>
                  <br />
                  SLA {formatDuration(slaMs)}
                  {bars.sla === undefined ? ', far above' : ' dashed'}
                </>
              )}
            </span>
          </div>
          {shown.map(item => {
            const run = columns[item.index];
            return (
              <Link
                key={item.key}
                to={links.run(run.runId)}
                role="columnheader"
                className={classes.bar}
                style={{ left: GRID.label + item.start }}
                aria-label={`Run ${describe(run)}`}
                onMouseEnter={event =>
                  setHovered({ anchor: event.currentTarget, run })
                }
                onMouseLeave={leave}
              >
                <span
                  className={classes.fill}
                  style={{
                    height: Math.max(2, bars.heights[item.index]),
                    ...bar(run.state),
                  }}
                />
                {run.slaState === 'missed' && (
                  <span
                    className={classes.missed}
                    style={{ color: color('critical') }}
                    aria-hidden
                  >
                    !
                  </span>
                )}
              </Link>
            );
          })}
          {bars.sla !== undefined && (
            <div className={classes.sla} style={{ bottom: bars.sla }} />
          )}
        </div>
        {rowVirtualizer.getVirtualItems().map(row => {
          const line = rows[row.index];
          const task = line.id;
          return (
            <div
              key={`${line.kind}:${task}`}
              role="row"
              className={classes.row}
              style={{ top: row.start }}
            >
              <div
                role="rowheader"
                className={classes.label}
                style={{ paddingLeft: 8 + line.depth * 14 }}
                title={task}
              >
                {line.kind === 'task' ? (
                  nameOf(task)
                ) : (
                  <button
                    type="button"
                    className={classes.group}
                    aria-expanded={!line.isFolded}
                    onClick={() => toggle(task)}
                  >
                    {line.isFolded ? '▸' : '▾'} {line.title ?? task}
                  </button>
                )}
              </div>
              {shown.map(item => {
                const run = columns[item.index];
                const cell =
                  line.kind === 'task'
                    ? run.cells[task]
                    : groupCell(run.cells, line.taskIds);
                return (
                  cell && (
                    <button
                      key={item.key}
                      type="button"
                      role="gridcell"
                      // One stop per run, not one per cell; the run's page has
                      // its tasks.
                      tabIndex={-1}
                      className={classes.cell}
                      style={{ left: GRID.label + item.start }}
                      aria-label={`${nameOf(task)}, ${stateWord(cell.state)}${
                        cell.reused ? ', reused' : ''
                      }`}
                      onMouseEnter={event =>
                        setHovered({
                          anchor: event.currentTarget,
                          run,
                          task: nameOf(task),
                          cell,
                        })
                      }
                      onMouseLeave={leave}
                      onClick={() =>
                        navigate(
                          links.run(
                            run.runId,
                            line.kind === 'task' ? { task } : undefined,
                          ),
                        )
                      }
                    >
                      <StateIcon state={cell.state} size={15} decorative />
                    </button>
                  )
                );
              })}
            </div>
          );
        })}
      </div>
      {hovered && (
        <HoverCard anchor={hovered.anchor}>
          <Preview hovered={hovered} zone={zone} />
        </HoverCard>
      )}
    </div>
  );
}

function Preview(props: { hovered: Hovered; zone: string }) {
  const { run, task, cell } = props.hovered;
  const duration = cell ? cell.durationMs : run.durationMs;
  const facts = [
    cell ? stateWord(cell.state) : runWord(run, failedCells(run)),
    duration === undefined ? '' : formatDuration(duration),
    !cell && run.slaState === 'missed' ? 'SLA missed' : '',
    cell?.tries && cell.tries > 1 ? `${cell.tries} tries` : '',
    cell?.reused ? 'reused from an earlier run' : '',
    cell?.counts
      ? `${cell.instances} instances: ${mappedWords(cell.counts)}`
      : '',
  ];
  return (
    <>
      <strong>{task ?? 'Run'}</strong> {facts.filter(Boolean).join(' · ')}
      <div>
        {formatExact(runDate(run), props.zone)}, {triggerWord(run.trigger)}
      </div>
      <div>
        version {run.versionNumber}
        {run.stateReason ? ` · ${nameActors(run.stateReason)}` : ''}
      </div>
    </>
  );
}
