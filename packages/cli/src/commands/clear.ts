import type { Command } from 'commander';
import type { ClearResult } from '@maestro/plugin-maestro-common';
import { collectText } from '../argumentValues';
import type { Context } from '../Context';
import { indices } from '../instances';
import { CommandError, EXIT } from '../outcome';
import { stateColour } from '../output/states';
import { table } from '../output/table';
import { resolveRun } from '../runReference';
import { instanceName } from './runLogs';

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
    .option('--no-downstream', 'leaves what comes after them as it is')
    .option('--upstream', 'also what comes before them')
    .option('--only-failed', 'of these, what failed or could not run')
    .option('--dry-run', 'tells what would run again')
    .option('-y, --yes', 'does not ask')
    .action(async (reference: string, options) => {
      const { client } = context;
      const runId = await resolveRun(client, reference);
      const request = {
        taskIds: options.task as string[] | undefined,
        mapIndices: options.index as number[] | undefined,
        downstream: options.downstream as boolean,
        upstream: Boolean(options.upstream),
        onlyFailed: Boolean(options.onlyFailed),
      };
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
        if (preview.tasks.length === 0) {
          await show(context, preview, 'There is nothing to clear.');
          return;
        }
        context.note(tasksTable(context, preview));
        const count = preview.tasks.length;
        const question = `${
          count === 1 ? 'This task runs' : `These ${count} tasks run`
        } again in run ${runId}. Clear?`;
        if (!(await context.confirm(question))) {
          context.note('Nothing was cleared.');
          context.exitCode = EXIT.failed;
          return;
        }
      }
      const done = await client.clearTasks(runId, request);
      await show(context, done, 'There was nothing to clear.');
    });
}

async function show(
  context: Context,
  result: ClearResult,
  whenEmpty: string,
): Promise<void> {
  if (!context.json && result.tasks.length === 0) {
    context.note(whenEmpty);
    return;
  }
  await context.result(result, () => tasksTable(context, result));
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
