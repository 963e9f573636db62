import type { Command } from 'commander';
import { collectPair, instant, wholeNumber } from '../argumentValues';
import type { Context } from '../Context';

/** What `maestro test` was asked for. */
export interface TestOptions {
  param?: Record<string, string>;
  params?: string;
  connection?: Record<string, string>;
  variable?: Record<string, string>;
  maxParallel?: number;
  offline?: boolean;
  verbose?: boolean;
}

/** Where a run on this machine has its values from, and how it is run. */
export function testOptions(command: Command): Command {
  return command
    .option('--param <name=value>', 'one param (repeatable)', collectPair)
    .option('--params <json>', 'all params as a JSON object')
    .option(
      '--connection <id=json>',
      'a connection such as mlflow_default={"conn_type":"http","host":"localhost","port":5000} (repeatable)',
      collectPair,
    )
    .option('--variable <key=value>', 'a variable (repeatable)', collectPair)
    .option(
      '--max-parallel <n>',
      'tasks at the same time; default the cores of this machine',
      wholeNumber(1, 1000),
    )
    .option('--offline', 'does not ask a running portal')
    .option('--verbose', 'also what the engine says');
}

/** `maestro test PIPELINE_OR_FILE DATE`. */
export function registerTest(program: Command, context: Context): void {
  testOptions(program.command('test'))
    .argument('<pipeline>', 'file, folder or name')
    .argument('<date>', 'the logical date', instant)
    .description(
      'runs a pipeline once on this machine, with the real engine and without a portal',
    )
    .addHelpText(
      'after',
      `
PIPELINE is a file, a folder with catalog-info.yaml, or a name found in pipelines/*/
here or above, in the checkout or in the data directory.
Connections and variables come from the flags, else from the running portal, else
from the values that this machine's data directory starts with. Secrets cannot be
read from a portal: what is missing so is named.
Python is that of $MAESTRO_PYTHON (a folder or a program), else the checkout's.
Ctrl-C ends the run and its tasks.`,
    )
    .action(
      async (pipeline: string, logicalDate: number, options: TestOptions) => {
        // The engine is loaded only when it is wanted.
        const { testPipeline } = await import('../lazy/testPipeline');
        await testPipeline(context, {
          pipeline,
          logicalDate,
          ...options,
        });
      },
    );
}
