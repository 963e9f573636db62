import { useEffect, useRef } from 'react';
import Paper from '@material-ui/core/Paper';
import { makeStyles } from '@material-ui/core/styles';
import { CodeSnippet } from '@backstage/core-components';
import { languageOf } from './languageOf';

/** Larger sources are shown without colours: colouring takes too long. */
const COLOURED = 100_000;

/** Lines that are seen above one that is gone to. */
const CONTEXT = 8;

const useStyles = makeStyles(theme => ({
  source: {
    overflow: 'auto',
    maxHeight: '75vh',
    minWidth: 0,
    // The portal's own colour, set inline, cannot be read on white.
    '& .react-syntax-highlighter-line-number': {
      color: `${theme.palette.text.secondary} !important`,
    },
  },
  plain: {
    display: 'grid',
    gridTemplateColumns: 'auto minmax(0, 1fr)',
    fontFamily: 'monospace',
    fontSize: theme.typography.pxToRem(13),
    padding: theme.spacing(1),
    '& pre': { margin: 0, fontFamily: 'inherit' },
  },
  numbers: {
    textAlign: 'right',
    paddingRight: theme.spacing(2),
    color: theme.palette.text.secondary,
    userSelect: 'none',
  },
}));

/** A source file with line numbers. */
export function SourceView(props: {
  path: string;
  text: string;
  /** Line to mark and to show, from 1. */
  line?: number;
}) {
  const { path, text, line } = props;
  const classes = useStyles();
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = frame.current;
    if (!element || line === undefined) return;
    const height = element.scrollHeight / text.split('\n').length;
    // With what stands before it.
    element.scrollTop = Math.max(0, (line - 1 - CONTEXT) * height);
  }, [text, line]);
  return (
    <Paper
      ref={frame}
      variant="outlined"
      className={classes.source}
      aria-label={path}
    >
      {text.length <= COLOURED ? (
        <CodeSnippet
          text={text}
          language={languageOf(path)}
          highlightedNumbers={line === undefined ? undefined : [line]}
          showLineNumbers
          showCopyCodeButton
        />
      ) : (
        <div className={classes.plain}>
          <pre className={classes.numbers} aria-hidden>
            {text
              .split('\n')
              .map((_, i) => i + 1)
              .join('\n')}
          </pre>
          <pre>{text}</pre>
        </div>
      )}
    </Paper>
  );
}
