import type { Command } from 'commander';
import { wholeNumber } from '../argumentValues';
import type { Context } from '../Context';
import { CommandError, EXIT } from '../outcome';
import { size, time } from '../output/format';
import { resolveRun, RUN_HELP } from '../runReference';
import { instanceName } from './runLogs';

/** Characters of a value in a table. */
const SHOWN = 200;

/** `maestro outputs RUN [TASK]`. */
export function registerOutputs(program: Command, context: Context): void {
  program
    .command('outputs <run> [task]')
    .description(
      "what tasks handed on (Airflow: XComs); with --key one value as JSON, however large, secrets hidden as '***'",
    )
    .addHelpText('after', `\nRUN is ${RUN_HELP}.`)
    .option('--key <key>', 'one output of the task, as JSON')
    .option(
      '--index <n>',
      'of one instance of a mapped task',
      wholeNumber(0, 100_000),
    )
    .action(async (run: string, taskId: string | undefined, options) => {
      const { client } = context;
      const { key, index: mapIndex } = options;
      if (taskId === undefined && (key ?? mapIndex) !== undefined) {
        throw new CommandError(
          EXIT.usage,
          '--key and --index are of one task: say which, as in "maestro outputs RUN TASK --key return_value"',
        );
      }
      const runId = await resolveRun(client, run);
      if (taskId !== undefined && key !== undefined) {
        const value = await client.downloadOutput(runId, {
          taskId,
          key,
          ...(mapIndex === undefined ? {} : { mapIndex }),
        });
        await context.writeBytes(Buffer.from(await value.arrayBuffer()));
        await context.writeBytes(Buffer.from('\n'));
        return;
      }
      const { items } = await client.listOutputs(runId, { taskId, mapIndex });
      const now = Date.now();
      await context.list(
        items,
        [
          { title: 'TASK', text: output => instanceName(output) },
          { title: 'KEY', text: output => output.key },
          { title: 'TRY', text: output => output.tryNumber, align: 'right' },
          { title: 'SIZE', text: output => size(output.size), align: 'right' },
          { title: 'WRITTEN', text: output => time(output.createdAt, now) },
          {
            title: 'VALUE',
            text: ({ value }) =>
              value === undefined
                ? '(large; --key shows it)'
                : JSON.stringify(value).slice(0, SHOWN),
            shrinks: true,
          },
        ],
        'No outputs.',
      );
    });
}
