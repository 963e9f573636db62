import { forwardRef, useImperativeHandle, useRef } from 'react';
import Paper from '@material-ui/core/Paper';
import { makeStyles } from '@material-ui/core/styles';
import useMediaQuery from '@material-ui/core/useMediaQuery';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { PipelineSummary } from '@maestro/plugin-maestro-common';
import { COLUMNS, NARROW_COLUMNS, ROW_HEIGHT, WIDE_FROM } from './columns';
import { PipelineRow } from './PipelineRow';

/** More rows than this are drawn only where they are seen. */
const VIRTUAL_FROM = 100;

const useStyles = makeStyles(theme => ({
  // A shade at the right edge for as long as there is more behind it.
  scroll: {
    overflowX: 'auto',
    marginBottom: theme.spacing(1),
    backgroundColor: theme.palette.background.paper,
    backgroundImage: `linear-gradient(${theme.palette.background.paper}, ${theme.palette.background.paper}), linear-gradient(to left, ${theme.palette.action.disabled}, transparent)`,
    backgroundPosition: 'right',
    backgroundRepeat: 'no-repeat',
    backgroundSize: '20px 100%',
    backgroundAttachment: 'local, scroll',
  },
  table: { minWidth: 1120 },
  narrow: { minWidth: 834 },
  head: {
    display: 'grid',
    gridTemplateColumns: COLUMNS,
    columnGap: theme.spacing(1),
    alignItems: 'end',
    padding: theme.spacing(1, 1.5),
    borderBottom: `1px solid ${theme.palette.divider}`,
    fontSize: theme.typography.pxToRem(12),
    color: theme.palette.text.secondary,
  },
  right: { textAlign: 'right' },
  body: { position: 'relative' },
  window: { overflow: 'auto', maxHeight: 'calc(100vh - 260px)' },
}));

/** @internal */
export interface PipelinesTableProps {
  rows: readonly PipelineSummary[];
  /** Index of the row marked by keys, or -1. */
  marked: number;
  onTrigger: (name: string) => void;
}

/** The table of pipelines. One answer holds all that it shows. */
export const PipelinesTable = forwardRef<
  { scrollTo(index: number): void },
  PipelinesTableProps
>((props, ref) => {
  const { rows, marked, onTrigger } = props;
  const classes = useStyles();
  const scroller = useRef<HTMLDivElement>(null);
  const narrow = useMediaQuery(`(max-width:${WIDE_FROM - 0.05}px)`);
  const virtual = rows.length > VIRTUAL_FROM;
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 10,
    enabled: virtual,
  });
  useImperativeHandle(ref, () => ({
    scrollTo(index) {
      if (virtual) {
        virtualizer.scrollToIndex(index);
      } else {
        scroller.current
          ?.querySelectorAll('[data-pipeline]')
          [index]?.scrollIntoView?.({ block: 'nearest' });
      }
    },
  }));
  const row = (index: number) => (
    <PipelineRow
      key={rows[index].name}
      pipeline={rows[index]}
      marked={index === marked}
      narrow={narrow}
      onTrigger={onTrigger}
    />
  );
  return (
    <Paper variant="outlined" className={classes.scroll}>
      <div
        role="table"
        aria-label="Pipelines"
        aria-rowcount={rows.length + 1}
        className={narrow ? classes.narrow : classes.table}
      >
        <div
          role="row"
          className={classes.head}
          style={narrow ? { gridTemplateColumns: NARROW_COLUMNS } : undefined}
        >
          <span
            role="columnheader"
            title="Whether the schedule starts runs by itself"
          >
            active
          </span>
          <span role="columnheader">name</span>
          {!narrow && (
            <>
              <span role="columnheader">owner</span>
              <span role="columnheader">schedule</span>
            </>
          )}
          <span role="columnheader">next</span>
          <span role="columnheader" className={classes.right}>
            last 14 runs
          </span>
          <span role="columnheader" className={classes.right}>
            last took
          </span>
          <span role="columnheader">SLA</span>
          <span role="columnheader" aria-label="Actions" />
        </div>
        <div
          role="rowgroup"
          ref={scroller}
          className={virtual ? classes.window : undefined}
        >
          {virtual ? (
            <div
              className={classes.body}
              style={{ height: virtualizer.getTotalSize() }}
            >
              {virtualizer.getVirtualItems().map(item => (
                <div
                  key={item.key}
                  style={{
                    position: 'absolute',
                    top: item.start,
                    left: 0,
                    right: 0,
                  }}
                >
                  {row(item.index)}
                </div>
              ))}
            </div>
          ) : (
            rows.map((_, index) => row(index))
          )}
        </div>
      </div>
    </Paper>
  );
});
