import type { RunState, TaskState } from '@maestro/plugin-maestro-common';
import { stateWord } from '../states/stateWords';
import { useStateColors } from '../states/useStateColors';

/*
 * Each state has a shape of its own, so that nobody has to tell green from
 * lime: 16 × 16, drawn in the colour of the state, filled where work happened
 * and hollow where none did.
 */
const SHAPES: Record<TaskState, JSX.Element> = {
  none: (
    <circle
      cx="8"
      cy="8"
      r="5.5"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.2"
      strokeDasharray="2 2"
    />
  ),
  scheduled: (
    <g fill="none" stroke="currentColor" strokeWidth="1.5">
      <circle cx="8" cy="8" r="6" />
      <path d="M8 4.5V8l2.5 1.8" strokeLinecap="round" />
    </g>
  ),
  queued: (
    <g fill="none" stroke="currentColor" strokeWidth="1.5">
      <circle cx="8" cy="8" r="6" />
      <path d="M5 6.5h6M5 9.5h6" strokeLinecap="round" />
    </g>
  ),
  running: (
    <g>
      <circle
        cx="8"
        cy="8"
        r="6"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
      />
      <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" />
    </g>
  ),
  success: (
    <g>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path
        d="M4.6 8.3l2.3 2.3 4.5-4.8"
        fill="none"
        stroke="var(--maestro-on-state)"
        strokeWidth="1.8"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </g>
  ),
  failed: (
    <g>
      <rect x="1.5" y="1.5" width="13" height="13" rx="3" fill="currentColor" />
      <path
        d="M5.2 5.2l5.6 5.6M10.8 5.2l-5.6 5.6"
        stroke="var(--maestro-on-state)"
        strokeWidth="1.8"
        strokeLinecap="round"
      />
    </g>
  ),
  up_for_retry: (
    <path
      d="M12.8 5.2A5.8 5.8 0 1 0 13.8 8M13.4 2.4v3.2h-3.2"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.7"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  ),
  up_for_reschedule: (
    <path
      d="M3.2 10.8A5.8 5.8 0 1 0 2.2 8M2.6 13.6v-3.2h3.2"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.7"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  ),
  deferred: (
    <g fill="currentColor">
      <rect x="4" y="3" width="3" height="10" rx="1" />
      <rect x="9" y="3" width="3" height="10" rx="1" />
    </g>
  ),
  skipped: (
    <path
      d="M3 3.5l5 4.5-5 4.5zM8.5 3.5l5 4.5-5 4.5z"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinejoin="round"
    />
  ),
  upstream_failed: (
    <g>
      <path d="M8 1.5L15 14H1z" fill="currentColor" />
      <path
        d="M8 6v3.6M8 11.6v.4"
        stroke="var(--maestro-on-state)"
        strokeWidth="1.7"
        strokeLinecap="round"
      />
    </g>
  ),
  removed: (
    <path
      d="M3 8h10"
      stroke="currentColor"
      strokeWidth="1.8"
      strokeLinecap="round"
    />
  ),
};

/** @public */
export interface StateIconProps {
  state: TaskState | RunState;
  /** Edge length in pixels. Default 16 */
  size?: number;
  /** Set where the text beside it says the state already. */
  decorative?: boolean;
}

/**
 * The shape and colour of a state.
 *
 * @public
 */
export function StateIcon(props: StateIconProps) {
  const { state, size = 16, decorative } = props;
  const { color, tint } = useStateColors();
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      style={
        {
          color: color(state),
          '--maestro-on-state': tint(state),
          flexShrink: 0,
        } as React.CSSProperties
      }
      {...(decorative
        ? { 'aria-hidden': true }
        : { role: 'img', 'aria-label': stateWord(state) })}
    >
      {SHAPES[state]}
    </svg>
  );
}
