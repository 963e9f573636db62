import type { EngineSettings } from '../engine/types';

/**
 * Settings of a simulated engine. Longer between its polls than in production,
 * so that a history has more of what happens and less of what does not.
 */
export const SIMULATION_SETTINGS: EngineSettings = {
  leaseMs: 10_000,
  pollMs: 6_000,
  reconcileMs: 9_000,
  cancelGraceMs: 3_000,
  instanceTtlMs: 40_000,
  logLimitBytes: 1024 * 1024,
  // So that a range takes several of them.
  backfillPage: 3,
};

/** Simulations begin here; half past, so that cron and interval differ. */
export const START = Date.parse('2026-03-01T12:00:30Z');
