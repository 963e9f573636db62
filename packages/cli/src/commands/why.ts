import type { Command } from 'commander';
import { nameActors, type Why } from '@maestro/plugin-maestro-common';
import { wholeNumber } from '../argumentValues';
import type { Context } from '../Context';
import { CommandError, EXIT } from '../outcome';
import { duration, relative, shortId, time } from '../output/format';
import { oneLine } from '../output/table';
import { resolveRun, RUN_HELP } from '../runReference';

const INSTANT = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
const RUN_ID = /\b[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\b/g;

/** `maestro why RUN [TASK]`. */
export function registerWhy(program: Command, context: Context): void {
  program
    .command('why <run> [task]')
    .description('why a run, or one of its tasks, does not go on')
    .addHelpText('after', `\nRUN is ${RUN_HELP}.`)
    .option(
      '--index <n>',
      'of a mapped task this instance',
      wholeNumber(0, 9_999),
    )
    .action(async (reference: string, taskId: string | undefined, options) => {
      if (options.index !== undefined && taskId === undefined) {
        throw new CommandError(
          EXIT.usage,
          '--index names an instance of one task: say which, as in "maestro why RUN TASK --index 3"',
        );
      }
      const runId = await resolveRun(context.client, reference);
      const why = await context.client.whyNotRunning(
        runId,
        taskId === undefined ? {} : { taskId, mapIndex: options.index },
      );
      await context.result(why, () => whyText(why));
    });
}

/** The chain, each cause below the one that it explains. */
export function whyText({ chain }: Why): string {
  const now = Date.now();
  if (chain.length === 0) return 'Nothing waits.';
  return chain
    .map(({ message, since, until, action }, depth) => {
      const indent = depth === 0 ? '' : `${'   '.repeat(depth - 1)}└─ `;
      const when =
        since === undefined || since > now
          ? ''
          : `, for ${duration(now - since)}`;
      // Where the message names the instant, the distance stands beside it.
      const end =
        until === undefined || message.search(INSTANT) >= 0
          ? ''
          : `, ${relative(until, now)}`;
      const command = action?.command ? `: ${action.command}` : '';
      const help = action ? `  → ${action.label}${command}` : '';
      const dot = message.endsWith('.') ? '.' : '';
      const words = inThisPlace(message, now).replace(/\.$/, '');
      return `${indent}${oneLine(`${words}${when}${end}${dot}${help}`)}`;
    })
    .join('\n');
}

/**
 * Instants in this machine's time zone, ids of runs as people copy them, actors
 * as they are called.
 */
function inThisPlace(message: string, now: number): string {
  return nameActors(message)
    .replace(INSTANT, at => time(Date.parse(at), now))
    .replace(RUN_ID, shortId);
}
