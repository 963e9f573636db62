import type { Command } from 'commander';
import { choiceOf, type Approval } from '@maestro/plugin-maestro-common';
import {
  collectPair,
  collectText,
  paramValues,
  wholeNumber,
} from '../argumentValues';
import type { Context } from '../Context';
import { CommandError, EXIT } from '../outcome';
import { relative, shortId, time } from '../output/format';
import { withReason } from '../output/states';
import { resolveRun, RUN_HELP } from '../runReference';
import { agreed } from './agreed';
import { chosen, deedOf, type Given } from './questionOptions';
import { instanceName } from './runLogs';

interface DecideOptions extends Given {
  task?: string;
  index?: number;
  yes?: boolean;
}

const INDEX = [
  '--index <n>',
  'of a mapped task, which of its instances',
  wholeNumber(0, 100_000),
] as const;

/** `maestro approvals …`. */
export function registerApprovals(program: Command, context: Context): void {
  const approvals = program
    .command('approvals')
    .description('what waits for the decision of a person')
    .addHelpText('after', `\nRUN is ${RUN_HELP}.`);

  approvals
    .command('list')
    .description('open questions, oldest first')
    .option('--pipeline <name>', 'of one pipeline only')
    .action(async ({ pipeline }: { pipeline?: string }) => {
      const { items } = await context.client.listApprovals({ pipeline });
      const now = Date.now();
      await context.list(
        items,
        [
          { title: 'RUN', text: row => shortId(row.runId) },
          { title: 'PIPELINE', text: row => row.pipeline },
          { title: 'TASK', text: row => instanceName(row) },
          { title: 'SINCE', text: row => relative(row.since, now) },
          { title: 'UNTIL', text: row => time(row.timeoutAt, now) },
          {
            title: 'APPROVERS',
            text: row => row.approvers.join(', ') || 'everybody who may',
          },
          { title: 'OPTIONS', text: row => choiceOf(row)?.options.join(', ') },
          { title: 'QUESTION', text: row => row.message, shrinks: true },
        ],
        'Nothing waits for a decision.',
      );
    });

  approvals
    .command('approve <run>')
    .description('says yes, or answers what a DAG asks; the run goes on')
    .option('--task <id>', 'which one, if several wait in the run')
    .option(...INDEX)
    .option(
      '--option <name>',
      'which of the options of a DAG, "Reject" too (repeatable where several may be chosen)',
      collectText,
    )
    .option(
      '--set <name=value>',
      'one field of what is asked for; numbers, true, false and JSON as such (repeatable)',
      collectPair,
    )
    .option('--input <json>', 'all fields as a JSON object')
    .option('-y, --yes', 'does not ask')
    .action((run: string, options: DecideOptions) =>
      decide(context, 'approve', run, options),
    );

  approvals
    .command('reject <run>')
    .description('says no; the task fails')
    .option('--task <id>', 'which one, if several wait in the run')
    .option(...INDEX)
    .option('-y, --yes', 'does not ask')
    .action((run: string, options: DecideOptions) =>
      decide(context, 'reject', run, options),
    );
}

async function decide(
  context: Context,
  decision: 'approve' | 'reject',
  reference: string,
  options: DecideOptions,
): Promise<void> {
  const { client } = context;
  const runId = await resolveRun(client, reference);
  const question = await openQuestion(context, runId, options);
  const input = {
    ...paramValues(
      { params: options.input, param: options.set },
      question.input,
    ),
    ...chosen(question, decision, options),
  };
  const given =
    Object.keys(input).length === 0 ? '' : ` with ${JSON.stringify(input)}`;
  const deed = deedOf(decision, question);
  if (
    !(await agreed(
      context,
      options.yes,
      `"${question.message}" (task ${instanceName(question)} of ${
        question.pipeline
      }). ${deed.verb[0].toUpperCase()}${deed.verb.slice(1)}${given}?`,
      deed,
    ))
  ) {
    return;
  }
  const run = await client.decideApproval(runId, question.taskId, {
    decision,
    input,
    since: question.since,
    ...(question.mapIndex < 0 ? {} : { mapIndex: question.mapIndex }),
  });
  await context.result(
    run,
    () => `Task ${instanceName(question)} of run ${run.runId} ${deed.done}.`,
  );
}

type OpenQuestion = Pick<
  Approval,
  'taskId' | 'mapIndex' | 'pipeline' | 'message' | 'input' | 'answer' | 'since'
>;

/** The question that is meant; without `--task` the only one of the run. */
async function openQuestion(
  context: Context,
  runId: string,
  { task: taskId, index: mapIndex }: DecideOptions,
): Promise<OpenQuestion> {
  const { client } = context;
  const { tasks, pipeline } = await client.getRun(runId);
  const ofTasks = tasks.flatMap(({ taskId: id, wait }) =>
    wait?.approval
      ? [
          {
            ...wait.approval,
            taskId: id,
            mapIndex: -1,
            pipeline,
            since: wait.since,
          },
        ]
      : [],
  );
  const ofInstances = tasks.some(task => task.asking)
    ? (await client.listApprovals({ runId })).items.filter(
        each => each.mapIndex >= 0,
      )
    : [];
  const open = [...ofTasks, ...ofInstances].filter(
    each =>
      (taskId === undefined || each.taskId === taskId) &&
      (mapIndex === undefined || each.mapIndex === mapIndex),
  );
  if (open.length === 1) return open[0];
  if (open.length > 1) {
    const isOfOne = open.every(each => each.taskId === open[0].taskId);
    throw new CommandError(
      EXIT.usage,
      `Several tasks of run ${runId} wait for a decision: ${named(
        open,
      )}; say which with ${isOfOne ? '--index' : '--task'}`,
    );
  }
  const asked = tasks.find(task => task.taskId === taskId);
  const name =
    taskId === undefined
      ? undefined
      : instanceName({ taskId, mapIndex: mapIndex ?? -1 });
  throw new CommandError(
    EXIT.failed,
    asked && mapIndex === undefined
      ? `Task ${
          asked.taskId
        } of run ${runId} waits for no decision: it is ${withReason(
          asked.state,
          asked.reason,
        )}`
      : `Nothing in run ${runId} waits for a decision${
          name === undefined ? '' : ` by the name ${name}`
        }; "maestro approvals list" shows what does`,
  );
}

/** Names in one message. */
const MAX_NAMED = 10;

function named(questions: readonly OpenQuestion[]): string {
  const more = questions.length - MAX_NAMED;
  const names = questions.slice(0, MAX_NAMED).map(each => instanceName(each));
  return names.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
