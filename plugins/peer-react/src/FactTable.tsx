import { makeStyles } from '@material-ui/core/styles';
import Table from '@material-ui/core/Table';
import TableBody from '@material-ui/core/TableBody';
import TableCell from '@material-ui/core/TableCell';
import TableRow from '@material-ui/core/TableRow';
import Typography from '@material-ui/core/Typography';
import { ReactNode } from 'react';

const useStyles = makeStyles(theme => ({
  root: { minWidth: 0, marginTop: theme.spacing(2) },
  grid: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fit, minmax(260px, 1fr))',
    gap: theme.spacing(0, 2),
  },
  title: { fontWeight: 600 },
  // The same for every table, so that values below each other line up.
  name: { width: '38%', overflowWrap: 'anywhere', verticalAlign: 'top' },
  // A figure is short: what it is called has the room.
  numberName: { overflowWrap: 'anywhere', verticalAlign: 'top' },
  cell: { overflowWrap: 'anywhere', verticalAlign: 'top' },
  number: {
    textAlign: 'right',
    fontVariantNumeric: 'tabular-nums',
    whiteSpace: 'nowrap',
    width: '1%',
  },
}));

/**
 * Names and values under a heading; nothing when there are none.
 *
 * @public
 */
export function FactTable(props: {
  title: string;
  facts: [name: string, value: ReactNode][];
  /** The values are figures. */
  numbers?: boolean;
}) {
  const classes = useStyles();
  if (props.facts.length === 0) {
    return null;
  }
  return (
    <div className={classes.root}>
      <Typography variant="subtitle2" component="h4" className={classes.title}>
        {props.title}
      </Typography>
      <Table size="small" aria-label={props.title}>
        <TableBody>
          {props.facts.map(([name, value]) => (
            <TableRow key={name}>
              <TableCell
                className={props.numbers ? classes.numberName : classes.name}
              >
                {name}
              </TableCell>
              <TableCell
                className={props.numbers ? classes.number : classes.cell}
              >
                {value}
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </div>
  );
}

/**
 * Fact tables side by side where there is room.
 *
 * @public
 */
export function FactGrid(props: { children: ReactNode }) {
  return <div className={useStyles().grid}>{props.children}</div>;
}
