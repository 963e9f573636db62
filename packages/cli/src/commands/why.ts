import type { Command } from 'commander';
import type { Context } from '../Context';
import { relative } from '../output/format';
import { oneLine } from '../output/table';
import { resolveRun, RUN_HELP } from '../runReference';

/** `maestro why RUN [TASK]`. */
export function registerWhy(program: Command, context: Context): void {
  program
    .command('why <run> [task]')
    .description('why a run, or one of its tasks, does not go on')
    .addHelpText('after', `\nRUN is ${RUN_HELP}.`)
    .action(async (reference: string, taskId: string | undefined) => {
      const runId = await resolveRun(context.client, reference);
      const why = await context.client.whyNotRunning(
        runId,
        taskId === undefined ? {} : { taskId },
      );
      const now = Date.now();
      await context.result(why, () =>
        why.chain.length === 0
          ? 'Nothing waits.'
          : why.chain
              .map(({ message, since, action }, depth) => {
                const indent =
                  depth === 0 ? '' : `${'   '.repeat(depth - 1)}└─ `;
                const when =
                  since === undefined ? '' : `, since ${relative(since, now)}`;
                const help = action ? `  → ${action.label}` : '';
                return oneLine(`${message}${when}${help}`).replace(/^/, indent);
              })
              .join('\n'),
      );
    });
}
