import { Option, type Command } from 'commander';
import {
  actorWords,
  nameActors,
  type RunDetail,
  type RunSummary,
  type TaskInstance,
} from '@maestro/plugin-maestro-common';
import { wholeNumber } from '../argumentValues';
import type { Context } from '../Context';
import { progressText } from '../instances';
import { duration, localTime, shortId, size, time } from '../output/format';
import {
  elapsed,
  failedTasks,
  slaWords,
  stateColour,
  withReason,
} from '../output/states';
import { facts, table } from '../output/table';
import { resolveRun, RUN_HELP } from '../runReference';
import { agreed } from './agreed';
import { resolveBackfill } from './backfill';
import { registerClear } from './clear';
import { registerMark } from './mark';
import { instanceName } from './runLogs';

/** Runs of one answer of the API. */
const PAGE = 500;

/** `maestro runs …`. */
export function registerRuns(program: Command, context: Context): void {
  const runs = program
    .command('runs')
    .description('what ran and runs')
    .addHelpText('after', `\nRUN is ${RUN_HELP}.`);

  runs
    .command('list')
    .description('runs, newest first')
    .option('--pipeline <name>', 'of one pipeline only')
    .addOption(
      new Option('--state <state>', 'in one state only').choices([
        'queued',
        'running',
        'success',
        'failed',
      ]),
    )
    .option(
      '--backfill <id>',
      'of one backfill only; an id or its last characters',
    )
    .option('--limit <n>', 'how many', wholeNumber(1, 100_000), 20)
    .action(async options => {
      const backfill =
        options.backfill && (await resolveBackfill(context, options.backfill));
      const items: RunSummary[] = [];
      let cursor: string | undefined;
      do {
        const page = await context.client.listRuns({
          pipeline: options.pipeline,
          state: options.state,
          backfill,
          limit: Math.min(PAGE, options.limit - items.length),
          cursor,
        });
        items.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor && items.length < options.limit);
      // A name nobody has is an error, not an empty list.
      if (items.length === 0 && options.pipeline) {
        await context.client.getPipeline(options.pipeline);
      }
      const now = Date.now();
      await context.list(
        items,
        [
          { title: 'RUN', text: run => shortId(run.runId) },
          { title: 'PIPELINE', text: run => run.pipeline },
          {
            title: 'STATE',
            text: run => run.state,
            colour: row => stateColour(row),
          },
          { title: 'TRIGGER', text: run => run.trigger },
          {
            title: 'LOGICAL DATE',
            text: run => localTime(run.logicalDate),
          },
          ...(items.some(run => run.partitionKey !== undefined)
            ? [
                {
                  title: 'PARTITION',
                  text: (run: RunSummary) => run.partitionKey,
                  shrinks: true,
                },
              ]
            : []),
          { title: 'STARTED', text: run => time(run.startedAt, now) },
          {
            title: 'DURATION',
            text: run => duration(elapsed(run, now)),
            align: 'right',
          },
          {
            title: 'SLA',
            text: run => slaWords(run.slaState),
          },
          {
            title: 'ALERTS',
            text: run => run.alertCount || '',
            align: 'right',
          },
          {
            title: 'REASON',
            text: run => nameActors(run.stateReason ?? ''),
            shrinks: true,
          },
          { title: 'NOTE', text: run => run.note, shrinks: true },
        ],
        'No runs.',
      );
    });

  runs
    .command('show <run>')
    .description('one run with its tasks, alerts and reports')
    .action(async (reference: string) => {
      const runId = await resolveRun(context.client, reference);
      const run = await context.client.getRun(runId);
      await context.result(run, () => runText(context, run));
    });

  runs
    .command('cancel <run>')
    .description('ends every task of a run; what cleans up still runs')
    .option('--force', 'ends what cleans up too (teardowns, finally)')
    .action(async (reference: string, options) => {
      const runId = await resolveRun(context.client, reference);
      const run = await context.client.cancelRun(runId, {
        force: Boolean(options.force),
      });
      await context.result(
        run,
        () =>
          `Run ${run.runId} of ${run.pipeline} ${
            run.endedAt === undefined
              ? 'is being cancelled.'
              : `is over: ${withReason(run.state, run.stateReason)}.`
          }`,
      );
    });

  runs
    .command('delete <run>')
    .description('removes a run that is over, with its logs and reports')
    .option('-y, --yes', 'does not ask')
    .action(async (reference: string, options) => {
      const { client } = context;
      const runId = await resolveRun(client, reference);
      if (
        !(await agreed(
          context,
          options.yes,
          `Delete run ${runId} with its logs, outputs and reports for ever?`,
        ))
      ) {
        return;
      }
      await client.deleteRun(runId);
      await context.result(
        { runId, deleted: true },
        () => `Run ${runId} deleted.`,
      );
    });

  registerClear(runs, context);
  registerMark(runs, context);
}

function runText(context: Context, run: RunDetail): string {
  const now = Date.now();
  const { style } = context;
  const params = Object.keys(run.params).length > 0;
  const parts = [
    facts(
      [
        ['Run', run.runId],
        ['Pipeline', `${run.pipeline}, version ${run.versionNumber}`],
        [
          'State',
          `${withReason(run.state, run.stateReason)}${failedTasks(run)}`,
        ],
        [
          'Trigger',
          `${run.trigger}${
            run.createdBy ? ` by ${actorWords(run.createdBy)}` : ''
          }`,
        ],
        ['Logical date', localTime(run.logicalDate)],
        [
          'Partition',
          [
            run.partitionKey,
            run.partitionDate && `(of ${localTime(run.partitionDate)})`,
          ]
            .filter(Boolean)
            .join(' '),
        ],
        ['Started', time(run.startedAt, now)],
        ['Duration', duration(elapsed(run, now))],
        [
          'SLA',
          [
            slaWords(run.slaState),
            run.slaDeadline && `(until ${localTime(run.slaDeadline)})`,
          ]
            .filter(Boolean)
            .join(' '),
        ],
        ['Params', params ? JSON.stringify(run.params) : ''],
        ['Note', run.note],
      ],
      style,
    ),
    table(
      run.tasks,
      [
        { title: 'TASK', text: row => instanceName(row) },
        {
          title: 'STATE',
          text: task => task.state,
          colour: row => stateColour(row),
        },
        {
          title: 'TRIES',
          text: task =>
            task.tryNumber ? `${task.tryNumber}/${task.maxTries}` : '',
          align: 'right',
        },
        { title: 'STARTED', text: task => time(task.startedAt, now) },
        {
          title: 'DURATION',
          text: task => duration(elapsed(task, now)),
          align: 'right',
        },
        {
          title: 'NEXT TRY',
          text: task => time(task.nextTryAt, now),
        },
        ...(run.tasks.some(task => task.mapped)
          ? [{ title: 'INSTANCES', text: progressText }]
          : []),
        ...(run.tasks.some(task => slaWords(task.slaState))
          ? [
              {
                title: 'SLA',
                text: (task: TaskInstance) => slaWords(task.slaState),
                colour: ({ slaState }: TaskInstance) =>
                  slaState === 'missed' ? ('red' as const) : undefined,
              },
            ]
          : []),
        {
          title: 'REASON',
          text: task => nameActors(task.reason ?? ''),
          shrinks: true,
        },
      ],
      style,
    ),
  ];
  if (run.alerts.length > 0) {
    parts.push(
      table(
        run.alerts,
        [
          { title: 'ALERT', text: alert => alert.kind },
          {
            title: 'SEVERITY',
            text: alert => alert.severity,
            colour: alert => (alert.severity === 'info' ? 'blue' : 'yellow'),
          },
          { title: 'TASK', text: alert => alert.taskId },
          { title: 'MESSAGE', text: alert => alert.message, shrinks: true },
        ],
        style,
      ),
    );
  }
  if (run.reports.length > 0) {
    parts.push(
      table(
        run.reports,
        [
          { title: 'REPORT', text: report => report.title ?? report.name },
          { title: 'TASK', text: report => report.taskId },
          { title: 'TYPE', text: report => report.contentType },
          { title: 'SIZE', text: report => size(report.size), align: 'right' },
        ],
        style,
      ),
    );
  }
  return parts.join('\n\n');
}
