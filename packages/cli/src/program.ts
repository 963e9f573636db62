import { Command, CommanderError, Option } from 'commander';
import type { Context } from './Context';
import { registerAirflow } from './commands/airflow';
import { registerApprovals } from './commands/approvals';
import { registerAssets } from './commands/assets';
import { registerBackfill } from './commands/backfill';
import { registerConnections } from './commands/connections';
import { registerKubernetes } from './commands/kubernetes';
import { registerLogs } from './commands/logs';
import { registerOutputs } from './commands/outputs';
import { registerPipelines } from './commands/pipelines';
import { registerPools } from './commands/pools';
import { registerRuns } from './commands/runs';
import { registerSchedule } from './commands/schedule';
import { registerStatus } from './commands/status';
import { registerTest } from './commands/test';
import { registerTrigger } from './commands/trigger';
import { registerValidate } from './commands/validate';
import { registerVariables } from './commands/variables';
import { registerWebhooks } from './commands/webhooks';
import { registerWhy } from './commands/why';
import { errorText, EXIT, EXIT_CODES_HELP, explain } from './outcome';

const SURROUNDINGS_HELP = `Which Maestro: MAESTRO_URL and MAESTRO_TOKEN; else cli.json in MAESTRO_DATA_DIR,
in .maestro here or in a folder above, or in the checkout of this command.`;

/** All commands, over a context. */
export function makeProgram(context: Context, version: string): Command {
  const { streams } = context;
  const program = new Command('maestro')
    .description('Machine-learning pipelines: check, run, watch.')
    .version(version)
    .addOption(
      new Option(
        '-o, --output <format>',
        'table for people; json for programs: nothing else is on stdout',
      )
        .choices(['table', 'json'])
        .default('table'),
    )
    .addHelpText('after', `\n${EXIT_CODES_HELP}\n\n${SURROUNDINGS_HELP}`)
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(--help shows how)')
    .exitOverride()
    .configureOutput({
      writeOut: text => streams.stdout.write(text),
      writeErr: text => streams.stderr.write(text),
    })
    .hook('preAction', () => {
      context.json = program.opts().output === 'json';
    });
  registerValidate(program, context);
  registerPipelines(program, context);
  registerTrigger(program, context);
  registerRuns(program, context);
  registerApprovals(program, context);
  registerSchedule(program, context);
  registerBackfill(program, context);
  registerWhy(program, context);
  registerLogs(program, context);
  registerOutputs(program, context);
  registerAssets(program, context);
  registerWebhooks(program, context);
  registerVariables(program, context);
  registerConnections(program, context);
  registerPools(program, context);
  registerStatus(program, context);
  registerTest(program, context);
  registerKubernetes(program, context);
  registerAirflow(program, context);
  return program;
}

/**
 * Runs one command line.
 *
 * @param args - without interpreter and script
 * @returns the exit code
 */
export async function runCommand(
  context: Context,
  version: string,
  args: readonly string[],
): Promise<number> {
  try {
    await makeProgram(context, version).parseAsync(args, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    // Help and version are no failure; everything else was said already.
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    }
    // Whoever read us has had enough, as in "maestro logs … | head".
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return EXIT.done;
    const failure = explain(error);
    context.note(errorText(failure));
    return failure.exitCode;
  }
}
