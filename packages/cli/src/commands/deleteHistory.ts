import type { Command } from 'commander';
import type { HistoryExtent } from '@maestro/plugin-maestro-common';
import { instant } from '../argumentValues';
import type { Context } from '../Context';
import { size } from '../output/format';
import { agreed } from './agreed';

/** `maestro pipelines delete-history NAME`. */
export function registerDeleteHistory(
  pipelines: Command,
  context: Context,
): void {
  pipelines
    .command('delete-history <name>')
    .description('removes finished runs with their logs and reports')
    .option('--before <date>', 'only those that ended earlier', instant)
    .option('--dry-run', 'tells what would go')
    .option('-y, --yes', 'does not ask')
    .action(async (name: string, options) => {
      const { client } = context;
      const { before } = options;
      if (options.dryRun || !options.yes) {
        const extent = await client.deleteHistory(name, {
          before,
          dryRun: true,
        });
        if (options.dryRun) {
          await context.result(
            extent,
            () => `Would go: ${extentText(extent)}.`,
          );
          return;
        }
        const question = `Delete ${extentText(extent)} of ${name} for ever?`;
        if (!(await agreed(context, false, question))) return;
      }
      const gone = await client.deleteHistory(name, { before });
      await context.result(gone, () => `Deleted ${extentText(gone)}.`);
    });
}

function extentText({ runs, logBytes, reports }: HistoryExtent): string {
  const count = (n: number, word: string) =>
    `${n} ${word}${n === 1 ? '' : 's'}`;
  return `${count(runs, 'finished run')} with ${size(
    logBytes,
  )} of logs and ${count(reports, 'report')}`;
}
