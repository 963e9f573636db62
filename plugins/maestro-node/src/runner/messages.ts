import type { FailureClass } from '../executor/failure';
import type { LaunchRequest, ObservedAttempt } from '../executor/types';

/** Must equal PROTOCOL in launcher/protocol.mjs (a test compares them). */
export const PROTOCOL = 1;

/** Must equal LAYOUT in launcher/protocol.mjs. */
export const LAYOUT = 1;

/** `runner.json`: how to reach the launcher of a data directory. */
export interface RunnerInfo {
  pid: number;
  socket: string;
  protocol: number;
  layout: number;
  /** Epoch ms. */
  startedAt: number;
}

/** What the launcher says of itself. */
export interface HelloAnswer {
  protocol: number;
  layout: number;
  pid: number;
  dataDir: string;
  /** Attempts that run now. */
  live: number;
  /** Whether it knows `renew`; absent in earlier ones. */
  renews?: true;
  /** Whether it knows `handsOn` of a launch; absent in earlier ones. */
  handsOn?: true;
}

/**
 * What the launcher needs to start one attempt. The working directory is made
 * by it: `attempts/<id>/work`, with a link for each name in `links`.
 *
 * @public
 */
export interface ProcessRequest {
  attemptId: string;
  /** argv; the program is looked for on PATH of `env`. */
  command: string[];
  /** The whole environment: nothing is inherited. */
  env: Record<string, string>;
  /** Absolute path of the sources. */
  sourceDir: string;
  /** Entries of `sourceDir` to link into the working directory. */
  links: string[];
  /** Bytes of log at which the attempt is ended. */
  logLimitBytes: number;
  /** Free bytes on the data directory's disk below which a growing log is ended; 0 = no check. */
  minFreeBytes: number;
  /**
   * Milliseconds of `process.hrtime`, which is one clock for all processes of
   * a host: what arrives later does not begin, and the request rejects.
   */
  beginBefore?: number;
  /** As in the launch request. */
  handsOn?: LaunchRequest['handsOn'];
}

/**
 * How the launcher is.
 *
 * @public
 */
export interface RunnerHealth {
  /** Attempts that run now. */
  live: number;
  /** Bytes that can still be written on the disk of the data directory. */
  freeBytes: number;
  /** Outcomes that could not be written yet, because the disk is full. */
  unsaved: number;
}

export type Operation =
  | 'hello'
  | 'retire'
  | 'launch'
  | 'cancel'
  | 'forget'
  | 'list'
  | 'health'
  | 'renew';

export interface AnswerError {
  message: string;
  failure?: FailureClass;
}

export type LauncherMessage =
  | { event: 'observation'; attempt: ObservedAttempt }
  | { event: 'log'; attemptId: string; logBytes: number }
  | { re: number; item: ObservedAttempt }
  | { re: number; ok: unknown }
  | { re: number; error: AnswerError };
