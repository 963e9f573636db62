import { makeStyles } from '@material-ui/core/styles';
import Typography from '@material-ui/core/Typography';
import { CopyTextButton } from '@backstage/core-components';
import type { Attempt } from '@maestro/plugin-maestro-common';
import { givenInputs } from './attemptInputs';
import { commandLine } from './attemptWords';

const useStyles = makeStyles(theme => ({
  scroll: { overflow: 'auto', paddingTop: theme.spacing(1) },
  command: { display: 'flex', alignItems: 'flex-start', gap: 8 },
  code: {
    flex: 1,
    margin: 0,
    padding: theme.spacing(1),
    borderRadius: 4,
    border: `1px solid ${theme.palette.divider}`,
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    fontSize: theme.typography.pxToRem(12),
  },
  env: {
    width: '100%',
    borderCollapse: 'collapse',
    fontFamily: 'monospace',
    fontSize: theme.typography.pxToRem(12),
    '& td': {
      verticalAlign: 'top',
      padding: theme.spacing(0.25, 1, 0.25, 0),
      overflowWrap: 'anywhere',
      borderBottom: `1px solid ${theme.palette.divider}`,
    },
    '& td:first-child': { width: '40%' },
  },
  title: { marginTop: theme.spacing(2) },
}));

/** What exactly was executed; the backend masked what is secret. */
export function CommandTab(props: {
  attempt: Attempt;
  /** Whether its task is an operator of Airflow. */
  isAirflow?: boolean;
}) {
  const { attempt, isAirflow } = props;
  const classes = useStyles();
  const given = givenInputs(attempt);
  const env = Object.entries(attempt.env ?? {}).sort(([a], [b]) =>
    a.localeCompare(b),
  );
  return (
    <div className={classes.scroll}>
      <Typography variant="subtitle2">Command</Typography>
      {attempt.command?.length ? (
        <div className={classes.command}>
          <pre className={classes.code}>{commandLine(attempt.command)}</pre>
          <CopyTextButton
            text={commandLine(attempt.command)}
            tooltipText="Copied"
            aria-label="Copy the command"
          />
        </div>
      ) : (
        <Typography color="textSecondary">
          {isAirflow
            ? 'None: the task SDK of Airflow runs the operator.'
            : 'not recorded'}
        </Typography>
      )}
      {attempt.image && (
        <>
          <Typography variant="subtitle2" className={classes.title}>
            Image
          </Typography>
          <pre className={classes.code}>{attempt.image}</pre>
          {attempt.executor === 'local' && (
            <Typography variant="body2" color="textSecondary">
              It had no effect: the executor "local" starts the command as a
              process of its own machine, not in a container.
            </Typography>
          )}
        </>
      )}
      <Typography variant="subtitle2" className={classes.title}>
        Environment
      </Typography>
      {env.length === 0 ? (
        <Typography color="textSecondary">not recorded</Typography>
      ) : (
        <table className={classes.env}>
          <tbody>
            {env.map(([name, value]) => (
              <tr key={name}>
                <td>{name}</td>
                <td>{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {Object.keys(given).length > 0 && (
        <>
          <Typography variant="subtitle2" className={classes.title}>
            Variables and connections it was given
          </Typography>
          <pre className={classes.code}>
            {JSON.stringify(given, undefined, 2)}
          </pre>
        </>
      )}
    </div>
  );
}
