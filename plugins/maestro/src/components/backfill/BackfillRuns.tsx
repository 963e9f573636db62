import Button from '@material-ui/core/Button';
import Paper from '@material-ui/core/Paper';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { useBackfillRuns } from '../../state/queries';
import { runDuration } from '../grid/runDuration';
import { RunList } from '../grid/RunList';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { ErrorNotice } from '../layout/ErrorNotice';

const useStyles = makeStyles(theme => ({
  bar: {
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    padding: theme.spacing(1),
  },
  space: { flex: 1 },
}));

/** The runs of one backfill, in place of all runs of its pipeline. */
export function BackfillRuns(props: {
  pipeline: string;
  backfillId: string;
  /** Leads back to all runs. */
  onClose: () => void;
}) {
  const { pipeline, backfillId, onClose } = props;
  const classes = useStyles();
  const runs = useBackfillRuns(pipeline, backfillId);
  const items = runs.data?.items.map(run => ({
    ...run,
    durationMs: runDuration(run),
  }));
  return (
    <Paper
      variant="outlined"
      role="region"
      aria-label={`Runs of backfill ${backfillId}`}
    >
      <div className={classes.bar}>
        <span>
          {runs.data?.nextCursor ? 'The newest ' : ''}
          {items
            ? `${items.length} run${items.length === 1 ? '' : 's'}`
            : 'Runs'}{' '}
          of one backfill
        </span>
        <span className={classes.space} />
        <Button size="small" onClick={onClose}>
          Show all runs
        </Button>
      </div>
      {runs.error && !runs.data && (
        <ErrorNotice
          title="The runs of the backfill could not be read"
          error={runs.error}
        />
      )}
      {runs.isPending && <DelayedSkeleton rows={4} height={32} />}
      {items?.length === 0 && (
        <Typography color="textSecondary" className={classes.bar}>
          It has started no run yet, or its runs were deleted.
        </Typography>
      )}
      {items && items.length > 0 && <RunList runs={items} />}
    </Paper>
  );
}
