import type { SlaViewState } from '@maestro/plugin-maestro-common';
import { formatDuration } from '../time/formatDuration';
import { useNow } from '../time/now';
import { formatExact, useTimeZone } from '../time/timeZone';
import type { StateTone } from '../states/stateTokens';
import { ToneChip } from './StateChip';

/** @public */
export interface SlaChipProps {
  state: SlaViewState;
  /** Epoch milliseconds of the deadline that the state is about. */
  deadline?: number;
  /** The objective in milliseconds, shown while nothing is due. */
  slaMs?: number;
  /** Says `SLA` before the verdict, where no heading does. Default false */
  named?: boolean;
}

const LOOK: Record<
  Exclude<SlaViewState, 'none'>,
  { tone: StateTone; icon: string; word: string; undated?: string }
> = {
  pending: {
    tone: 'queued',
    icon: '○',
    word: 'due in',
    undated: 'not due yet',
  },
  at_risk: { tone: 'warning', icon: '▲', word: 'at risk' },
  met: { tone: 'success', icon: '✓', word: 'met' },
  missed: { tone: 'critical', icon: '✕', word: 'missed' },
};

/**
 * Whether a deadline holds: `met`, `missed`, `at risk`, or the time that is
 * left. A dash where there is no SLA.
 *
 * @public
 */
export function SlaChip(props: SlaChipProps) {
  const { state, deadline, slaMs, named } = props;
  const prefix = named ? 'SLA ' : '';
  if (state === 'none') {
    return slaMs === undefined ? (
      <span>—</span>
    ) : (
      <span style={{ whiteSpace: 'nowrap' }}>
        {prefix}within {formatDuration(slaMs)}
      </span>
    );
  }
  const { tone, icon, word, undated = word } = LOOK[state];
  const open = state === 'pending' || state === 'at_risk';
  return (
    <ToneChip tone={tone} icon={<span aria-hidden>{icon}</span>}>
      {open && deadline !== undefined ? (
        <Left prefix={prefix} word={word} deadline={deadline} />
      ) : (
        `${prefix}${undated}`
      )}
    </ToneChip>
  );
}

function Left(props: { prefix: string; word: string; deadline: number }) {
  const { prefix, word, deadline } = props;
  const now = useNow();
  const { zone } = useTimeZone();
  const left = deadline - now;
  // The engine writes the verdict; between the deadline and the next answer
  // the page must not claim one of its own.
  let text = `${word} ${formatDuration(left)}`;
  if (left <= 0) text = 'due now';
  else if (word !== 'due in') text = `${word} · ${formatDuration(left)} left`;
  return (
    <span title={formatExact(deadline, zone)}>
      {prefix}
      {text}
    </span>
  );
}
