import type { ExpressionContext } from '@maestro/plugin-maestro-common';
import type { WaitKey } from '../../database/operations/waits/waits';
import type { OutsideRequest } from './OutsideWorld';

/** A look at the world outside, once its transaction is committed. */
export interface PendingLook extends WaitKey {
  /** Of this wait only: an answer for an earlier one changes nothing. */
  waitId: string;
  /** What is asked. */
  ask:
    | { kind: 'http' | 'call'; request: OutsideRequest }
    | { kind: 'object'; path: string };
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
