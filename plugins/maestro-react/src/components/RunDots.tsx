import { useState } from 'react';
import { Link } from '@backstage/core-components';
import { makeStyles } from '@material-ui/core/styles';
import { type RunDot, nameActors } from '@maestro/plugin-maestro-common';
import { stateWord } from '../states/stateWords';
import { useStateColors } from '../states/useStateColors';
import { formatDuration } from '../time/formatDuration';
import { formatExact, useTimeZone } from '../time/timeZone';
import { DOTS, placeDots } from './runDotsGeometry';
import { triggerWord } from '../actors/triggerWords';
import { HoverCard } from './HoverCard';
import { StateIcon } from './StateIcon';

const useStyles = makeStyles(theme => ({
  strip: {
    position: 'relative',
    width: DOTS.count * DOTS.pitch,
    height: DOTS.bars + DOTS.gap + DOTS.dot,
  },
  run: {
    position: 'absolute',
    top: 0,
    width: DOTS.pitch,
    height: '100%',
    display: 'flex',
    flexDirection: 'column',
    justifyContent: 'flex-end',
    alignItems: 'center',
    gap: DOTS.gap,
    borderRadius: 3,
    '&:hover, &:focus-visible': {
      backgroundColor: theme.palette.action.hover,
    },
  },
  // Above its bar, which is often the longest.
  missed: {
    position: 'absolute',
    top: -3,
    zIndex: 1,
    padding: '0 2px',
    borderRadius: 3,
    fontSize: 12,
    lineHeight: '12px',
    fontWeight: 700,
    backgroundColor: theme.palette.background.paper,
  },
  bar: { width: 8, borderRadius: '1px 1px 0 0', opacity: 0.55 },
}));

/** @public */
export interface RunDotsProps {
  /** The last runs in any order; the newest 14 are shown. */
  runs: readonly RunDot[];
  /** Where a click on a run leads. */
  linkTo: (runId: string) => string;
}

/**
 * The last 14 runs: a bar for the duration above a mark for the state, newest
 * at the right. The place is reserved also for runs that do not exist yet.
 *
 * @public
 */
export function RunDots(props: RunDotsProps) {
  const { runs, linkTo } = props;
  const classes = useStyles();
  const { color, bar: barLook } = useStateColors();
  const { zone } = useTimeZone();
  const [hovered, setHovered] = useState<{ run: RunDot; anchor: Element }>();
  const describe = (run: RunDot) =>
    [
      run.state === 'failed' && run.stateReason === 'cancelled'
        ? 'cancelled'
        : stateWord(run.state),
      formatExact(run.runAfter, zone),
      run.durationMs === undefined ? '' : formatDuration(run.durationMs),
      run.slaState === 'missed' ? 'SLA missed' : '',
    ]
      .filter(Boolean)
      .join(', ');
  return (
    <div className={classes.strip}>
      {placeDots(runs).map(({ run, x, bar }) => (
        <Link
          key={run.runId}
          to={linkTo(run.runId)}
          className={classes.run}
          style={{ left: x }}
          aria-label={`Run ${describe(run)}`}
          onMouseEnter={event =>
            setHovered({ run, anchor: event.currentTarget })
          }
          onMouseLeave={() => setHovered(undefined)}
        >
          {bar > 0 && (
            <span
              className={classes.bar}
              style={{ height: bar, ...barLook(run.state) }}
            />
          )}
          {run.slaState === 'missed' && (
            <span
              className={classes.missed}
              style={{ color: color('critical') }}
              aria-hidden
            >
              !
            </span>
          )}
          <StateIcon state={run.state} size={DOTS.dot - 2} decorative />
        </Link>
      ))}
      {hovered && (
        <HoverCard anchor={hovered.anchor}>
          <div>{describe(hovered.run)}</div>
          <div>{triggerWord(hovered.run.trigger)}</div>
          {hovered.run.stateReason && (
            <div>{nameActors(hovered.run.stateReason)}</div>
          )}
        </HoverCard>
      )}
    </div>
  );
}
