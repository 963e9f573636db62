import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { useTaskState } from '../../state/queries';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { ErrorNotice } from '../layout/ErrorNotice';
import { StoredStateList } from './StoredStateList';

const useStyles = makeStyles(theme => ({
  scroll: { overflow: 'auto', paddingTop: theme.spacing(1) },
}));

/** What a task of Airflow keeps for itself through its tries. */
export function TaskStateTab(props: {
  runId: string;
  taskId: string;
  mapIndex: number;
}) {
  const classes = useStyles();
  const states = useTaskState(props.runId, props.taskId, props.mapIndex);
  if (states.error && !states.data) {
    return (
      <ErrorNotice title="The state could not be read" error={states.error} />
    );
  }
  if (!states.data) {
    return <DelayedSkeleton rows={4} height={32} />;
  }
  if (states.data.length === 0) {
    return (
      <Typography color="textSecondary" style={{ paddingTop: 8 }}>
        It keeps no state. What a task sets in <code>task_state_store</code>{' '}
        stands here: it lives through the tries, and as long as the run.
      </Typography>
    );
  }
  return (
    <div className={classes.scroll}>
      <StoredStateList states={states.data} />
    </div>
  );
}
