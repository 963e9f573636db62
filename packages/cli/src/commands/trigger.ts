import type { Command } from 'commander';
import type {
  PipelineDetail,
  RunSummary,
} from '@maestro/plugin-maestro-common';
import {
  collectPair,
  instant,
  paramValues,
  keyOfPartition,
  wholeNumber,
} from '../argumentValues';
import type { Context } from '../Context';
import { followRun } from '../followRun';
import { EXIT } from '../outcome';
import { duration } from '../output/format';
import { elapsed, withReason } from '../output/states';
import { problemText } from './pipelines';
import { RunLogs } from './runLogs';

interface TriggerOptions {
  param?: Record<string, string>;
  params?: string;
  runKey?: string;
  logicalDate?: number;
  partitionKey?: string;
  note?: string;
  /** Commander sets it to false for --no-cache. */
  cache: boolean;
  sla?: boolean;
  wait?: boolean;
  follow?: boolean;
  interval: number;
}

/** `maestro trigger PIPELINE`. */
export function registerTrigger(program: Command, context: Context): void {
  program
    .command('trigger <pipeline>')
    .description('starts a run now')
    .option(
      '--param <name=value>',
      'one param; numbers, true, false and JSON as such (repeatable)',
      collectPair,
    )
    .option('--params <json>', 'all params as a JSON object')
    .option('--run-key <key>', 'the same key again gives the same run')
    .option('--logical-date <date>', 'the date that the run is about', instant)
    .option(
      '--partition-key <key>',
      'the partition that the run is about, of a pipeline that is partitioned',
      keyOfPartition,
    )
    .option('--note <text>', 'a note for people')
    .option('--no-cache', 'no task is given the result of an earlier run')
    .option('--sla', 'holds the run to the SLA of its pipeline, from now')
    .option('--wait', 'waits for the end; exit code 1 when the run fails')
    .option('--follow', 'as --wait, and shows the logs of all tasks')
    .option(
      '--interval <ms>',
      'milliseconds between two looks while waiting',
      wholeNumber(50, 60_000),
      1_000,
    )
    .action((pipeline: string, options: TriggerOptions) =>
      trigger(context, pipeline, options),
    );
}

async function trigger(
  context: Context,
  pipeline: string,
  options: TriggerOptions,
): Promise<void> {
  const { client } = context;
  const known = await client.getPipeline(pipeline).catch(error => {
    // Who may start runs but not read pipelines needs it for a schema only; of
    // one that does not exist the trigger tells too.
    if (options.param) throw error;
    return undefined;
  });
  // Only the schema knows whether 5 is meant as a number or as a text.
  const schema = options.param ? known?.definition.params : undefined;
  const run = await client.triggerRun(pipeline, {
    params: paramValues(options, schema),
    runKey: options.runKey,
    logicalDate: options.logicalDate,
    partitionKey: options.partitionKey,
    note: options.note,
    ...(options.cache ? {} : { noCache: true }),
    ...(options.sla ? { sla: true } : {}),
  });
  if (run.created) warnOfProblems(context, run, known?.problems);
  const started = run.created
    ? `Run ${run.runId} of ${run.pipeline} is ${run.state}.`
    : `Run ${run.runId} of ${run.pipeline} existed with this run key and is ${run.state}.`;
  if (!options.wait && !options.follow) {
    await context.result(run, () => started);
    return;
  }
  context.note(started);
  const goesOn = () =>
    context.note(
      `\nThe run goes on; "maestro runs cancel ${run.runId}" ends it.`,
    );
  process.once('exit', goesOn);
  const logs = options.follow ? new RunLogs(context) : undefined;
  const end = await followRun({
    client,
    runId: run.runId,
    withoutLogs: !logs,
    onBytes: piece => logs!.add(piece),
    onEnd: piece => logs!.end(piece),
    pause: () => context.pause(options.interval),
  });
  process.removeListener('exit', goesOn);
  await context.result(end, () => endText(end));
  if (end.state === 'failed') context.exitCode = EXIT.failed;
}

/** A run of another text than the one in the file surprises whoever edits it. */
function warnOfProblems(
  context: Context,
  run: RunSummary,
  problems: PipelineDetail['problems'] = [],
): void {
  if (problems.length === 0) return;
  context.note(
    [
      `maestro: the file of ${run.pipeline} is not valid now; this run is of version ${run.versionNumber}, the last good one:`,
      ...problems.map(problem => `  ${problemText(problem)}`),
    ].join('\n'),
  );
}

/** How a run went, in a sentence. */
export function endText(run: RunSummary): string {
  const took = duration(elapsed(run, Date.now()));
  return `Run ${run.runId} of ${run.pipeline}: ${withReason(
    run.state,
    run.stateReason,
  )}${took && ` after ${took}`}.`;
}
