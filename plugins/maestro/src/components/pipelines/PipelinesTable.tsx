import { forwardRef, useImperativeHandle, useRef } from 'react';
import Paper from '@material-ui/core/Paper';
import { makeStyles } from '@material-ui/core/styles';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { PipelineSummary } from '@maestro/plugin-maestro-common';
import { COLUMNS, ROW_HEIGHT } from './columns';
import { PipelineRow } from './PipelineRow';

/** More rows than this are drawn only where they are seen. */
const VIRTUAL_FROM = 100;

const useStyles = makeStyles(theme => ({
  scroll: { overflowX: 'auto', marginBottom: theme.spacing(1) },
  table: { minWidth: 1120 },
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
      onTrigger={onTrigger}
    />
  );
  return (
    <Paper variant="outlined" className={classes.scroll}>
      <div
        role="table"
        aria-label="Pipelines"
        aria-rowcount={rows.length + 1}
        className={classes.table}
      >
        <div role="row" className={classes.head}>
          <span role="columnheader">on</span>
          <span role="columnheader">name</span>
          <span role="columnheader">owner</span>
          <span role="columnheader">schedule</span>
          <span role="columnheader">next</span>
          <span role="columnheader">last 14 runs</span>
          <span role="columnheader" className={classes.right}>
            last
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
