import type { Random } from '../Random';
import type { DeferralPlan } from './History';

/**
 * What a task waits for without a process: nothing, a trigger, or several one
 * after the other. What nothing comes of has somebody who ends it.
 */
export function generateDeferrals(random: Random): DeferralPlan[] {
  return Array.from({ length: random.pick([0, 1, 1, 2]) }, () => {
    const fires = random.pick([
      'event',
      'event',
      'event',
      'failed',
      'success',
      'skipped',
      'gives_up',
      'never',
    ] as const);
    return {
      afterMs: random.pick([0, 50, 1_000, 8_000, 40_000]),
      fires,
      timeoutMs:
        fires === 'never' || random.chance(0.3)
          ? random.pick([200, 5_000, 20_000, 90_000])
          : undefined,
      twice: random.chance(0.3) ? true : undefined,
      isDeaf: random.chance(0.3) ? true : undefined,
    };
  });
}
