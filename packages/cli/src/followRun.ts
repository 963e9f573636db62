import type {
  Attempt,
  MaestroClient,
  RunDetail,
  TaskInstance,
} from '@maestro/plugin-maestro-common';
import { hasRecords, runInstances } from './instances';
import { EXIT, explain } from './outcome';
import { isOver, isTaskOver } from './output/states';

/** A piece of a log, with whose it is. */
export interface FollowedPiece {
  task: TaskInstance;
  attempt: Attempt;
  /** Whether its lines may be records, which people read as text. */
  hasRecords: boolean;
  bytes: Uint8Array;
}

/** What to follow, and where it goes. */
export interface FollowOptions {
  client: MaestroClient;
  runId: string;
  /** Only of this task; default all. */
  taskId?: string;
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
  hasRecords: boolean;
  offset: number;
  over: boolean;
}

/** How long a portal may be away while something is followed. */
const PATIENCE_MS = 60_000;

class Follower {
  readonly #followed = new Map<string, Followed>();
  readonly #known = new Map<string, string>();
  #seen = '';
  #instances: TaskInstance[] = [];

  constructor(private readonly options: FollowOptions) {}

  /** Hands on what is new. @returns the run when that was all */
  async look(): Promise<RunDetail | undefined> {
    const { client, runId, wanted, withoutLogs } = this.options;
    const run = await client.getRun(runId);
    const tasks = withoutLogs
      ? run.tasks.filter(task => wanted?.(task) ?? true)
      : await this.#readInstances(run);
    if (!withoutLogs) {
      for (const task of tasks) await this.#findAttempts(run, task);
      for (const one of this.#followed.values()) {
        if (!one.over) await advance(this.options, one);
      }
    }
    const isDone = isOver(run) || tasks.every(isTaskOver);
    const areComplete = [...this.#followed.values()].every(one => one.over);
    return isDone && areComplete ? run : undefined;
  }

  /** Again only when something moved: a mapped task may have 10,000. */
  async #readInstances(run: RunDetail): Promise<TaskInstance[]> {
    const { client } = this.options;
    const seen = JSON.stringify([run.revision, run.tasks]);
    if (this.#seen !== seen) {
      this.#instances = await runInstances(client, run, this.options);
      this.#seen = seen;
    }
    return this.#instances;
  }

  /** All of them: one that came and went between two looks is not lost so. */
  async #findAttempts(run: RunDetail, task: TaskInstance): Promise<void> {
    const { client, runId } = this.options;
    const { taskId, mapIndex, latestAttemptId } = task;
    const key = `${taskId}[${mapIndex}]`;
    if (!latestAttemptId || this.#known.get(key) === latestAttemptId) return;
    const { items } = await client.listAttempts(runId, taskId, { mapIndex });
    for (const attempt of items) {
      if (this.#followed.has(attempt.attemptId)) continue;
      this.#followed.set(attempt.attemptId, {
        task,
        attempt,
        hasRecords: hasRecords(run, taskId),
        offset: 0,
        over: false,
      });
    }
    this.#known.set(key, latestAttemptId);
  }
}

/**
 * Hands on the logs of a run as they grow, every attempt of them, until the
 * tasks that are wanted are over.
 *
 * @returns the run as it was then
 */
export async function followRun(options: FollowOptions): Promise<RunDetail> {
  const follower = new Follower(options);
  let answeredAt = Date.now();
  for (;;) {
    try {
      const end = await follower.look();
      if (end) return end;
      answeredAt = Date.now();
    } catch (error) {
      // The portal may be restarted; runs go on meanwhile.
      const isAway = explain(error).exitCode === EXIT.unreachable;
      if (!isAway || Date.now() - answeredAt > PATIENCE_MS) throw error;
    }
    await options.pause();
  }
}

async function advance(options: FollowOptions, one: Followed): Promise<void> {
  const { offset: _, over: __, ...piece } = one;
  one.over = await readLog(
    options.client,
    piece.attempt.attemptId,
    one,
    bytes => options.onBytes!({ ...piece, bytes }),
  );
  if (one.over) await options.onEnd?.(piece);
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
