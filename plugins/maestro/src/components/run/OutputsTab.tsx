import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { useOutputs } from '../../state/queries';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { ErrorNotice } from '../layout/ErrorNotice';
import { formatBytes } from '../layout/formatBytes';

const useStyles = makeStyles(theme => ({
  scroll: { overflow: 'auto', paddingTop: theme.spacing(1) },
  output: {
    padding: theme.spacing(0.5, 0),
    borderBottom: `1px solid ${theme.palette.divider}`,
    fontSize: theme.typography.pxToRem(13),
  },
  head: { display: 'flex', justifyContent: 'space-between', gap: 8 },
  size: {
    color: theme.palette.text.secondary,
    fontVariantNumeric: 'tabular-nums',
    whiteSpace: 'nowrap',
  },
  value: {
    margin: theme.spacing(0.5, 0),
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    maxHeight: 320,
    overflow: 'auto',
    fontSize: theme.typography.pxToRem(12),
  },
}));

/** What a task handed on to those after it. */
export function OutputsTab(props: {
  runId: string;
  taskId: string;
  mapIndex: number;
  /** What is said when there are none; by default how to write some. */
  none?: string;
}) {
  const { runId, taskId, mapIndex, none } = props;
  const classes = useStyles();
  const outputs = useOutputs(runId, taskId, mapIndex);
  if (outputs.error && !outputs.data) {
    return (
      <ErrorNotice
        title="The outputs could not be read"
        error={outputs.error}
      />
    );
  }
  if (!outputs.data) {
    return <DelayedSkeleton rows={4} height={32} />;
  }
  const mine = outputs.data.filter(
    output => output.taskId === taskId && output.mapIndex === mapIndex,
  );
  if (mine.length === 0) {
    return (
      <Typography color="textSecondary" style={{ paddingTop: 8 }}>
        {none ?? (
          <>
            No outputs. A task writes them as JSON to the file that{' '}
            <code>$MAESTRO_OUTPUT</code> names.
          </>
        )}
      </Typography>
    );
  }
  return (
    <div className={classes.scroll}>
      {mine.map(output => (
        <div key={output.key} className={classes.output}>
          <div className={classes.head}>
            <strong>{output.key}</strong>
            <span className={classes.size}>{formatBytes(output.size)}</span>
          </div>
          <pre className={classes.value}>
            {output.value === undefined
              ? 'too large to show here'
              : JSON.stringify(output.value, undefined, 2)}
          </pre>
        </div>
      ))}
    </div>
  );
}
