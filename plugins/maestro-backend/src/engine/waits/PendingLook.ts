import type { ExpressionContext } from '@maestro/plugin-maestro-common';
import type { WaitKey } from '../../database/operations/waits/waits';
import type { OutsideRequest, S3ObjectRequest } from './OutsideWorld';

/**
 * From when a look begins to when it counts as lost and begins again, in
 * milliseconds.
 */
export const LOOK_LEASE_MS = 30_000;

/**
 * A look that takes longer is given up, in milliseconds; what is left of the
 * lease is how long it may stand behind others.
 */
export const LONGEST_LOOK_MS = 20_000;

/** A look at the world outside, once its transaction is committed. */
export interface PendingLook extends WaitKey {
  /** Of this wait only: an answer for an earlier one changes nothing. */
  waitId: string;
  /**
   * By the steady clock of this process: one that begins later could still be
   * under way when its timer begins it again.
   */
  beginBefore: number;
  /** What is asked. */
  ask:
    | { kind: 'http' | 'call'; request: OutsideRequest }
    | { kind: 'object'; path: string }
    | { kind: 's3'; object: S3ObjectRequest };
  /** For the expressions that judge an answer. */
  context: ExpressionContext;
  /** Texts that must be shown nowhere. */
  secrets: string[];
}

/** What a look found. */
export type LookResult =
  | { is: 'there'; answer: string; outputs: Record<string, unknown> }
  | { is: 'not_yet'; answer: string }
  /** Waiting longer is of no use. */
  | { is: 'failed'; failure: 'http' | 'config'; message: string };
