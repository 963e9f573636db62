import { useEffect, useRef, useState } from 'react';
import MenuItem from '@material-ui/core/MenuItem';
import TextField from '@material-ui/core/TextField';
import { makeStyles } from '@material-ui/core/styles';
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type TaskInstance,
  type TaskState,
  nameActors,
} from '@maestro/plugin-maestro-common';
import { Duration, StateChip, stateWord } from '@maestro/plugin-maestro-react';
import { useMapped } from '../../state/queries';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { ErrorNotice } from '../layout/ErrorNotice';
import {
  mappedProgress,
  mappedStates,
  mappedTotal,
  type MappedCounts,
} from './mappedWords';
import { StateBar } from './StateBar';

/** Height of a row, in pixels. */
const ROW = 34;

/** This near to the end, in rows, the next page is read. */
const EDGE = 50;

const useStyles = makeStyles(theme => ({
  head: {
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(2),
    marginBottom: theme.spacing(1),
  },
  bar: { flex: 1 },
  scroll: { flex: 1, minHeight: 200, overflow: 'auto' },
  row: {
    position: 'absolute',
    left: 0,
    width: '100%',
    height: ROW,
    display: 'grid',
    gridTemplateColumns: '56px 130px minmax(0, 1fr) auto',
    alignItems: 'center',
    gap: theme.spacing(1),
    boxSizing: 'border-box',
    padding: theme.spacing(0, 1),
    border: 0,
    borderTop: `1px solid ${theme.palette.divider}`,
    background: 'none',
    color: 'inherit',
    font: 'inherit',
    fontSize: theme.typography.pxToRem(13),
    textAlign: 'left',
    cursor: 'pointer',
    '&:hover': { backgroundColor: theme.palette.action.hover },
  },
  item: {
    fontFamily: 'monospace',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  },
  empty: { color: theme.palette.text.secondary },
}));

/** The instances of a mapped task, however many there are. */
export function MappedInstances(props: {
  runId: string;
  taskId: string;
  counts: MappedCounts;
  onOpen: (mapIndex: number) => void;
}) {
  const { runId, taskId, counts, onOpen } = props;
  const classes = useStyles();
  const [state, setState] = useState<TaskState | ''>('');
  const pages = useMapped(runId, taskId, state || undefined);
  const items = pages.data?.pages.flatMap(page => page.items) ?? [];
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 10,
  });
  const rows = virtualizer.getVirtualItems();
  const last = rows[rows.length - 1]?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = pages;
  useEffect(() => {
    if (last > items.length - EDGE && hasNextPage && !isFetchingNextPage) {
      fetchNextPage();
    }
  }, [last, items.length, hasNextPage, isFetchingNextPage, fetchNextPage]);
  return (
    <>
      <div className={classes.head}>
        <strong>{mappedProgress(counts)}</strong>
        <div className={classes.bar}>
          <StateBar counts={counts} height={8} />
        </div>
        <TextField
          select
          size="small"
          value={state}
          onChange={event => setState(event.target.value as TaskState | '')}
          SelectProps={{
            displayEmpty: true,
            SelectDisplayProps: { 'aria-label': 'State of the instances' },
          }}
        >
          <MenuItem value="">All {mappedTotal(counts)}</MenuItem>
          {mappedStates(counts).map(([of, n]) => (
            <MenuItem key={of} value={of}>
              {n} {stateWord(of)}
            </MenuItem>
          ))}
        </TextField>
      </div>
      {pages.error && !pages.data && (
        <ErrorNotice
          title="The instances could not be read"
          error={pages.error}
        />
      )}
      {pages.isPending && <DelayedSkeleton rows={6} height={ROW} />}
      {pages.data && items.length === 0 && (
        <div className={classes.empty}>
          None of its instances is {stateWord(state || 'none')} now.
        </div>
      )}
      <div ref={scroller} className={classes.scroll}>
        <div
          role="list"
          aria-label={`Instances of ${taskId}`}
          style={{ height: virtualizer.getTotalSize(), position: 'relative' }}
        >
          {rows.map(row => (
            <div role="listitem" key={row.key}>
              <button
                type="button"
                className={classes.row}
                style={{ transform: `translateY(${row.start}px)` }}
                onClick={() => onOpen(items[row.index].mapIndex)}
              >
                <Instance instance={items[row.index]} />
              </button>
            </div>
          ))}
        </div>
      </div>
    </>
  );
}

function Instance(props: { instance: TaskInstance }) {
  const { instance } = props;
  const classes = useStyles();
  const { mapIndex, state, reason, startedAt, endedAt, tryNumber } = instance;
  return (
    <>
      <span>[{mapIndex}]</span>
      <StateChip state={state} reason={reason} />
      <span
        className={classes.item}
        title={reason ? nameActors(reason) : itemText(instance)}
      >
        {itemText(instance)}
      </span>
      <span>
        {tryNumber > 1 && `try ${tryNumber} · `}
        {startedAt === undefined ? (
          '—'
        ) : (
          <Duration
            ms={endedAt === undefined ? undefined : endedAt - startedAt}
            since={startedAt}
          />
        )}
      </span>
    </>
  );
}

/** The item as one line. */
export function itemText({
  item,
  itemSize,
  label,
}: Pick<TaskInstance, 'item' | 'itemSize' | 'label'>): string {
  if (label !== undefined) return label;
  if (item !== undefined) {
    return typeof item === 'string' ? item : JSON.stringify(item);
  }
  return itemSize === undefined ? '' : `an item of ${itemSize} characters`;
}
