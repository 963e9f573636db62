import type { ReactNode } from 'react';
import { makeStyles } from '@material-ui/core/styles';

const useStyles = makeStyles(theme => ({
  scroll: { overflow: 'auto', flex: 1, minHeight: 0 },
  table: {
    marginTop: theme.spacing(1),
    width: '100%',
    borderCollapse: 'collapse',
    fontSize: theme.typography.pxToRem(13),
    '& th': { textAlign: 'left', fontWeight: 600 },
    '& th, & td': {
      padding: theme.spacing(0.5, 1.5, 0.5, 0),
      borderBottom: `1px solid ${theme.palette.divider}`,
      fontVariantNumeric: 'tabular-nums',
      verticalAlign: 'top',
    },
  },
}));

/** What a task did before, a row each; as high as there is room, and scrolls. */
export function HistoryTable(props: {
  /** What it is, for who hears it. */
  label: string;
  columns: readonly string[];
  /** Its rows. */
  children: ReactNode;
}) {
  const classes = useStyles();
  return (
    <div className={classes.scroll}>
      <table className={classes.table} aria-label={props.label}>
        <thead>
          <tr>
            {props.columns.map(column => (
              <th key={column}>{column}</th>
            ))}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  );
}
