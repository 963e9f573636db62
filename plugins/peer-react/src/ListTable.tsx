import Link from '@material-ui/core/Link';
import Paper from '@material-ui/core/Paper';
import { makeStyles } from '@material-ui/core/styles';
import Table from '@material-ui/core/Table';
import TableBody from '@material-ui/core/TableBody';
import TableCell from '@material-ui/core/TableCell';
import TableContainer from '@material-ui/core/TableContainer';
import TableHead from '@material-ui/core/TableHead';
import TableRow from '@material-ui/core/TableRow';
import Skeleton from '@material-ui/lab/Skeleton';
import { KeyboardEvent, ReactNode } from 'react';
import { BreakableName } from './BreakableName';
import { useSlow } from './useSlow';

const useStyles = makeStyles(theme => ({
  row: {
    cursor: 'pointer',
    '&:focus-within': { backgroundColor: theme.palette.action.hover },
  },
  head: { whiteSpace: 'nowrap', fontWeight: 600 },
  number: {
    textAlign: 'right',
    fontVariantNumeric: 'tabular-nums',
    whiteSpace: 'nowrap',
  },
  name: {
    textAlign: 'left',
    fontWeight: 600,
    overflowWrap: 'break-word',
    color: theme.palette.text.primary,
  },
  secondary: {
    color: theme.palette.text.secondary,
    fontSize: theme.typography.caption.fontSize,
    overflowWrap: 'anywhere',
  },
}));

/**
 * A column after the first, which is the name.
 *
 * @public
 */
export interface ListColumn<T> {
  title: string;
  /** Right-aligned, with figures of equal width. */
  number?: boolean;
  render(row: T): ReactNode;
}

/**
 * A list whose rows open something. `j` and `k`, or the arrows, move from row
 * to row; Enter opens. While `rows` is undefined its place is kept.
 *
 * @public
 */
export function ListTable<T>(props: {
  label: string;
  nameTitle: string;
  columns: ListColumn<T>[];
  rows: readonly T[] | undefined;
  keyOf(row: T): string;
  nameOf(row: T): string;
  describe?(row: T): string | undefined;
  onOpen(row: T): void;
}) {
  const { columns, rows } = props;
  const classes = useStyles();
  return (
    <TableContainer component={Paper} variant="outlined">
      <Table size="small" aria-label={props.label} aria-busy={!rows}>
        <TableHead>
          <TableRow>
            <TableCell className={classes.head}>{props.nameTitle}</TableCell>
            {columns.map(column => (
              <TableCell
                key={column.title}
                className={classes.head}
                align={column.number ? 'right' : 'left'}
              >
                {column.title}
              </TableCell>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>
          {rows ? (
            rows.map(row => (
              <TableRow
                key={props.keyOf(row)}
                hover
                className={classes.row}
                onClick={() => props.onOpen(row)}
                onKeyDown={moveBetweenRows}
              >
                <TableCell>
                  <Link
                    component="button"
                    variant="body2"
                    className={classes.name}
                    onClick={event => {
                      event.stopPropagation();
                      props.onOpen(row);
                    }}
                  >
                    <BreakableName name={props.nameOf(row)} />
                  </Link>
                  <div className={classes.secondary}>
                    {props.describe?.(row)}
                  </div>
                </TableCell>
                {columns.map(column => (
                  <TableCell
                    key={column.title}
                    className={column.number ? classes.number : undefined}
                  >
                    {column.render(row)}
                  </TableCell>
                ))}
              </TableRow>
            ))
          ) : (
            <WaitingRows columns={columns.length + 1} />
          )}
        </TableBody>
      </Table>
    </TableContainer>
  );
}

function WaitingRows(props: { columns: number }) {
  const slow = useSlow();
  return (
    <>
      {[0, 1, 2, 3, 4].map(row => (
        <TableRow key={row}>
          {Array.from({ length: props.columns }, (_, column) => (
            <TableCell key={column}>
              {slow ? <Skeleton height={36} /> : <div style={{ height: 36 }} />}
            </TableCell>
          ))}
        </TableRow>
      ))}
    </>
  );
}

function moveBetweenRows(event: KeyboardEvent<HTMLTableRowElement>) {
  const row = event.currentTarget;
  const target =
    (['j', 'ArrowDown'].includes(event.key) && row.nextElementSibling) ||
    (['k', 'ArrowUp'].includes(event.key) && row.previousElementSibling);
  if (target && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    target.querySelector('button')?.focus();
  }
}
