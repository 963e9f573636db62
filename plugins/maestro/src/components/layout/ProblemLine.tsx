import { useState } from 'react';
import { makeStyles } from '@material-ui/core/styles';
import type { ApiProblem } from '@maestro/plugin-maestro-common';

/** Characters of a message that are shown without being asked for. */
const LONG = 600;

const useStyles = makeStyles(theme => ({
  button: {
    border: 0,
    padding: 0,
    background: 'none',
    color: theme.palette.primary.main,
    font: 'inherit',
    cursor: 'pointer',
  },
  traceback: {
    margin: theme.spacing(0.5, 0),
    padding: theme.spacing(1),
    maxHeight: 320,
    overflow: 'auto',
    whiteSpace: 'pre',
    fontSize: theme.typography.pxToRem(12),
    border: `1px solid ${theme.palette.divider}`,
    borderRadius: 4,
  },
}));

/**
 * Where a problem of a file is, and what: `spec.tasks[2] (line 31): …`; Python's
 * own words on demand.
 */
export function ProblemLine(props: { problem: ApiProblem }) {
  const { path, line, column, message, expected, traceback, file } =
    props.problem;
  const classes = useStyles();
  const [isOpen, setOpen] = useState(false);
  const [isWhole, setWhole] = useState(message.length <= LONG);
  const place = [
    // A DAG file fails in what it imports, too: the place is there.
    traceback !== undefined && file !== undefined ? file : path,
    line === undefined
      ? ''
      : `(line ${line}${column === undefined ? '' : `, column ${column}`})`,
  ]
    .filter(Boolean)
    .join(' ');
  return (
    // The words of a parser may point at a column, line below line.
    <span style={{ whiteSpace: 'pre-wrap' }}>
      {place && (
        <>
          <code>{place}</code>
          {': '}
        </>
      )}
      {isWhole ? message : `${message.slice(0, LONG)}… `}
      {!isWhole && (
        <button
          type="button"
          className={classes.button}
          onClick={() => setWhole(true)}
        >
          all of it
        </button>
      )}
      {expected ? `; expected ${expected}` : ''}
      {traceback !== undefined && (
        <>
          {' '}
          <button
            type="button"
            className={classes.button}
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            {isOpen ? 'hide the traceback' : 'traceback'}
          </button>
          {isOpen && <pre className={classes.traceback}>{traceback}</pre>}
        </>
      )}
    </span>
  );
}
