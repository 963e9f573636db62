import { makeStyles } from '@material-ui/core/styles';
import type { Attempt, TaskInstance } from '@maestro/plugin-maestro-common';
import { ExactTime, formatDuration } from '@maestro/plugin-maestro-react';
import { timings } from './timings';

const useStyles = makeStyles(theme => ({
  table: {
    marginTop: theme.spacing(1),
    borderCollapse: 'collapse',
    fontSize: theme.typography.pxToRem(13),
    '& td': {
      padding: theme.spacing(0.5, 2, 0.5, 0),
      borderBottom: `1px solid ${theme.palette.divider}`,
      fontVariantNumeric: 'tabular-nums',
    },
  },
  after: { textAlign: 'right', color: theme.palette.text.secondary },
}));

/** When an attempt reached each of its stages, and how long that took. */
export function TimingsTab(props: {
  attempt: Attempt;
  instance: TaskInstance | undefined;
}) {
  const { attempt, instance } = props;
  const classes = useStyles();
  return (
    <div>
      <table className={classes.table}>
        <tbody>
          {timings(attempt, instance).map(({ label, at, afterMs }) => (
            <tr key={label}>
              <td>{label}</td>
              <td>
                <ExactTime at={at} />
              </td>
              <td className={classes.after}>
                {afterMs === undefined ? '' : `+ ${formatDuration(afterMs)}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <table className={classes.table}>
        <tbody>
          {attempt.object && (
            <tr>
              <td>ran as</td>
              <td>{attempt.object}</td>
            </tr>
          )}
          {attempt.executorInstance && (
            <tr>
              <td>on</td>
              <td>{attempt.executorInstance}</td>
            </tr>
          )}
          <tr>
            <td>attempt id</td>
            <td>{attempt.attemptId}</td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}
