import type { Command } from 'commander';
import {
  nameActors,
  type ClearRequest,
  type ClearResult,
} from '@maestro/plugin-maestro-common';
import { collectText } from '../argumentValues';
import type { Context } from '../Context';
import { indices } from '../instances';
import { CommandError, EXIT } from '../outcome';
import { localTime } from '../output/format';
import { stateColour } from '../output/states';
import { table } from '../output/table';
import { resolveRun } from '../runReference';
import { instanceName } from './runLogs';

const isEmpty = ({ tasks, others = [] }: ClearResult) =>
  tasks.length === 0 && others.length === 0;

/** `maestro runs clear RUN`. */
export function registerClear(runs: Command, context: Context): void {
  runs
    .command('clear <run>')
    .description('runs tasks again, with all that comes after them')
    .option(
      '--task <id>',
      'only this one (repeatable); default all',
      collectText,
    )
    .option(
      '--index <n>',
      'of the one mapped task, only these instances, such as 3 or 0-3,7',
      indices,
    )
    .option(
      '--group <id>',
      'only the tasks of this group (repeatable)',
      collectText,
    )
    .option('--no-downstream', 'leaves what comes after them as it is')
    .option('--upstream', 'also what comes before them')
    .option('--only-failed', 'of these, what failed or could not run')
    .option('--future', 'also in runs of later logical dates')
    .option('--past', 'also in runs of earlier logical dates')
    .option('--dry-run', 'tells what would run again')
    .option('-y, --yes', 'does not ask')
    .action(async (reference: string, options) =>
      clear(context, reference, options, {
        taskIds: options.task as string[] | undefined,
        mapIndices: options.index as number[] | undefined,
        groupIds: options.group as string[] | undefined,
        downstream: options.downstream as boolean,
        upstream: Boolean(options.upstream),
        onlyFailed: Boolean(options.onlyFailed),
        ...(options.future ? { future: true } : {}),
        ...(options.past ? { past: true } : {}),
      }),
    );

  runs
    .command('rerun <run>')
    .description('runs all tasks of a run again, with its version and params')
    .option('--failed', 'only what failed, and all that comes after it')
    .option('--dry-run', 'tells what would run again')
    .option('-y, --yes', 'does not ask')
    .action(async (reference: string, options) =>
      clear(
        context,
        reference,
        options,
        options.failed ? { fromFailed: true } : {},
      ),
    );
}

async function clear(
  context: Context,
  reference: string,
  options: { dryRun?: boolean; yes?: boolean },
  request: ClearRequest,
): Promise<void> {
  const { client } = context;
  const runId = await resolveRun(client, reference);
  if (!options.yes && !options.dryRun && !context.canAsk) {
    throw new CommandError(
      EXIT.usage,
      'Nobody can be asked here: say --yes to clear, or --dry-run to see what would be',
    );
  }
  if (options.dryRun || !options.yes) {
    const preview = await client.clearTasks(runId, {
      ...request,
      dryRun: true,
    });
    if (options.dryRun) {
      await show(context, preview, 'Nothing would be cleared.');
      return;
    }
    if (isEmpty(preview)) {
      await show(context, preview, 'There is nothing to clear.');
      return;
    }
    context.note(tablesOf(context, preview));
    if (!(await context.confirm(questionOf(preview, runId)))) {
      context.note('Nothing was cleared.');
      context.exitCode = EXIT.failed;
      return;
    }
  }
  const done = await client.clearTasks(runId, request);
  await show(context, done, 'There was nothing to clear.');
}

function questionOf({ tasks, others = [] }: ClearResult, runId: string) {
  if (others.length === 0) {
    return `${
      tasks.length === 1 ? 'This task runs' : `These ${tasks.length} tasks run`
    } again in run ${runId}. Clear?`;
  }
  const all = others.reduce((sum, run) => sum + run.tasks, tasks.length);
  const runs =
    others.filter(run => run.tasks > 0).length + (tasks.length > 0 ? 1 : 0);
  return `Clears ${all} task instances in ${runs} runs. Clear?`;
}

async function show(
  context: Context,
  result: ClearResult,
  whenEmpty: string,
): Promise<void> {
  if (!context.json && isEmpty(result)) {
    context.note(whenEmpty);
    return;
  }
  await context.result(result, () => tablesOf(context, result));
}

function tablesOf(context: Context, result: ClearResult): string {
  const { others = [] } = result;
  if (others.length === 0) return tasksTable(context, result);
  return [
    ...(result.tasks.length > 0 ? [tasksTable(context, result), ''] : []),
    table(
      others,
      [
        { title: 'OTHER RUN', text: row => row.runId },
        { title: 'LOGICAL DATE', text: row => localTime(row.logicalDate) },
        { title: 'TASKS', text: row => row.tasks, align: 'right' },
        {
          title: 'NOT, BECAUSE',
          text: row => nameActors(row.reason ?? ''),
          colour: () => 'yellow',
          shrinks: true,
        },
      ],
      context.style,
    ),
  ].join('\n');
}

function tasksTable(context: Context, result: ClearResult): string {
  return table(
    result.tasks,
    [
      {
        title: result.dryRun ? 'WOULD RUN AGAIN' : 'RUNS AGAIN',
        text: row => instanceName(row),
      },
      {
        title: 'STATE BEFORE',
        text: task => task.state,
        colour: row => stateColour(row),
      },
    ],
    context.style,
  );
}
