import type { Command } from 'commander';
import type { Context } from '../Context';
import { duration, shortId, time } from '../output/format';
import { agreed } from './agreed';

/** `maestro pipelines cache NAME` and `clear-cache NAME`. */
export function registerStepCache(pipelines: Command, context: Context): void {
  pipelines
    .command('cache <name>')
    .description('results of tasks that later runs may reuse, newest first')
    .action(async (name: string) => {
      const { items } = await context.client.listStepCache(name);
      const now = Date.now();
      await context.list(
        items,
        [
          { title: 'TASK', text: entry => entry.taskId },
          { title: 'KEY', text: entry => entry.key.slice(0, 12) },
          { title: 'RUN', text: entry => shortId(entry.runId) },
          { title: 'MADE', text: entry => time(entry.createdAt, now) },
          {
            title: 'TOOK',
            text: entry => duration(entry.durationMs),
            align: 'right',
          },
          { title: 'REUSED', text: entry => entry.hits || '', align: 'right' },
          { title: 'EXPIRES', text: entry => time(entry.expiresAt, now) },
        ],
        'No results are kept; "cache" of a task keeps them.',
      );
    });

  pipelines
    .command('clear-cache <name>')
    .description('forgets these results; runs that reused one keep it')
    .option('--task <id>', 'only those of one task')
    .option('-y, --yes', 'does not ask')
    .action(async (name: string, options) => {
      const what = options.task
        ? `the results of task ${options.task}`
        : 'the results of all tasks';
      const question = `Forget ${what} of ${name}, so that later runs compute them again?`;
      if (!(await agreed(context, options.yes, question))) return;
      const gone = await context.client.clearStepCache(name, {
        taskId: options.task,
      });
      await context.result(
        gone,
        () => `Forgot ${gone.removed} result${gone.removed === 1 ? '' : 's'}.`,
      );
    });
}
