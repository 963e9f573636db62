import { InputError } from '@backstage/errors';
import {
  choiceSchema,
  OPTIONS_FIELD,
  type QuestionChoice,
} from '@maestro/plugin-maestro-common';
import { json, optionalText } from '../../database/conversion';
import type { AttemptRow, WaitRow } from '../../database/tables';
import type { RunDraft } from '../RunDraft';
import {
  checkInput,
  refuseStrangers,
  type ApprovalDecision,
  type Decider,
} from '../waits/decisionRules';
import type { DeferralArguments } from '../declaredOutcome';
import { failToWait, resume } from './resume';

/** What a task of Airflow asks people (human in the loop), secrets masked. */
export interface TaskQuestion extends QuestionChoice {
  subject: string;
  body?: string | null;
  /** `{value, description, schema}` each, as Airflow serializes a param. */
  params: Record<string, unknown>;
  /** Who may answer; nobody named means everybody with the permission. */
  assignees: Array<{ id: string; name: string }>;
}

/** `waits.trigger` of a question. */
interface StoredQuestion {
  message: string;
  question: TaskQuestion;
}

/** What a wait asks, as the portal's form for decisions shows it. */
export function shownQuestion(trigger: string) {
  const { message, question } = JSON.parse(trigger) as StoredQuestion;
  return {
    message,
    input: inputSchema(question),
    approvers: assigneesOf(question),
    answer: true,
  };
}

/** What the wait of an attempt keeps; undefined when it has asked nothing. */
export function questionToStore({ question: text }: AttemptRow) {
  if (text === null) return undefined;
  const question = JSON.parse(text) as TaskQuestion;
  const { subject, body } = question;
  const stored: StoredQuestion = {
    message: body ? `${subject}\n\n${body}` : subject,
    question,
  };
  return { what: `a decision: ${subject}`, trigger: { ...stored } };
}

/**
 * Answers what a task asks: it goes on with the answer, in another attempt of
 * the same try.
 *
 * @throws NotAllowedError for somebody who was not asked
 * @throws InputError with `problems` for a wrong answer, or for a rejection
 */
export async function answerQuestion(
  draft: RunDraft,
  slot: number,
  wait: WaitRow,
  { decision, input }: ApprovalDecision,
  decider: Decider,
): Promise<void> {
  const { id } = draft.task(slot);
  const name = draft.name(slot);
  const { question } = JSON.parse(wait.trigger) as StoredQuestion;
  if (decision === 'reject') {
    throw new InputError(
      `Task "${name}" asks for an answer and cannot be rejected: choose one of ${question.options.join(
        ', ',
      )}, or mark it`,
    );
  }
  refuseStrangers(name, assigneesOf(question), decider);
  const { [OPTIONS_FIELD]: chosen, ...params } = checkInput(
    inputSchema(question),
    input,
  );
  const { actor } = decider;
  const { map_index: mapIndex } = draft.instance(slot);
  draft.addEvent({
    type: 'approval',
    actor,
    body: {
      task: id,
      ...(mapIndex < 0 ? {} : { mapIndex }),
      decision,
      input: { [OPTIONS_FIELD]: chosen, ...params },
    },
  });
  await goOn(draft, slot, wait, {
    chosen: Array.isArray(chosen) ? chosen : [chosen],
    params,
    by: actor,
  });
}

/** Who answered last what a task asked in this run; undefined for nobody. */
export async function answeredBy(
  draft: RunDraft,
  slot: number,
): Promise<string | undefined> {
  const { ctx, tx } = draft;
  const { id } = draft.task(slot);
  const { map_index: mapIndex } = draft.instance(slot);
  const answers = await ctx.db
    .table(tx, 'events')
    .where({ run_id: draft.id, type: 'approval' })
    .orderBy('seq', 'desc')
    .select('actor', 'body');
  const answer = answers.find(({ body: text }) => {
    const body = json(text) as { task: string; mapIndex?: number };
    return body.task === id && (body.mapIndex ?? -1) === mapIndex;
  });
  return answer && optionalText(answer.actor);
}

/** Nobody has answered in time: the defaults count, or the task fails. */
export async function timeOutQuestion(
  draft: RunDraft,
  slot: number,
  wait: WaitRow,
): Promise<void> {
  const { question } = JSON.parse(wait.trigger) as StoredQuestion;
  if (!question.defaults) {
    await failToWait(draft, slot, wait);
    return;
  }
  await goOn(draft, slot, wait, {
    chosen: question.defaults,
    params: Object.fromEntries(
      Object.entries(question.params).map(([name, param]) => [
        name,
        (param as { value?: unknown })?.value ?? null,
      ]),
    ),
  });
}

async function goOn(
  draft: RunDraft,
  slot: number,
  wait: WaitRow,
  answer: { chosen: unknown[]; params: Record<string, unknown>; by?: string },
): Promise<void> {
  const { by } = answer;
  const goesOn = ({ next, secrets = [] }: DeferralArguments) => ({
    method: wait.next_method!,
    kwargs: {
      ...next,
      event: {
        chosen_options: answer.chosen,
        params_input: answer.params,
        // As the task SDK serializes a datetime.
        responded_at: {
          __classname__: 'datetime.datetime',
          __version__: 2,
          __data__: {
            timestamp: draft.now / 1000,
            tz: {
              __classname__: 'builtins.tuple',
              __version__: 1,
              __data__: ['UTC', 'pendulum.tz.timezone.FixedTimezone', 1, true],
            },
          },
        },
        responded_by_user: by === undefined ? null : { id: by, name: by },
        timedout: by === undefined,
      },
    },
    secrets,
  });
  await resume(draft, slot, wait, goesOn, () =>
    by === undefined ? { end: 'default' } : { end: 'answer', detail: by },
  );
}

function inputSchema({ params, ...choice }: TaskQuestion) {
  return {
    type: 'object',
    additionalProperties: false,
    required: [OPTIONS_FIELD, ...Object.keys(params)],
    properties: {
      [OPTIONS_FIELD]: choiceSchema(choice),
      ...Object.fromEntries(
        Object.entries(params).map(([name, param]) => [
          name,
          paramSchema(param),
        ]),
      ),
    },
  };
}

function paramSchema(param: unknown): Record<string, unknown> {
  const { value, description, schema } = (param ?? {}) as {
    value?: unknown;
    description?: string | null;
    schema?: Record<string, unknown>;
  };
  return {
    ...schema,
    ...(description ? { description } : {}),
    ...(value === null || value === undefined ? {} : { default: value }),
  };
}

/** References of those who were asked; a plain id is one of the namespace default. */
function assigneesOf({ assignees }: TaskQuestion): string[] {
  return assignees.map(({ id }) =>
    (/^[^:]+:/.test(id) ? id : `user:default/${id}`).toLocaleLowerCase('en-US'),
  );
}
