import { Option, type Command } from 'commander';
import { formatIndices, type MarkResult } from '@maestro/plugin-maestro-common';
import { collectText } from '../argumentValues';
import type { Context } from '../Context';
import { indices } from '../instances';
import { CommandError, EXIT } from '../outcome';
import { resolveRun } from '../runReference';

/** `maestro runs mark RUN`. */
export function registerMark(runs: Command, context: Context): void {
  runs
    .command('mark <run>')
    .description('gives tasks a state by hand; what waited for them goes on')
    .requiredOption('--task <id>', 'which one (repeatable)', collectText)
    .option(
      '--index <n>',
      'of the one mapped task, only these instances, such as 3 or 0-3,7',
      indices,
    )
    .addOption(
      new Option('--state <state>', 'which state')
        .choices(['success', 'failed', 'skipped'])
        .makeOptionMandatory(),
    )
    .option('--dry-run', 'tells what it would do')
    .option('-y, --yes', 'does not ask')
    .action(async (reference: string, options) => {
      const { client } = context;
      const runId = await resolveRun(client, reference);
      const request = {
        taskIds: options.task as string[],
        mapIndices: options.index as number[] | undefined,
        state: options.state as 'success' | 'failed' | 'skipped',
      };
      if (!options.yes && !options.dryRun && !context.canAsk) {
        throw new CommandError(
          EXIT.usage,
          'Nobody can be asked here: say --yes to mark, or --dry-run to see what it would do',
        );
      }
      if (options.dryRun || !options.yes) {
        const preview = await client.markTasks(runId, {
          ...request,
          dryRun: true,
        });
        if (options.dryRun) {
          await context.result(preview, () => `A dry run. ${told(preview)}.`);
          return;
        }
        const question = `${told(preview)} in run ${runId}. Mark as ${
          request.state
        }?`;
        if (!(await context.confirm(question))) {
          context.note('Nothing was marked.');
          context.exitCode = EXIT.failed;
          return;
        }
      }
      const done = await client.markTasks(runId, request);
      await context.result(done, () => `${told(done)}.`);
    });
}

function told({ marked, reset }: MarkResult): string {
  const names = namesOf(marked) || 'nothing';
  return reset.length === 0
    ? `Marked: ${names}`
    : `Marked: ${names}; looked at again: ${namesOf(reset)}`;
}

/** The instances of a mapped task together, `score[0-3,7]`. */
function namesOf(tasks: MarkResult['marked']): string {
  const byTask = new Map<string, number[]>();
  for (const { taskId, mapIndex } of tasks) {
    const of = byTask.get(taskId) ?? [];
    byTask.set(taskId, of);
    if (mapIndex >= 0) of.push(mapIndex);
  }
  return [...byTask]
    .map(([id, of]) => (of.length === 0 ? id : `${id}[${formatIndices(of)}]`))
    .join(', ');
}
