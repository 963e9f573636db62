import { makeStyles } from '@material-ui/core/styles';
import type { Attempt } from '@maestro/plugin-maestro-common';
import { Duration, ExactTime } from '@maestro/plugin-maestro-react';
import { awaitedWords, endWords, firedWords } from './deferralWords';
import { HistoryTable } from './HistoryTable';

const COLUMNS = ['deferred', 'by', 'waits for', 'waited', 'what ended it'];

const useStyles = makeStyles(theme => ({
  long: { overflowWrap: 'anywhere', minWidth: 120 },
  faint: { color: theme.palette.text.secondary },
  event: {
    display: 'block',
    marginTop: theme.spacing(0.5),
    maxHeight: 160,
    overflow: 'auto',
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    fontSize: theme.typography.pxToRem(12),
  },
}));

/** Whether a task has ever waited without a process. */
export function hasDeferrals(attempts: readonly Attempt[]): boolean {
  return attempts.some(({ followUp }) => followUp?.deferral);
}

/**
 * How often a task has deferred itself, newest first: what it waited for, how
 * long, and what it went on with, or why it did not.
 */
export function DeferralHistory(props: { attempts: readonly Attempt[] }) {
  const classes = useStyles();
  const rows = props.attempts.flatMap(({ followUp, tryNumber }, i) =>
    followUp?.deferral
      ? [{ ...followUp.deferral, tryNumber, number: i + 1 }]
      : [],
  );
  return (
    <HistoryTable label="Deferrals so far" columns={COLUMNS}>
      {rows.reverse().map(row => (
        <tr key={row.number}>
          <td>
            <ExactTime at={row.at} />
          </td>
          <td>
            attempt {row.number}, try {row.tryNumber}
          </td>
          <td className={classes.long}>
            <span title={row.trigger}>{awaitedWords(row)}</span>
            <div className={classes.faint}>
              goes on with <code>{row.method}</code>
            </div>
          </td>
          <td>
            <Duration
              ms={row.endedAt === undefined ? undefined : row.endedAt - row.at}
              since={row.at}
            />
          </td>
          <td className={classes.long}>
            {endWords(row) ?? (
              <>
                it waits
                {row.timeoutAt !== undefined && (
                  <>
                    {' '}
                    until <ExactTime at={row.timeoutAt} /> at most
                  </>
                )}
              </>
            )}
            {row.end === 'event' && row.detail !== undefined && (
              <code className={classes.event}>{firedWords(row.detail)}</code>
            )}
          </td>
        </tr>
      ))}
    </HistoryTable>
  );
}
