import type { Attempt, TaskInstance } from '@maestro/plugin-maestro-common';
import type { Context } from '../Context';
import type { FollowedPiece } from '../followRun';
import { LogLines } from '../logLines';
import { logLine } from '../output/airflowLog';

/** The logs of a whole run: each line behind the name of its task. */
export class RunLogs {
  readonly #context: Context;
  readonly #lines: LogLines;
  /** Of structured logs, shown as text. */
  readonly #records: LogLines;

  /** @param options.raw - lines of a structured log stay JSON */
  constructor(context: Context, options: { raw?: boolean } = {}) {
    this.#context = context;
    const { stdout, stderr } = context.streams;
    // With --output json stdout belongs to the result alone.
    const stream = context.json ? stderr : stdout;
    const write = (bytes: Buffer) => context.writeBytes(bytes, stream);
    this.#lines = new LogLines(write);
    this.#records = options.raw ? this.#lines : new LogLines(write, logLine);
  }

  async add({ task, attempt, hasRecords, bytes }: FollowedPiece) {
    const lines = hasRecords ? this.#records : this.#lines;
    await lines.add(prefixOf(task, attempt), bytes);
  }

  async end({ task, attempt, hasRecords }: Omit<FollowedPiece, 'bytes'>) {
    const lines = hasRecords ? this.#records : this.#lines;
    await lines.end(prefixOf(task, attempt));
    noteGap(this.#context, task, attempt);
  }
}

/** `train[3]` for one of a mapped task. */
export function instanceName(task: {
  taskId: string;
  mapIndex: number;
}): string {
  return task.mapIndex < 0 ? task.taskId : `${task.taskId}[${task.mapIndex}]`;
}

/** What is missing is never missing silently. */
export function noteGap(
  context: Context,
  task: TaskInstance,
  attempt: Attempt,
): void {
  if (attempt.logGap) {
    const is = attempt.logCompleteness === 'unknown' ? 'may not be' : 'is not';
    context.note(
      `maestro: the log of ${instanceName(task)}, attempt ${
        attempt.seq
      }, ${is} complete: ${attempt.logGap}`,
    );
  }
}

function prefixOf(task: TaskInstance, attempt: Attempt): string {
  const which = attempt.seq > 1 ? ` (attempt ${attempt.seq})` : '';
  return `${instanceName(task)}${which} | `;
}
