import type { Command } from 'commander';
import type {
  Attempt,
  RunDetail,
  TaskInstance,
} from '@maestro/plugin-maestro-common';
import { wholeNumber } from '../argumentValues';
import type { Context } from '../Context';
import { followRun, readLog } from '../followRun';
import { hasRecords, indices, runInstances } from '../instances';
import { CommandError, EXIT } from '../outcome';
import { ReadableLog } from '../output/readableLog';
import { isTaskOver } from '../output/states';
import { resolveRun, RUN_HELP } from '../runReference';
import { instanceName, noteGap, RunLogs } from './runLogs';

interface LogsOptions {
  follow?: boolean;
  raw?: boolean;
  attempt?: number;
  index?: number[];
  interval: number;
}

interface LogOf {
  task: TaskInstance;
  attempt: Attempt;
  hasRecords: boolean;
}

/** `maestro logs RUN [TASK]`. */
export function registerLogs(program: Command, context: Context): void {
  program
    .command('logs <run> [task]')
    .description(
      'the log of a task; without a task, of all tasks, each line behind the name of its task',
    )
    .addHelpText('after', `\nRUN is ${RUN_HELP}.`)
    .option('-f, --follow', 'goes on until the tasks are over')
    .option(
      '--raw',
      'byte by byte as the task wrote it; default the JSON lines of a task of Airflow as text',
    )
    .option(
      '--attempt <n>',
      'an earlier attempt; default the latest',
      wholeNumber(1, 1_000_000),
    )
    .option(
      '--index <n>',
      'which instances of a mapped task, such as 3 or 0-3,7; default all',
      indices,
    )
    .option(
      '--interval <ms>',
      'milliseconds between two looks with --follow',
      wholeNumber(50, 60_000),
      500,
    )
    .action(async (run: string, task: string | undefined, options) => {
      await logs(context, await resolveRun(context.client, run), task, options);
    });
}

async function logs(
  context: Context,
  runId: string,
  taskId: string | undefined,
  options: LogsOptions,
): Promise<void> {
  const { index } = options;
  if (index && taskId === undefined) {
    throw new CommandError(
      EXIT.usage,
      '--index names instances of one task: say which, as in "maestro logs RUN TASK --index 3"',
    );
  }
  const only = index && new Set(index);
  const wanted = (task: TaskInstance) =>
    only === undefined || only.has(task.mapIndex);
  const run = await context.client.getRun(runId);
  const tasks = await runInstances(context.client, run, {
    taskId,
    wanted,
  });
  const isKnown = run.tasks.some(task => task.taskId === taskId);
  if (tasks.length === 0 && isKnown) {
    throw new CommandError(
      EXIT.notFound,
      `Task "${taskId}" of run ${runId} has no such instance; "maestro runs show ${runId}" tells how many there are`,
    );
  }
  if (tasks.length === 0) {
    throw new CommandError(
      EXIT.notFound,
      `Run ${runId} has no task "${taskId ?? ''}"; it has ${[
        ...new Set(run.tasks.map(task => task.taskId)),
      ].join(', ')}`,
    );
  }
  const isOne = taskId !== undefined && tasks.length === 1;
  const isText = options.raw || !(isOne && hasRecords(run, taskId));
  if (options.follow && options.attempt === undefined) {
    await follow(context, runId, {
      taskId,
      wanted,
      isOne,
      isText,
      raw: options.raw,
      interval: options.interval,
    });
    return;
  }
  const found = await findAttempts(context, run, tasks, options.attempt);
  if (found.length === 0) throw noLog(runId, tasks, options.attempt);
  if (context.json) {
    await context.result(await asJson(context, found), () => '');
  } else if (isOne) {
    await copyOne(context, found[0], { isText, ...options });
  } else {
    const all = new RunLogs(context, options);
    for (const log of found) {
      const { attemptId } = log.attempt;
      await readLog(context.client, attemptId, { offset: 0 }, bytes =>
        all.add({ ...log, bytes }),
      );
      await all.end(log);
    }
  }
}

async function follow(
  context: Context,
  runId: string,
  options: {
    taskId?: string;
    wanted(task: TaskInstance): boolean;
    isOne: boolean;
    /** Whether the one log is copied as it is. */
    isText: boolean;
    raw?: boolean;
    interval: number;
  },
): Promise<void> {
  const all = new RunLogs(context, options);
  const one = oneLog(context, options);
  const decoders = new Map<string, TextDecoder>();
  let shown: string | undefined;
  await followRun({
    client: context.client,
    runId,
    taskId: options.taskId,
    wanted: options.wanted,
    pause: () => context.pause(options.interval),
    onBytes: async piece => {
      const { attempt, bytes } = piece;
      if (context.json) {
        // A character may be cut between two pieces.
        const decoder = decoders.get(attempt.attemptId) ?? new TextDecoder();
        decoders.set(attempt.attemptId, decoder);
        const text = decoder.decode(bytes, { stream: true });
        await context.write(JSON.stringify({ ...names(piece), text }));
      } else if (options.isOne) {
        // The log of all tasks has it in front of each line.
        if (attempt.seq > 1 && attempt.attemptId !== shown) {
          context.note(
            `maestro: attempt ${attempt.seq} of ${instanceName(piece.task)}`,
          );
        }
        shown = attempt.attemptId;
        await one.add(bytes);
      } else {
        await all.add(piece);
      }
    },
    onEnd: async piece => {
      if (context.json || options.isOne) {
        await one.end();
        noteGap(context, piece.task, piece.attempt);
      } else {
        await all.end(piece);
      }
    },
  });
}

/** The attempt that is meant of each task that has one. */
async function findAttempts(
  context: Context,
  run: RunDetail,
  tasks: TaskInstance[],
  seq: number | undefined,
): Promise<LogOf[]> {
  const found: LogOf[] = [];
  for (const task of tasks) {
    if (!task.latestAttemptId) continue;
    const { items } = await context.client.listAttempts(
      run.runId,
      task.taskId,
      { mapIndex: task.mapIndex },
    );
    const attempt = items.find(one =>
      seq === undefined
        ? one.attemptId === task.latestAttemptId
        : one.seq === seq,
    );
    if (attempt) {
      found.push({ task, attempt, hasRecords: hasRecords(run, task.taskId) });
    }
  }
  return found;
}

/** Where the log of one task goes. */
function oneLog(
  context: Context,
  { isText }: { isText: boolean },
): Pick<ReadableLog, 'add' | 'end'> {
  const write = (bytes: Uint8Array) => context.writeBytes(bytes);
  return isText ? { add: write, end: async () => {} } : new ReadableLog(write);
}

async function copyOne(
  context: Context,
  { task, attempt }: LogOf,
  options: LogsOptions & { isText: boolean },
): Promise<void> {
  const place = { offset: 0 };
  const log = oneLog(context, options);
  for (;;) {
    const isEnd = await readLog(
      context.client,
      attempt.attemptId,
      place,
      bytes => log.add(bytes),
    );
    if (isEnd || !options.follow) break;
    await context.pause(options.interval);
  }
  await log.end();
  noteGap(context, task, attempt);
}

async function asJson(context: Context, found: LogOf[]) {
  const result = [];
  for (const { task, attempt } of found) {
    const parts: Uint8Array[] = [];
    await readLog(
      context.client,
      attempt.attemptId,
      { offset: 0 },
      async bytes => void parts.push(bytes),
    );
    const text = Buffer.concat(parts).toString('utf8');
    result.push({
      ...names({ task, attempt }),
      gap: attempt.logGap,
      completeness: attempt.logCompleteness,
      text,
    });
  }
  return result;
}

function names({ task, attempt }: Pick<LogOf, 'task' | 'attempt'>) {
  return {
    taskId: task.taskId,
    mapIndex: task.mapIndex,
    attempt: attempt.seq,
    attemptId: attempt.attemptId,
  };
}

function noLog(
  runId: string,
  tasks: TaskInstance[],
  seq: number | undefined,
): CommandError {
  const states = tasks
    .slice(0, 5)
    .map(task => `${instanceName(task)} is ${task.state}`)
    .join(', ');
  if (seq !== undefined) {
    return new CommandError(
      EXIT.notFound,
      `There is no attempt ${seq} in run ${runId}: ${states}`,
    );
  }
  return new CommandError(
    EXIT.notFound,
    `There is no log yet: ${states}${
      tasks.every(isTaskOver)
        ? ', and will not run'
        : `. "maestro why ${runId}" tells what it waits for, "-f" waits with it`
    }`,
  );
}
