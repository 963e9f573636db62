import { slaVerdict, type SlaViewState } from '@maestro/plugin-maestro-common';
import { num, optionalNum } from '../database/conversion';
import type { RunRow } from '../database/tables';

/**
 * State of a run's deadline as people see it. A verdict that was written is
 * the truth; only an open one is judged here: late already (the timer fires a
 * moment later), or at risk by how long such runs take.
 */
export function slaStateOf(
  run: Pick<
    RunRow,
    | 'sla_state'
    | 'sla_deadline'
    | 'state'
    | 'trigger'
    | 'run_after'
    | 'created_at'
    | 'started_at'
    | 'ended_at'
  >,
  facts: { now: number; medianMs?: number },
): SlaViewState {
  if (run.sla_state !== 'pending') return run.sla_state;
  const { now, medianMs } = facts;
  const startedAt = optionalNum(run.started_at);
  return slaVerdict({
    deadline: optionalNum(run.sla_deadline),
    now,
    succeededAt:
      run.state === 'success' ? optionalNum(run.ended_at) : undefined,
    clockStart: num(
      run.trigger === 'scheduled' ? run.run_after : run.created_at,
    ),
    expectedEndAt:
      medianMs === undefined ? undefined : (startedAt ?? now) + medianMs,
  });
}
