import type { Command } from 'commander';
import type { Context } from '../Context';
import { EXIT } from '../outcome';
import { facts, table } from '../output/table';

/** `maestro status`. */
export function registerStatus(program: Command, context: Context): void {
  program
    .command('status')
    .description('whether the scheduler works, and on what')
    .action(async () => {
      const status = await context.client.getStatus();
      const { runs, tasks } = status;
      await context.result(status, () =>
        [
          facts(
            [
              [
                'Scheduler',
                status.message ?? (status.ok ? 'works' : 'does not work'),
              ],
              ['Runs', `${runs.running} running, ${runs.queued} queued`],
              [
                'Tasks',
                `${tasks.running} running, ${tasks.queued} queued, ${tasks.scheduled} scheduled`,
              ],
            ],
            context.style,
          ),
          table(
            status.executors,
            [
              { title: 'EXECUTOR', text: one => one.name },
              {
                title: 'STATE',
                text: one => (one.ok ? 'ok' : 'not ok'),
                colour: one => (one.ok ? 'green' : 'red'),
              },
              {
                title: 'TASKS',
                text: one => `${one.live} of ${one.maxParallel}`,
                align: 'right',
              },
              {
                title: 'DEFAULT',
                text: one => (one.name === status.defaultExecutor ? 'yes' : ''),
              },
              { title: 'MESSAGE', text: one => one.message, shrinks: true },
            ],
            context.style,
          ),
        ].join('\n\n'),
      );
      if (!status.ok) context.exitCode = EXIT.failed;
    });
}
