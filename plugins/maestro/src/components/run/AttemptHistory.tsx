import { makeStyles } from '@material-ui/core/styles';
import type { Attempt } from '@maestro/plugin-maestro-common';
import { Duration, ExactTime, StateIcon } from '@maestro/plugin-maestro-react';
import { attemptState, whyEnded } from './attemptWords';
import { hasDeferrals } from './DeferralHistory';
import { HistoryTable } from './HistoryTable';

/** @param part - what the attempts of one try are */
const columnsOf = (part: string) => [
  'attempt',
  'try',
  part,
  'started',
  'took',
  'how it ended',
];

const useStyles = makeStyles(theme => ({
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
    <HistoryTable
      label="Attempts so far"
      columns={columnsOf(hasDeferrals(attempts) ? 'part' : 'look')}
    >
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
                <StateIcon state={attemptState(attempt)} size={13} /> {i + 1}
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
    </HistoryTable>
  );
}
