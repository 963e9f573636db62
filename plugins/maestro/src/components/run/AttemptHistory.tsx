import { makeStyles } from '@material-ui/core/styles';
import type { Attempt } from '@maestro/plugin-maestro-common';
import { Duration, ExactTime, StateIcon } from '@maestro/plugin-maestro-react';
import { attemptState, whyEnded } from './attemptWords';

const useStyles = makeStyles(theme => ({
  scroll: { overflow: 'auto', flex: 1, minHeight: 0 },
  table: {
    marginTop: theme.spacing(1),
    width: '100%',
    borderCollapse: 'collapse',
    fontSize: theme.typography.pxToRem(13),
    '& th': { textAlign: 'left', fontWeight: 600 },
    '& th, & td': {
      padding: theme.spacing(0.5, 1.5, 0.5, 0),
      borderBottom: `1px solid ${theme.palette.divider}`,
      fontVariantNumeric: 'tabular-nums',
      verticalAlign: 'top',
    },
  },
  open: {
    border: 0,
    padding: 0,
    background: 'none',
    color: theme.palette.primary.main,
    font: 'inherit',
    cursor: 'pointer',
  },
}));

/** All attempts of a task, newest first: its tries, and the looks of a sensor. */
export function AttemptHistory(props: {
  attempts: readonly Attempt[];
  onOpen: (seq: number) => void;
}) {
  const { attempts, onOpen } = props;
  const classes = useStyles();
  return (
    <div className={classes.scroll}>
      <table className={classes.table} aria-label="Attempts so far">
        <thead>
          <tr>
            <th>attempt</th>
            <th>try</th>
            <th>look</th>
            <th>started</th>
            <th>took</th>
            <th>how it ended</th>
          </tr>
        </thead>
        <tbody>
          {attempts
            .map((attempt, i) => ({ attempt, i }))
            .reverse()
            .map(({ attempt, i }) => (
              <tr key={attempt.seq}>
                <td>
                  <button
                    type="button"
                    className={classes.open}
                    onClick={() => onOpen(attempt.seq)}
                  >
                    <StateIcon state={attemptState(attempt)} size={13} />{' '}
                    {i + 1}
                  </button>
                </td>
                <td>{attempt.tryNumber}</td>
                <td>{(attempt.resumeNo ?? 0) + 1}</td>
                <td>
                  <ExactTime at={attempt.startedAt ?? attempt.claimedAt} />
                </td>
                <td>
                  {attempt.startedAt !== undefined && (
                    <Duration
                      ms={
                        attempt.endedAt === undefined
                          ? undefined
                          : attempt.endedAt - attempt.startedAt
                      }
                      since={attempt.startedAt}
                    />
                  )}
                </td>
                <td>
                  {whyEnded(attempt) ?? attempt.state}
                  {attempt.followUp?.action === 'reschedule' &&
                    attempt.followUp.nextTryAt !== undefined && (
                      <div>
                        next look <ExactTime at={attempt.followUp.nextTryAt} />
                      </div>
                    )}
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}
