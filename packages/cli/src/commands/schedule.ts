import type { Command } from 'commander';
import type { SchedulePreviewAnswer } from '@maestro/plugin-maestro-common';
import { wholeNumber } from '../argumentValues';
import type { Context } from '../Context';
import { duration, localTime, time } from '../output/format';
import { oneLine, table } from '../output/table';

type Collision = SchedulePreviewAnswer['collisions'][number];

/** `maestro schedule …`. */
export function registerSchedule(program: Command, context: Context): void {
  const schedule = program
    .command('schedule')
    .description('what will run by itself');

  schedule
    .command('preview [pipeline]')
    .description(
      'the next days: runs, where they meet or want more than there is, peaks',
    )
    .option('--days <days>', 'how far to look', wholeNumber(1, 400), 90)
    .action(
      async (pipeline: string | undefined, { days }: { days: number }) => {
        const preview = await context.client.previewSchedule({
          days,
          pipeline,
        });
        await context.result(preview, () => previewText(context, preview));
      },
    );
}

function previewText(context: Context, preview: SchedulePreviewAnswer): string {
  const { pipelines, collisions, peaks, paused } = preview;
  const { onAssets = [], continuous = [] } = preview;
  const now = preview.from;
  const parts: string[] = [];
  parts.push(
    pipelines.length === 0
      ? 'Nothing runs by schedule.'
      : table(
          pipelines,
          [
            { title: 'PIPELINE', text: row => row.name },
            { title: 'RUNS', text: row => row.runs, align: 'right' },
            { title: 'NEXT', text: row => time(row.next[0], now) },
            {
              title: 'TAKES',
              text: row =>
                row.expectedMs === undefined
                  ? 'not known'
                  : duration(row.expectedMs),
              align: 'right',
            },
            {
              title: 'WAITS',
              text: row =>
                row.waiting &&
                `${row.waiting.runs} runs, up to ${duration(
                  row.waiting.longestMs,
                )}`,
              colour: () => 'yellow',
            },
          ],
          context.style,
        ),
  );
  const together = collisions.filter(({ kind }) => kind === 'same_instant');
  const inTheWay = collisions.filter(({ kind }) => kind !== 'same_instant');
  for (const [title, rows] of [
    ['Collisions', inTheWay],
    ['Due at the same time, which is no harm by itself', together],
  ] as const) {
    if (rows.length > 0) {
      parts.push('', title, collisionTable(context, rows));
    }
  }
  if (peaks.length > 0) {
    parts.push('', 'Peaks');
    parts.push(
      table(
        peaks,
        [
          { title: 'AT', text: row => localTime(row.at) },
          { title: 'RUNS AT ONCE', text: row => row.runs, align: 'right' },
          {
            title: 'PIPELINES',
            text: row => row.pipelines.join(', '),
            shrinks: true,
          },
        ],
        context.style,
      ),
    );
  }
  for (const [words, unforeseen] of [
    ['Started by events, which no forecast knows', onAssets],
    [
      'Started by the end of their last run, which no forecast knows',
      continuous,
    ],
  ] as const) {
    if (unforeseen.length === 0) continue;
    parts.push('', words);
    parts.push(
      table(
        [...unforeseen],
        [
          { title: 'PIPELINE', text: row => row.name },
          { title: 'WHEN', text: row => row.scheduleText, shrinks: true },
        ],
        context.style,
      ),
    );
  }
  if (paused.length > 0) {
    parts.push('', oneLine(`Paused, so not in it: ${paused.join(', ')}`));
  }
  if (preview.isCut) {
    parts.push(
      '',
      `There are so many runs that this looks only as far as ${localTime(
        preview.until,
      )}.`,
    );
  }
  return parts.join('\n');
}

function collisionTable(context: Context, rows: readonly Collision[]): string {
  return table(
    rows,
    [
      { title: 'FIRST', text: row => localTime(row.at[0]) },
      { title: 'TIMES', text: row => row.times, align: 'right' },
      {
        title: 'WHAT',
        text: collisionText,
        colour: ({ kind }) => (kind === 'same_instant' ? undefined : 'yellow'),
      },
      {
        title: 'PIPELINES',
        text: row => row.pipelines.join(', '),
        shrinks: true,
      },
    ],
    context.style,
  );
}

function collisionText({ kind, pool, wanted, limit }: Collision): string {
  switch (kind) {
    case 'same_instant':
      return `${wanted} are due together`;
    case 'max_active_runs':
      return `${wanted} runs, ${limit} allowed at once`;
    case 'max_active_tasks':
      return `${wanted} tasks, ${limit} allowed at once`;
    default:
      return `${wanted} tasks in pool ${pool} of ${limit} slots`;
  }
}
