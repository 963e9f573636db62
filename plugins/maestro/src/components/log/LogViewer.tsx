import { useEffect, useMemo, useRef, useState } from 'react';
import { makeStyles, useTheme } from '@material-ui/core/styles';
import Button from '@material-ui/core/Button';
import { useVirtualizer } from '@tanstack/react-virtual';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { ErrorNotice } from '../layout/ErrorNotice';
import { LOG_SURFACE } from './ansiColors';
import { LogRowView } from './LogRowView';
import { LogToolbar } from './LogToolbar';
import { PAGE_BYTES, windowEnd, windowRows, windowStart } from './logWindow';
import { isStructured, shownIndexOf } from './recordRows';
import { useLogSearch } from './useLogSearch';
import { useLogWindow } from './useLogWindow';
import { useShownRows } from './useShownRows';

/** Height of a row that is not wrapped, in pixels. */
const LINE = 18;

/** This near to an edge, in rows, the next page is read. */
const EDGE = 60;

const useStyles = makeStyles(theme => ({
  viewer: { display: 'flex', flexDirection: 'column', minHeight: 0, flex: 1 },
  scroll: {
    flex: 1,
    minHeight: 240,
    overflow: 'auto',
    fontFamily:
      'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
    fontSize: theme.typography.pxToRem(12),
    lineHeight: `${LINE}px`,
    border: `1px solid ${theme.palette.divider}`,
    borderRadius: 4,
    overflowAnchor: 'none',
    contain: 'strict',
  },
  rows: { position: 'relative', minWidth: '100%', width: 'max-content' },
  rowsWrapped: { position: 'relative', width: '100%' },
  note: { padding: theme.spacing(2) },
}));

/** @internal */
export interface LogViewerProps {
  attemptId: string;
  /** Whether the attempt still runs: the log then opens at its end. */
  live: boolean;
  /** Whether a finished log opens at its end, where the failure is. */
  fromEnd: boolean;
  /** Whether its lines may be records: those of tasks of Airflow. */
  records: boolean;
  fileName: string;
}

/**
 * A log of any size: a window of it in memory, the rows that are seen in the
 * page, following its end while it grows.
 */
export function LogViewer(props: LogViewerProps) {
  const { attemptId, live, fromEnd, records, fileName } = props;
  const classes = useStyles();
  const mode = useTheme().palette.type;
  const view = useLogWindow(attemptId, live || fromEnd ? -PAGE_BYTES : 0);
  const { window: log, ready, error } = view;
  const [follow, setFollow] = useState(live || fromEnd);
  const [raw, setRaw] = useState(false);
  const scroller = useRef<HTMLDivElement>(null);

  const lines = useMemo(() => windowRows(log, { records }), [log, records]);
  const hasRecords = useMemo(() => isStructured(lines), [lines]);
  const isRaw = raw || !hasRecords;
  // Prose is read, columns are scanned: records are wrapped unless told not to.
  const [chosenWrap, setWrap] = useState<boolean>();
  const wrap = chosenWrap ?? !isRaw;
  const shown = useShownRows(lines, { isRaw, isComplete: log.end });
  const { rows } = shown;
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE,
    getItemKey: index => rows[index].row.key,
    overscan: 20,
  });
  const items = virtualizer.getVirtualItems();

  // Pages that came in or fell off above would move what is being read: the
  // row at the top stays where it is.
  const anchor = useRef<{ key: string; rest: number }>();
  const before = useRef(rows);
  useEffect(() => {
    const element = scroller.current;
    const changed = before.current !== rows;
    const old = before.current;
    before.current = rows;
    if (!changed || !element || rows.length === 0) {
      return;
    }
    if (follow) {
      virtualizer.scrollToIndex(rows.length - 1, { align: 'end' });
      return;
    }
    const top = anchor.current;
    if (!top || old.length === 0 || old[0].row.key === rows[0].row.key) {
      return;
    }
    const index = rows.findIndex(({ row }) => row.key === top.key);
    if (index >= 0) {
      const start =
        virtualizer.getOffsetForIndex(index, 'start')?.[0] ?? index * LINE;
      element.scrollTop = start + top.rest;
    }
  }, [rows, follow, virtualizer]);

  useEffect(() => {
    if (follow && rows.length > 0) {
      virtualizer.scrollToIndex(rows.length - 1, { align: 'end' });
    }
    // Rows are seen to by the effect above.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [follow, wrap, isRaw]);

  const search = useLogSearch({
    attemptId,
    rows: lines,
    log,
    ready,
    isRaw,
    jump: view.jump,
  });
  useEffect(() => {
    if (search.current !== undefined) {
      setFollow(false);
      shown.reveal(search.current);
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [search.current, search.moves]);
  // What a group hid is there only now.
  useEffect(() => {
    if (search.current !== undefined) {
      const at = shownIndexOf(rows, search.current);
      virtualizer.scrollToIndex(at, { align: 'center' });
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [search.current, search.moves, shown.revealed]);

  const first = items[0]?.index ?? 0;
  const last = items[items.length - 1]?.index ?? 0;
  const { loadBefore, loadAfter } = view;
  useEffect(() => {
    if (!ready || rows.length === 0) return;
    if (first < EDGE && windowStart(log) > 0) loadBefore();
    else if (
      last > rows.length - EDGE &&
      !log.end &&
      windowEnd(log) < log.size
    ) {
      loadAfter();
    }
  }, [ready, first, last, rows.length, log, loadBefore, loadAfter]);

  const onScroll = () => {
    const element = scroller.current;
    if (!element) return;
    const top = virtualizer
      .getVirtualItems()
      .find(item => item.end > element.scrollTop);
    anchor.current = top && {
      key: String(top.key),
      rest: element.scrollTop - top.start,
    };
  };
  // Only what the reader does ends following, not a scroll of our own.
  const onReaderMove = () => {
    requestAnimationFrame(() => {
      const element = scroller.current;
      if (!element) return;
      const distance =
        element.scrollHeight - element.scrollTop - element.clientHeight;
      const atEnd = distance < LINE * 2 && windowEnd(log) >= log.size;
      setFollow(atEnd);
    });
  };
  const jump = async (offset: number, followAfter: boolean) => {
    setFollow(followAfter);
    await view.jump(offset);
    if (!followAfter) scroller.current?.scrollTo?.({ top: 0 });
  };

  const { bg, fg } = LOG_SURFACE[mode];
  const digits = String(lines[lines.length - 1]?.line ?? '').length;
  return (
    <div className={classes.viewer}>
      <LogToolbar
        attemptId={attemptId}
        fileName={fileName}
        log={log}
        ready={ready}
        live={live}
        follow={follow}
        onFollow={on => (on ? jump(-PAGE_BYTES, true) : setFollow(false))}
        raw={hasRecords ? { on: raw, onChange: setRaw } : undefined}
        wrap={wrap}
        onWrap={setWrap}
        onStart={() => jump(0, false)}
        onEnd={() => jump(-PAGE_BYTES, true)}
        search={search}
      />
      {error && (
        <ErrorNotice
          title="The log could not be read"
          error={error}
          action={
            <Button color="inherit" onClick={() => jump(0, false)}>
              Try again
            </Button>
          }
        />
      )}
      {/* The handlers only notice that the reader scrolled. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div
        ref={scroller}
        className={classes.scroll}
        style={{ backgroundColor: bg, color: fg }}
        onScroll={onScroll}
        onWheel={onReaderMove}
        onTouchMove={onReaderMove}
        onPointerUp={onReaderMove}
        onKeyUp={onReaderMove}
        role="log"
        aria-label="Log"
        aria-live="off"
        // Scrolled by keys as well.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
      >
        {!ready && !error && <DelayedSkeleton rows={8} height={LINE + 8} />}
        {ready && rows.length === 0 && (
          <div className={classes.note}>
            {log.end
              ? 'The task wrote nothing.'
              : 'Nothing yet; what the task writes appears here.'}
          </div>
        )}
        <div
          className={wrap ? classes.rowsWrapped : classes.rows}
          style={{ height: virtualizer.getTotalSize() }}
        >
          {items.map(item => (
            <LogRowView
              key={item.key}
              // Records have the height that they need.
              ref={wrap || !isRaw ? virtualizer.measureElement : undefined}
              shown={rows[item.index]}
              isRaw={isRaw}
              isOpen={shown.isOpen(rows[item.index])}
              onToggle={shown.toggle}
              index={item.index}
              start={item.start}
              wrap={wrap}
              digits={digits}
              mode={mode}
              query={search.text}
              current={rows[item.index].index === search.current}
            />
          ))}
        </div>
      </div>
    </div>
  );
}
