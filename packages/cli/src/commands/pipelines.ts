import type { Command } from 'commander';
import {
  actorWords,
  type PipelineDetail,
  type PipelineSummary,
} from '@maestro/plugin-maestro-common';
import type { Context } from '../Context';
import { duration, time } from '../output/format';
import { isOver, slaWords, stateColour } from '../output/states';
import { facts, table } from '../output/table';
import { whyText } from './why';
import { registerDeleteHistory } from './deleteHistory';
import { registerStepCache } from './stepCache';

/** `maestro pipelines …`. */
export function registerPipelines(program: Command, context: Context): void {
  const pipelines = program
    .command('pipelines')
    .description('what there is to run');

  pipelines
    .command('list')
    .description('every pipeline with its schedule and last run')
    .action(async () => {
      const { items } = await context.client.listPipelines();
      const now = Date.now();
      await context.list(
        items,
        [
          { title: 'NAME', text: row => row.name },
          {
            title: 'OWNER',
            text: row => shortRef(row.ownerRef),
            shrinks: true,
          },
          {
            title: 'SCHEDULE',
            text: row => row.scheduleText ?? 'on demand',
            shrinks: true,
          },
          {
            title: 'NEXT RUN',
            text: row => (row.paused ? 'paused' : time(row.nextDueAt, now)),
          },
          {
            title: 'LAST RUN',
            text: row => newestRun(row)?.state,
            colour: row => {
              const run = newestRun(row);
              return run && stateColour(run);
            },
          },
          {
            title: 'DURATION',
            text: row => duration(newestRun(row)?.durationMs),
            align: 'right',
          },
          { title: 'SLA', text: row => slaText(row) },
          {
            title: 'PROBLEM',
            text: row => (row.removed ? 'removed' : row.problem),
            colour: () => 'red',
            shrinks: true,
          },
        ],
        'No pipelines yet. After a start they are read within seconds; "maestro pipelines problems" lists those that are not valid.',
      );
    });

  pipelines
    .command('show <name>')
    .description('one pipeline: schedule, tasks, what is wrong with it')
    .action(async (name: string) => {
      const pipeline = await context.client.getPipeline(name);
      await context.result(pipeline, () => detailText(context, pipeline));
    });

  pipelines
    .command('why <name>')
    .description(
      'why it starts no run now: paused, due later, waits for assets',
    )
    .action(async (name: string) => {
      const why = await context.client.whyPipelineWaits(name);
      await context.result(why, () => whyText(why));
    });

  for (const [command, paused] of [
    ['pause', true],
    ['unpause', false],
  ] as const) {
    pipelines
      .command(`${command} <name>`)
      .description(
        paused
          ? 'starts no more runs by schedule; running ones go on'
          : 'starts runs by schedule again',
      )
      .action(async (name: string) => {
        const now = await context.client.setPipelinePaused(name, paused);
        await context.result(
          now,
          () => `${now.name} is ${now.paused ? 'paused' : 'not paused'}.`,
        );
      });
  }

  registerDeleteHistory(pipelines, context);
  registerStepCache(pipelines, context);

  pipelines
    .command('refresh')
    .description('reads the catalog now instead of within 30 seconds')
    .action(async () => {
      const found = await context.client.refreshPipelines();
      await context.result(
        found,
        () =>
          `${found.pipelines} pipelines, ${found.changed} changed, ${found.problems} with problems.`,
      );
    });

  pipelines
    .command('problems')
    .description('pipelines that are not valid, and what runs instead')
    .action(async () => {
      const { items } = await context.client.listProblems();
      if (!context.json && items.length === 0) {
        context.note('Every pipeline is valid.');
        return;
      }
      await context.result(items, () =>
        items
          .map(item =>
            [
              `${item.name}  ${item.location ?? item.entityRef}`,
              ...item.problems.map(problem => `  ${problemText(problem)}`),
              item.lastGoodVersion === undefined
                ? '  There is no good version: it does not run.'
                : `  Version ${item.lastGoodVersion} still runs.`,
            ].join('\n'),
          )
          .join('\n\n'),
      );
    });
}

/** A run that is over tells more than the one that has just begun. */
function newestRun(row: PipelineSummary) {
  return row.lastRuns.find(run => !isOver(run)) ?? row.lastRuns[0];
}

function slaText({ slaMs, slaState }: PipelineSummary): string {
  if (slaMs === undefined) return '';
  return [`within ${duration(slaMs)}`, slaWords(slaState)]
    .filter(Boolean)
    .join(', ');
}

/** `group:default/ml-team` as `ml-team`. */
export function shortRef(ref: string): string {
  return ref.replace(/^[^:]+:(default\/)?/, '');
}

/** One line: place, what is wrong, what would be right. */
export function problemText(problem: {
  file?: string;
  line?: number;
  column?: number;
  path: string;
  message: string;
  expected?: string;
}): string {
  const place = [problem.file, problem.line, problem.column]
    .filter(part => part !== undefined)
    .join(':');
  return [
    place && `${place}: `,
    problem.path && `${problem.path}: `,
    problem.message,
    problem.expected && ` (expected ${problem.expected})`,
  ]
    .filter(Boolean)
    .join('');
}

function detailText(context: Context, pipeline: PipelineDetail): string {
  const now = Date.now();
  const { style } = context;
  const { tasks } = pipeline.definition;
  const parts = [
    facts(
      [
        ['Pipeline', pipeline.name],
        ['Description', pipeline.description],
        ['Owner', shortRef(pipeline.ownerRef)],
        ['Tags', pipeline.tags.join(', ')],
        ['Schedule', pipeline.scheduleText ?? 'on demand'],
        [
          'Paused',
          pipeline.paused ? `yes, by ${actorWords(pipeline.pausedBy)}` : '',
        ],
        ['Next run', pipeline.paused ? '' : time(pipeline.nextDueAt, now)],
        ['SLA', slaText(pipeline)],
        ['Version', pipeline.versionNumber],
        ['Source', pipeline.location],
        ['Active runs', pipeline.activeRuns],
      ],
      style,
    ),
    table(
      tasks,
      [
        { title: 'TASK', text: task => task.id },
        { title: 'KIND', text: task => task.kind },
        {
          title: 'AFTER',
          text: task => task.upstream.map(no => tasks[no].id).join(', '),
        },
        { title: 'RETRIES', text: task => task.retries, align: 'right' },
        {
          title: 'TIMEOUT',
          text: task => duration(task.timeoutMs),
          align: 'right',
        },
        {
          title: 'COMMAND',
          text: task => task.command?.join(' ') ?? task.branch?.if,
          shrinks: true,
        },
      ],
      style,
    ),
  ];
  const problems = pipeline.problems ?? [];
  if (problems.length > 0) {
    parts.push(
      [
        'Not valid now; the last good version runs on:',
        ...problems.map(problem => `  ${problemText(problem)}`),
      ].join('\n'),
    );
  }
  return parts.join('\n\n');
}
