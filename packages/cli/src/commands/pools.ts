import type { Command } from 'commander';
import { wholeNumber } from '../argumentValues';
import type { Context } from '../Context';
import { time } from '../output/format';

/** `maestro pools …`. */
export function registerPools(program: Command, context: Context): void {
  const pools = program
    .command('pools')
    .description('slots that tasks of all pipelines share');

  pools
    .command('list')
    .description('every pool, how many slots are taken and who waits')
    .action(async () => {
      const { items } = await context.client.listPools();
      const now = Date.now();
      await context.list(
        items,
        [
          { title: 'POOL', text: row => row.name },
          { title: 'SLOTS', text: row => row.slots, align: 'right' },
          { title: 'USED', text: row => row.used, align: 'right' },
          { title: 'WAITING', text: row => row.waiting, align: 'right' },
          { title: 'CHANGED', text: row => time(row.updatedAt, now) },
          {
            title: 'USED BY',
            text: row => row.usedBy.join(', '),
            shrinks: true,
          },
          {
            title: 'DESCRIPTION',
            text: row => row.description,
            shrinks: true,
          },
        ],
        'No pools.',
      );
    });

  pools
    .command('set')
    .argument('<pool>')
    .argument('<slots>', 'with 0 no task of it starts', wholeNumber(0, 1e6))
    .argument('[description]', 'what it is for; without it that stays')
    .description('makes a pool, or changes how many slots it has')
    .action(async (name: string, slots: number, description?: string) => {
      const pool = await context.client.setPool(name, { slots, description });
      await context.result(
        pool,
        () =>
          `Pool ${pool.name} has ${pool.slots} ${
            pool.slots === 1 ? 'slot' : 'slots'
          }, ${pool.used} in use; ${pool.waiting} ${
            pool.waiting === 1 ? 'task waits' : 'tasks wait'
          }.`,
      );
    });

  pools
    .command('delete <pool>')
    .description('removes a pool that no task names')
    .option(
      '--force',
      'also while tasks name it: they wait until there is one of its name again',
    )
    .action(async (name: string, options) => {
      await context.client.deletePool(name, { force: Boolean(options.force) });
      await context.result(
        { pool: name, deleted: true },
        () => `Pool ${name} deleted.`,
      );
    });
}
