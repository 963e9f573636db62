import type { Command } from 'commander';
import type { Context } from '../Context';
import { EXIT } from '../outcome';
import type { EngineStatus } from '@maestro/plugin-maestro-common';
import { relative } from '../output/format';
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
          ...schedulers(status, context),
        ].join('\n\n'),
      );
      if (!status.ok) context.exitCode = EXIT.failed;
    });
}

/** Who schedules; nothing is shown of one that is all there is. */
function schedulers(
  { now, schedulers: all = [] }: EngineStatus,
  context: Context,
): string[] {
  if (all.length < 2 && all.every(one => one.role === 'all')) return [];
  return [
    table(
      all,
      [
        { title: 'SCHEDULER', text: one => one.name },
        { title: 'HOST', text: one => one.host, shrinks: true },
        { title: 'ROLE', text: one => one.role },
        {
          title: 'STATE',
          text: one => (one.alive ? 'active' : 'gone'),
          colour: one => (one.alive ? 'green' : 'red'),
        },
        { title: 'SEEN', text: one => relative(one.seenAt, now) },
        { title: 'VERSION', text: one => one.version },
        { title: 'MESSAGE', text: one => one.message, shrinks: true },
      ],
      context.style,
    ),
  ];
}
