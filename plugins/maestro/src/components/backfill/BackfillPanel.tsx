import { useMemo, useState } from 'react';
import Button from '@material-ui/core/Button';
import Paper from '@material-ui/core/Paper';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { useApi } from '@backstage/core-plugin-api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type Backfill, nameActors } from '@maestro/plugin-maestro-common';
import {
  ActorName,
  formatRelative,
  RelativeTime,
  useNow,
  useStateColors,
} from '@maestro/plugin-maestro-react';
import { maestroApiRef } from '../../api/maestroApi';
import { keys, useBackfill, useBackfills } from '../../state/queries';
import { useNotify } from '../../state/useNotify';
import { ActionDialog } from '../actions/ActionDialog';
import { Permitted } from '../actions/Permitted';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { ErrorNotice } from '../layout/ErrorNotice';
import { CalendarStrip } from './CalendarStrip';

const useStyles = makeStyles(theme => ({
  panel: {
    padding: theme.spacing(1, 1.5),
    marginBottom: theme.spacing(1),
    fontFamily: theme.typography.fontFamily,
  },
  line: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(1),
  },
  space: { flex: 1 },
  bar: {
    display: 'flex',
    height: 8,
    margin: theme.spacing(0.75, 0),
    borderRadius: 4,
    overflow: 'hidden',
    border: `1px solid ${theme.palette.divider}`,
  },
  faint: { color: theme.palette.text.secondary },
}));

/** One that is over is shown this long. */
const SHOWN_AFTER_MS = 24 * 3_600_000;

/** The backfills of a pipeline that go on, and those that ended lately. */
export function BackfillPanels(props: {
  pipeline: string;
  /** Shows the runs of one of them. */
  onShowRuns: (backfillId: string) => void;
}) {
  const { pipeline, onShowRuns } = props;
  const backfills = useBackfills(pipeline);
  const now = useNow();
  const shown = (backfills.data ?? []).filter(
    ({ endedAt }) => endedAt === undefined || now - endedAt < SHOWN_AFTER_MS,
  );
  if (backfills.error && !backfills.data) {
    return (
      <ErrorNotice
        title="The backfills could not be read"
        error={backfills.error}
      />
    );
  }
  return (
    <>
      {shown.map(backfill => (
        <BackfillPanel
          key={backfill.backfillId}
          backfill={backfill}
          onShowRuns={() => onShowRuns(backfill.backfillId)}
        />
      ))}
    </>
  );
}

/** How far a backfill has come, in numbers of due times. */
function progressWords({ counts, total, etaAt, state }: Backfill, now: number) {
  const done = counts.success + counts.failed + counts.deleted;
  return [
    `${done} of ${total - counts.leftOut} done`,
    counts.running + counts.queued > 0 &&
      `${counts.running + counts.queued} running`,
    counts.failed > 0 && `${counts.failed} failed`,
    counts.waiting > 0 && `${counts.waiting} left`,
    counts.leftOut > 0 && `${counts.leftOut} left out`,
    counts.cancelled > 0 && `${counts.cancelled} cancelled`,
    state === 'running' &&
      etaAt !== undefined &&
      `through ${formatRelative(etaAt, now)}`,
  ]
    .filter(Boolean)
    .join(' · ');
}

const STATE_WORDS = {
  running: 'goes on',
  paused: 'paused',
  cancelled: 'cancelled',
  done: 'done',
} as const;

function BackfillPanel(props: { backfill: Backfill; onShowRuns: () => void }) {
  const { backfill, onShowRuns } = props;
  const { backfillId, pipeline, counts, endedAt } = backfill;
  const classes = useStyles();
  const api = useApi(maestroApiRef);
  const client = useQueryClient();
  const notify = useNotify();
  const now = useNow();
  const [isOpen, setOpen] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const change = useMutation({
    mutationFn: (state: 'running' | 'paused' | 'cancelled') =>
      api.setBackfillState(backfillId, state),
    onSuccess: changed => {
      client.invalidateQueries({ queryKey: keys.backfills });
      client.invalidateQueries({ queryKey: keys.pipeline(pipeline) });
      notify.done(`Backfill of ${pipeline}: ${STATE_WORDS[changed.state]}`);
      setAsking(false);
    },
  });
  const live = counts.queued + counts.running;
  const act = (label: string, onClick: () => void) => (
    <Permitted to="setBackfillState">
      {disabled => (
        <Button
          size="small"
          variant="outlined"
          disabled={disabled || change.isPending}
          onClick={onClick}
        >
          {label}
        </Button>
      )}
    </Permitted>
  );
  const isGoing = endedAt === undefined && backfill.state !== 'cancelled';
  return (
    <Paper
      variant="outlined"
      className={classes.panel}
      role="region"
      aria-label={`Backfill by ${backfill.createdBy}`}
    >
      <div className={classes.line}>
        <strong>Backfill {STATE_WORDS[backfill.state]}</strong>
        <span className={classes.faint}>
          begun <RelativeTime at={backfill.createdAt} /> by{' '}
          <ActorName actor={backfill.createdBy} />
          {backfill.schedule !== 'default' && `, schedule ${backfill.schedule}`}
        </span>
        <span className={classes.space} />
        <Button size="small" onClick={onShowRuns}>
          Show runs
        </Button>
        <Button size="small" onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Hide due times' : 'Show due times'}
        </Button>
        {isGoing && backfill.state === 'running' && (
          <>{act('Pause', () => change.mutate('paused'))}</>
        )}
        {isGoing && backfill.state === 'paused' && (
          <>{act('Go on', () => change.mutate('running'))}</>
        )}
        {isGoing && act('Cancel…', () => setAsking(true))}
      </div>
      <ProgressBar backfill={backfill} />
      <div className={classes.faint}>{progressWords(backfill, now)}</div>
      {backfill.stateReason && (
        <div className={classes.faint}>{nameActors(backfill.stateReason)}</div>
      )}
      {change.error && !isAsking && (
        <ErrorNotice
          title="The backfill was not changed"
          error={change.error}
        />
      )}
      {isOpen && <DueTimes backfill={backfill} />}
      {isAsking && (
        <ActionDialog
          title={`Cancel this backfill of ${pipeline}?`}
          verb="Cancel the backfill"
          dismiss="Let it go on"
          destructive
          busy={change.isPending}
          onClose={() => setAsking(false)}
          onConfirm={() => change.mutate('cancelled')}
          failure={
            change.error
              ? {
                  title: 'The backfill was not cancelled',
                  error: change.error,
                }
              : undefined
          }
        >
          <Typography>
            {live === 0
              ? 'None of its runs is live.'
              : `Cancels ${live} live run${live === 1 ? '' : 's'}.`}{' '}
            {counts.waiting} due time{counts.waiting === 1 ? '' : 's'} will not
            run. What is done stays.
          </Typography>
        </ActionDialog>
      )}
    </Paper>
  );
}

function ProgressBar({ backfill }: { backfill: Backfill }) {
  const { counts, total } = backfill;
  const classes = useStyles();
  const { color } = useStateColors();
  const whole = Math.max(1, total - counts.leftOut);
  const done = counts.success + counts.failed + counts.deleted;
  const parts = [
    ['success', counts.success + counts.deleted],
    ['failed', counts.failed],
    ['running', counts.running],
    ['queued', counts.queued],
    ['skipped', counts.cancelled],
  ] as const;
  return (
    <div
      className={classes.bar}
      role="progressbar"
      aria-label="Due times done"
      aria-valuemin={0}
      aria-valuemax={whole}
      aria-valuenow={done}
    >
      {parts.map(
        ([tone, n]) =>
          n > 0 && (
            <span
              key={tone}
              style={{
                width: `${(n / whole) * 100}%`,
                backgroundColor: color(tone),
              }}
            />
          ),
      )}
    </div>
  );
}

function DueTimes({
  backfill: { backfillId, counts },
}: {
  backfill: Backfill;
}) {
  const backfill = useBackfill(backfillId, counts);
  const members = backfill.data?.members;
  const items = useMemo(
    () =>
      (members ?? []).map(({ dueAt, outcome, reason, runId }) => ({
        at: dueAt,
        tone: outcome,
        note: reason,
        runId,
      })),
    [members],
  );
  if (backfill.error && !backfill.data) {
    return (
      <ErrorNotice
        title="Its due times could not be read"
        error={backfill.error}
      />
    );
  }
  if (!backfill.data) return <DelayedSkeleton rows={1} height={32} />;
  return (
    <>
      <CalendarStrip label="Due times and what became of them" items={items} />
      {backfill.data.isCut && (
        <Typography variant="body2" color="textSecondary">
          The first {items.length} of {backfill.data.total}.
        </Typography>
      )}
    </>
  );
}
