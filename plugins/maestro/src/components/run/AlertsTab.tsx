import Button from '@material-ui/core/Button';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import type { RunDetail } from '@maestro/plugin-maestro-common';
import { RelativeTime, ToneChip } from '@maestro/plugin-maestro-react';

const useStyles = makeStyles(theme => ({
  alert: {
    padding: theme.spacing(1),
    borderBottom: `1px solid ${theme.palette.divider}`,
  },
  head: { display: 'flex', flexWrap: 'wrap', gap: 8, alignItems: 'center' },
  values: {
    margin: theme.spacing(1, 0, 0),
    fontSize: theme.typography.pxToRem(12),
    overflowX: 'auto',
  },
}));

/** What the tasks of a run told people. */
export function AlertsTab(props: {
  run: RunDetail;
  onOpen: (taskId: string) => void;
}) {
  const { run, onOpen } = props;
  const classes = useStyles();
  if (run.alerts.length === 0) {
    return (
      <Typography color="textSecondary" style={{ padding: 8 }}>
        No alerts. A task raises one when a check fails or something needs a
        person, without failing itself.
      </Typography>
    );
  }
  return (
    <>
      {run.alerts.map((alert, i) => (
        <div key={i} className={classes.alert}>
          <div className={classes.head}>
            <ToneChip tone={alert.severity}>{alert.severity}</ToneChip>
            <strong>{alert.kind}</strong>
            {alert.taskId && (
              <Button size="small" onClick={() => onOpen(alert.taskId!)}>
                {alert.taskId}
              </Button>
            )}
            <RelativeTime at={alert.at} />
          </div>
          <div style={{ overflowWrap: 'anywhere' }}>{alert.message}</div>
          {alert.values && Object.keys(alert.values).length > 0 && (
            <pre className={classes.values}>
              {JSON.stringify(alert.values, undefined, 2)}
            </pre>
          )}
        </div>
      ))}
    </>
  );
}
