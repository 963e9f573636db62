import { makeStyles } from '@material-ui/core/styles';
import {
  type RunState,
  type TaskState,
  nameActors,
} from '@maestro/plugin-maestro-common';
import { stateWord } from '../states/stateWords';
import { useStateColors } from '../states/useStateColors';
import type { StateTone } from '../states/stateTokens';
import { StateIcon } from './StateIcon';

const useStyles = makeStyles(theme => ({
  chip: {
    display: 'inline-flex',
    alignItems: 'center',
    gap: 6,
    padding: '2px 8px 2px 6px',
    borderRadius: 10,
    fontSize: theme.typography.pxToRem(13),
    lineHeight: '18px',
    whiteSpace: 'nowrap',
    fontVariantNumeric: 'tabular-nums',
  },
}));

/** @public */
export interface StateChipProps {
  state: TaskState | RunState;
  /** Shown instead of the state's own word, such as `cancelled`. */
  label?: React.ReactNode;
  /** Why it is so, on hover. */
  reason?: string;
}

/**
 * A state as icon and word.
 *
 * @public
 */
export function StateChip(props: StateChipProps) {
  const { state, label, reason } = props;
  return (
    <ToneChip
      tone={state}
      icon={<StateIcon state={state} size={14} decorative />}
      title={reason && nameActors(reason)}
    >
      {label ?? stateWord(state)}
    </ToneChip>
  );
}

/** @public */
export interface ToneChipProps {
  tone: StateTone;
  icon?: React.ReactNode;
  title?: string;
  children: React.ReactNode;
}

/**
 * A short verdict in the colours of a state, such as an alert's severity.
 *
 * @public
 */
export function ToneChip(props: ToneChipProps) {
  const { tone, icon, title, children } = props;
  const classes = useStyles();
  const { color, tint } = useStateColors();
  return (
    <span
      className={classes.chip}
      style={{ color: color(tone), backgroundColor: tint(tone) }}
      title={title}
    >
      {icon}
      <span>{children}</span>
    </span>
  );
}
