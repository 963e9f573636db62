import type {
  Attempt,
  MaestroClient,
  RunDetail,
  TaskInstance,
} from '@maestro/plugin-maestro-common';
import { isOver, isTaskOver } from './output/states';

/** A piece of a log, with whose it is. */
export interface FollowedPiece {
  task: TaskInstance;
  attempt: Attempt;
  bytes: Uint8Array;
}

/** What to follow, and where it goes. */
export interface FollowOptions {
  client: MaestroClient;
  runId: string;
  /** Only these task instances; default all. */
  wanted?(task: TaskInstance): boolean;
  /** Nothing is asked for, only waited. */
  withoutLogs?: boolean;
  onBytes?(piece: FollowedPiece): Promise<void>;
  /** The log of an attempt is complete. */
  onEnd?(piece: Omit<FollowedPiece, 'bytes'>): Promise<void>;
  /** Between two looks. */
  pause(): Promise<void>;
}

interface Followed {
  task: TaskInstance;
  attempt: Attempt;
  offset: number;
  over: boolean;
}

/**
 * Hands on the logs of a run as they grow, every attempt of them, until the
 * tasks that are wanted are over.
 *
 * @returns the run as it was then
 */
export async function followRun(options: FollowOptions): Promise<RunDetail> {
  const { client, runId } = options;
  const followed = new Map<string, Followed>();
  const known = new Map<number | string, string>();
  for (;;) {
    const run = await client.getRun(runId);
    const tasks = run.tasks.filter(task => options.wanted?.(task) ?? true);
    if (!options.withoutLogs) {
      for (const task of tasks) {
        const key = `${task.taskId}[${task.mapIndex}]`;
        // An attempt that came and went between two looks is not lost so.
        if (!task.latestAttemptId || known.get(key) === task.latestAttemptId) {
          continue;
        }
        known.set(key, task.latestAttemptId);
        const { items } = await client.listAttempts(runId, task.taskId, {
          mapIndex: task.mapIndex,
        });
        for (const attempt of items) {
          if (!followed.has(attempt.attemptId)) {
            const start = { task, attempt, offset: 0, over: false };
            followed.set(attempt.attemptId, start);
          }
        }
      }
      for (const one of followed.values()) {
        if (!one.over) await advance(options, one);
      }
    }
    const isDone = isOver(run) || tasks.every(isTaskOver);
    if (isDone && [...followed.values()].every(one => one.over)) return run;
    await options.pause();
  }
}

async function advance(options: FollowOptions, one: Followed): Promise<void> {
  const { task, attempt } = one;
  one.over = await readLog(options.client, attempt.attemptId, one, bytes =>
    options.onBytes!({ task, attempt, bytes }),
  );
  if (one.over) await options.onEnd?.({ task, attempt });
}

/**
 * Reads what is there of a log from `place.offset` on, and moves it.
 *
 * @returns whether no more will come
 */
export async function readLog(
  client: MaestroClient,
  attemptId: string,
  place: { offset: number },
  onBytes: (bytes: Uint8Array) => Promise<void>,
): Promise<boolean> {
  const response = await client.downloadLog(attemptId, {
    offset: place.offset,
  });
  // Said before the first byte, so nothing can come after these.
  const isEnd = response.headers.get('maestro-log-end') === 'true';
  if (response.body) {
    for await (const bytes of response.body as AsyncIterable<Uint8Array>) {
      place.offset += bytes.length;
      await onBytes(bytes);
    }
  }
  return isEnd;
}
