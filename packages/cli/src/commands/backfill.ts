import { Option, type Command } from 'commander';
import {
  nameActors,
  BACKFILL_LEFT_OUT_WORDS,
  type Backfill,
  type BackfillDetail,
  type BackfillPreviewAnswer,
  type BackfillRequest,
} from '@maestro/plugin-maestro-common';
import {
  collectPair,
  endOfRange,
  instant,
  paramValues,
  wholeNumber,
} from '../argumentValues';
import type { Context } from '../Context';
import { CommandError, EXIT } from '../outcome';
import { duration, localTime, shortId, time } from '../output/format';
import { withReason } from '../output/states';
import { table } from '../output/table';

interface CreateOptions {
  from: number;
  to: number;
  schedule?: string;
  param?: Record<string, string>;
  params?: string;
  maxActive: number;
  order: 'oldest' | 'newest';
  only: NonNullable<BackfillRequest['only']>;
  dryRun?: boolean;
}

/** `maestro backfill …`. */
export function registerBackfill(program: Command, context: Context): void {
  const backfill = program
    .command('backfill')
    .description('runs due times of the past');

  backfill
    .command('create <pipeline>')
    .description(
      'begins to run the due times of a range, a few at once; the range is one of logical dates: with the data intervals of an Airflow DAG the start of each, else the due times',
    )
    .requiredOption(
      '--from <date>',
      'first day or instant of logical dates',
      instant,
    )
    .requiredOption(
      '--to <date>',
      'last day (all of it) or instant of logical dates',
      endOfRange,
    )
    .option('--schedule <id>', 'needed where the pipeline has several')
    .option(
      '--param <name=value>',
      'one param; numbers, true, false and JSON as such (repeatable)',
      collectPair,
    )
    .option('--params <json>', 'all params as a JSON object')
    .option(
      '--max-active <n>',
      'runs at once; scheduled runs do not count',
      wholeNumber(1, 100),
      2,
    )
    .addOption(
      new Option('--order <which>', 'which due times run first')
        .choices(['oldest', 'newest'])
        .default('oldest'),
    )
    .addOption(
      new Option('--only <which>', 'which due times run')
        .choices(['missing', 'failed', 'missing-or-failed', 'all'])
        .default('missing'),
    )
    .option('--dry-run', 'tells what would run, and why the rest would not')
    .action((pipeline: string, options: CreateOptions) =>
      create(context, pipeline, options),
    );

  backfill
    .command('list')
    .description('backfills, newest first')
    .option('--pipeline <name>', 'only of this one')
    .option('--live', 'only those that are not over')
    .option('--limit <n>', 'at most so many', wholeNumber(1, 200), 50)
    .action(
      async (options: { pipeline?: string; live?: boolean; limit: number }) => {
        const { items } = await context.client.listBackfills(options);
        await context.result(items, () =>
          items.length === 0
            ? 'There is no backfill; "maestro backfill create" begins one.'
            : backfillsTable(context, items),
        );
      },
    );

  backfill
    .command('show <backfill>')
    .description('how far it has come, and what failed')
    .action(async (reference: string) => {
      const found = await context.client.getBackfill(
        await resolveBackfill(context, reference),
      );
      await context.result(found, () => detailText(context, found));
    });

  backfill
    .command('pause <backfill>')
    .description('starts nothing more; what runs goes on')
    .action((reference: string) => change(context, reference, 'paused'));

  backfill
    .command('unpause <backfill>')
    .description('goes on')
    .action((reference: string) => change(context, reference, 'running'));

  backfill
    .command('cancel <backfill>')
    .description('starts nothing more, and cancels its runs that are not over')
    .option('-y, --yes', 'does not ask')
    .action(async (reference: string, { yes }: { yes?: boolean }) => {
      const { client } = context;
      const backfillId = await resolveBackfill(context, reference);
      if (!yes) {
        if (!context.canAsk) {
          throw new CommandError(
            EXIT.usage,
            'Nobody can be asked here: say --yes to cancel',
          );
        }
        const { counts, pipeline } = await client.getBackfill(backfillId);
        const question = `Cancels ${
          counts.queued + counts.running
        } live runs of ${pipeline}, and ${
          counts.waiting
        } due times will not run. Cancel?`;
        if (!(await context.confirm(question))) {
          context.note('Nothing was cancelled.');
          context.exitCode = EXIT.failed;
          return;
        }
      }
      await change(context, backfillId, 'cancelled');
    });
}

async function create(
  context: Context,
  pipeline: string,
  options: CreateOptions,
): Promise<void> {
  const { client } = context;
  const schema = options.param
    ? (await client.getPipeline(pipeline)).definition.params
    : undefined;
  const { from, to, schedule, maxActive, order, only } = options;
  const request: BackfillRequest = {
    from,
    to,
    schedule,
    maxActive,
    order,
    only,
    params: paramValues(options, schema),
  };
  if (options.dryRun) {
    const preview = await client.previewBackfill(pipeline, request);
    await context.result(preview, () => previewText(context, preview, order));
    return;
  }
  const begun = await client.createBackfill(pipeline, request);
  await context.result(
    begun,
    () =>
      `Backfill ${begun.backfillId} of ${pipeline} began: ${leftWords(
        begun,
      )}, ${maxActive} at once.\n"maestro backfill show ${shortId(
        begun.backfillId,
      )}" tells how far it has come.`,
  );
}

async function change(
  context: Context,
  reference: string,
  state: 'running' | 'paused' | 'cancelled',
): Promise<void> {
  const { client } = context;
  const changed = await client.setBackfillState(
    await resolveBackfill(context, reference),
    state,
  );
  const words =
    state === 'running' && changed.state === 'running'
      ? 'goes on'
      : `is ${changed.state}`;
  await context.result(
    changed,
    () =>
      `Backfill ${changed.backfillId} of ${
        changed.pipeline
      } ${words}: ${leftWords(changed)}.`,
  );
}

/** An id, or its last characters as `list` shows them. */
export async function resolveBackfill(
  context: Context,
  reference: string,
): Promise<string> {
  if (reference.length >= 36) return reference;
  const { items } = await context.client.listBackfills({ limit: 200 });
  const found = items.filter(({ backfillId }) =>
    backfillId.endsWith(reference),
  );
  if (found.length === 1) return found[0].backfillId;
  throw new CommandError(
    EXIT.notFound,
    found.length === 0
      ? `No backfill ends with "${reference}"; "maestro backfill list" shows those there are`
      : `Several backfills end with "${reference}"; say more of the id`,
  );
}

function leftWords({ total, counts }: Backfill): string {
  return `${counts.waiting} of ${total} due times to run`;
}

function previewText(
  context: Context,
  { due, toRun, leftOut }: BackfillPreviewAnswer,
  order: 'oldest' | 'newest',
): string {
  const ordered = order === 'oldest' ? due : [...due].reverse();
  return [
    table(
      ordered,
      [
        { title: 'DUE', text: row => localTime(row.at) },
        {
          title: 'WOULD',
          text: row => (row.reason === undefined ? 'run' : 'be left out'),
          colour: row => (row.reason === undefined ? 'green' : undefined),
        },
        { title: 'BECAUSE', text: row => nameActors(row.reason ?? '') },
      ],
      context.style,
    ),
    '',
    `${toRun} of ${due.length} due times would run.`,
    ...leftOut.map(
      ({ reason, count }) => `${count} ${BACKFILL_LEFT_OUT_WORDS[reason]}.`,
    ),
  ].join('\n');
}

function backfillsTable(context: Context, items: readonly Backfill[]): string {
  const now = Date.now();
  return table(
    items,
    [
      { title: 'BACKFILL', text: row => shortId(row.backfillId) },
      { title: 'PIPELINE', text: row => row.pipeline, shrinks: true },
      { title: 'STATE', text: row => row.state },
      { title: 'FROM', text: row => localTime(row.from).slice(0, 10) },
      { title: 'TO', text: row => localTime(row.to).slice(0, 10) },
      { title: 'DONE', text: doneWords, align: 'right' },
      {
        title: 'RUNNING',
        text: row => row.counts.queued + row.counts.running,
        align: 'right',
      },
      {
        title: 'FAILED',
        text: row => row.counts.failed,
        align: 'right',
        colour: row => (row.counts.failed > 0 ? 'red' : undefined),
      },
      { title: 'LEFT', text: row => row.counts.waiting, align: 'right' },
      {
        title: 'THROUGH',
        text: row =>
          row.endedAt === undefined
            ? row.etaAt && `in ${duration(row.etaAt - now)}`
            : time(row.endedAt, now),
      },
    ],
    context.style,
  );
}

function doneWords({ total, counts }: Backfill): string {
  return `${counts.success + counts.failed + counts.deleted}/${
    total - counts.leftOut
  }`;
}

function detailText(context: Context, found: BackfillDetail): string {
  const { counts } = found;
  const facts = [
    `Backfill ${found.backfillId} of ${found.pipeline}: ${withReason(
      found.state,
      found.stateReason,
    )}`,
    `${localTime(found.from)} to ${localTime(found.to)}, schedule ${
      found.schedule
    }, ${found.only}, ${found.order} first, ${found.maxActive} at once`,
    Object.entries({
      'to run': counts.waiting,
      queued: counts.queued,
      running: counts.running,
      succeeded: counts.success,
      failed: counts.failed,
      'left out': counts.leftOut,
      cancelled: counts.cancelled,
      'with deleted history': counts.deleted,
    })
      .filter(([, n]) => n > 0)
      .map(([word, n]) => `${n} ${word}`)
      .join(', '),
    ...(found.etaAt === undefined || found.endedAt !== undefined
      ? []
      : [`Through at about ${localTime(found.etaAt)}`]),
  ];
  const told = found.members.filter(({ outcome }) =>
    ['failed', 'running', 'queued'].includes(outcome),
  );
  return told.length === 0
    ? facts.join('\n')
    : [
        ...facts,
        '',
        table(
          told,
          [
            { title: 'DUE', text: row => localTime(row.dueAt) },
            {
              title: 'STATE',
              text: row => row.outcome,
              colour: row => (row.outcome === 'failed' ? 'red' : undefined),
            },
            { title: 'RUN', text: row => row.runId ?? '' },
          ],
          context.style,
        ),
      ].join('\n');
}
