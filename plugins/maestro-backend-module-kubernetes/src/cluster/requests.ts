import { setTimeout as pause } from 'node:timers/promises';
import { durationWords } from '@maestro/plugin-maestro-common';
import {
  ExecutorError,
  LaunchLater,
  type LaunchRequest,
} from '@maestro/plugin-maestro-node';
import type { ClusterError } from './ClusterError';

/** Undefined when an object of that name is there already. */
export async function unlessThere<T>(
  request: Promise<T>,
): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if ((error as ClusterError).reason === 'AlreadyExists') return undefined;
    throw error;
  }
}

/** How often something is asked that decides what a launch has done. */
const TRIES = 3;

/** Before the second try, and twice that before the third, milliseconds. */
const AGAIN_MS = 200;

/**
 * Asks up to three times what fails.
 *
 * @param isOver - whether there is no time left to ask again
 */
export async function insist<T>(
  request: () => Promise<T>,
  isOver: () => boolean,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await request();
    } catch (error) {
      if (tries >= TRIES || isOver()) throw error;
      await pause(AGAIN_MS * tries);
    }
  }
}

/** How long a task may wait until it runs, and what it has waited. */
export interface StartPatience {
  waitedMs: number;
  limitMs: number;
}

/** As its task says, or else the configuration. */
export function startPatience(
  { waitedMs = 0, kubernetes }: LaunchRequest,
  startTimeoutMs: number,
): StartPatience {
  return { waitedMs, limitMs: kubernetes?.startTimeoutMs ?? startTimeoutMs };
}

/** Whether a launch was refused because a quota is used up, or not counted yet. */
export function isQuota(error: unknown): boolean {
  const { name, code, message } = error as ClusterError;
  return (
    name === 'ClusterError' &&
    code === 403 &&
    /(exceeded|status unknown for) quota/.test(message)
  );
}

/**
 * What a failed launch means to the engine.
 *
 * @param rights - what to do about a right that is missing
 * @param patience - with what a quota refuses, which may pass
 */
export function launchError(
  error: Error,
  rights: string,
  patience: StartPatience,
): Error {
  if (error.name !== 'ClusterError') return error;
  const { code, isRefusal, message } = error as ClusterError;
  const options = { cause: error };
  if (isQuota(error)) {
    const giveUpInMs = patience.limitMs - patience.waitedMs;
    return giveUpInMs > 0
      ? new LaunchLater(message, { ...options, giveUpInMs })
      : new ExecutorError(
          'queued_timeout',
          `It was not taken within ${durationWords(
            patience.limitMs,
          )}: ${message}`,
          options,
        );
  }
  if (
    // Turned away before it was looked at.
    code === 429 ||
    // Two changed the quota at once, and this one lost.
    code === 409
  ) {
    return new ExecutorError('launch', message, options);
  }
  if (code === 401) {
    return new ExecutorError(
      'launch',
      `${message}. The credentials of maestro.executors.kubernetes are not accepted: an expired token is read anew by the next launch`,
      options,
    );
  }
  // It may have been done all the same: the listing says.
  if (!isRefusal) return error;
  // RBAC's words: webhooks and the rules for pods refuse with 403 as well.
  const lacksRight = code === 403 && /cannot \w+ resource/.test(message);
  return new ExecutorError(
    'config',
    lacksRight ? `${message}. ${rights}` : message,
    options,
  );
}
