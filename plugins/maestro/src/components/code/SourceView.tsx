import Paper from '@material-ui/core/Paper';
import { makeStyles } from '@material-ui/core/styles';
import { CodeSnippet } from '@backstage/core-components';
import { languageOf } from './languageOf';

/** Larger sources are shown without colours: colouring takes too long. */
const COLOURED = 100_000;

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
export function SourceView(props: { path: string; text: string }) {
  const { path, text } = props;
  const classes = useStyles();
  return (
    <Paper variant="outlined" className={classes.source} aria-label={path}>
      {text.length <= COLOURED ? (
        <CodeSnippet
          text={text}
          language={languageOf(path)}
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
