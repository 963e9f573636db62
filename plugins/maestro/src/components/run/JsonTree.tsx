import { useState } from 'react';
import { makeStyles } from '@material-ui/core/styles';

/** Children that are shown at once. */
const STEP = 100;

/** Longest text that is shown without being asked for, in characters. */
const TEXT = 300;

const useStyles = makeStyles(theme => ({
  tree: {
    fontFamily:
      'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
    fontSize: theme.typography.pxToRem(12),
    lineHeight: 1.5,
    overflowWrap: 'anywhere',
  },
  children: {
    margin: 0,
    paddingLeft: theme.spacing(2),
    listStyle: 'none',
    borderLeft: `1px solid ${theme.palette.divider}`,
    marginLeft: 5,
  },
  name: { color: theme.palette.text.secondary },
  text: { whiteSpace: 'pre-wrap' },
  button: {
    border: 0,
    padding: 0,
    background: 'none',
    color: 'inherit',
    font: 'inherit',
    textAlign: 'left',
    cursor: 'pointer',
  },
  more: { color: theme.palette.primary.main },
}));

/** A JSON value: folded where it is deep or long, never drawn as a whole. */
export function JsonTree(props: { value: unknown }) {
  const classes = useStyles();
  return (
    <div className={classes.tree}>
      <Value value={props.value} depth={0} />
    </div>
  );
}

function Value(props: { value: unknown; name?: string; depth: number }) {
  const { value, name, depth } = props;
  const classes = useStyles();
  const label = name !== undefined && (
    <span className={classes.name}>{name}: </span>
  );
  if (typeof value === 'object' && value !== null) {
    return <Branch {...props} value={value} />;
  }
  return (
    <div>
      {label}
      {typeof value === 'string' ? (
        <Text text={value} isAlone={depth === 0} />
      ) : (
        String(value)
      )}
    </div>
  );
}

function Branch(props: { value: object; name?: string; depth: number }) {
  const { value, name, depth } = props;
  const classes = useStyles();
  const isList = Array.isArray(value);
  const size = isList ? value.length : Object.keys(value).length;
  const [isOpen, setOpen] = useState(
    size > 0 && depth < 3 && (depth === 0 || size <= 20),
  );
  const [count, setCount] = useState(STEP);
  const [open, end] = isList ? ['[', ']'] : ['{', '}'];
  const things = isList ? 'item' : 'field';
  // Only what is drawn is made.
  const entries = (): Array<[string, unknown]> =>
    isList
      ? value.slice(0, count).map((item, i) => [String(i), item])
      : Object.entries(value).slice(0, count);
  return (
    <div>
      <button
        type="button"
        className={classes.button}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        disabled={size === 0}
      >
        {size === 0 ? '' : `${isOpen ? '▾' : '▸'} `}
        {name !== undefined && <span className={classes.name}>{name}: </span>}
        {isOpen ? open : `${open}…${end}`}{' '}
        <span className={classes.name}>
          {size} {things}
          {size === 1 ? '' : 's'}
        </span>
      </button>
      {isOpen && (
        <>
          <ul className={classes.children}>
            {entries().map(([key, child]) => (
              <li key={key}>
                <Value name={key} value={child} depth={depth + 1} />
              </li>
            ))}
            {count < size && (
              <li>
                <button
                  type="button"
                  className={`${classes.button} ${classes.more}`}
                  onClick={() => setCount(count + STEP)}
                >
                  {Math.min(STEP, size - count)} more of {size - count}
                </button>
              </li>
            )}
          </ul>
          {end}
        </>
      )}
    </div>
  );
}

/** A text alone stands for itself; within something it is quoted. */
function Text(props: { text: string; isAlone: boolean }) {
  const { text, isAlone } = props;
  const classes = useStyles();
  const [isWhole, setWhole] = useState(false);
  const limit = isAlone ? TEXT * 10 : TEXT;
  const shown =
    isWhole || text.length <= limit ? text : `${text.slice(0, limit)}…`;
  return (
    <>
      <span className={classes.text}>
        {isAlone ? shown : JSON.stringify(shown)}
      </span>
      {text.length > limit && (
        <>
          {' '}
          <button
            type="button"
            className={`${classes.button} ${classes.more}`}
            onClick={() => setWhole(!isWhole)}
          >
            {isWhole ? 'less' : `all ${text.length} characters`}
          </button>
        </>
      )}
    </>
  );
}
