import { z } from 'zod';
import { maskValue } from '../engine/maskValue';
import type { TaskQuestion } from '../engine/triggers/taskQuestion';
import { AirflowApiError, notFound } from './AirflowApiError';
import type { AirflowCall } from './AirflowCall';

/** Largest question, in bytes of JSON. */
const MAX_BYTES = 64 * 1024;

const questionBody = z.object({
  options: z.array(z.string()).min(1).max(100),
  subject: z.string().min(1),
  body: z.string().nullish(),
  defaults: z.array(z.string()).nullish(),
  multiple: z.boolean().nullish(),
  params: z.record(z.string(), z.unknown()).nullish(),
  assigned_users: z
    .array(z.object({ id: z.string(), name: z.string() }))
    .nullish(),
});

/**
 * `POST hitlDetails/{id}`: what a task asks people. It waits for the answer when
 * its process has ended in the state `awaiting_input`; asked again, the last
 * question counts.
 */
export async function askPeople(call: AirflowCall): Promise<object> {
  call.assertOwn();
  const parsed = questionBody.safeParse((await call.body()).value);
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues;
    throw new AirflowApiError(
      422,
      'invalid_payload',
      `The question cannot be asked: ${path.join('.') || 'body'}: ${message}`,
    );
  }
  const { data } = parsed;
  const question = maskValue(
    {
      subject: data.subject,
      body: data.body ?? null,
      options: data.options,
      defaults: data.defaults ?? null,
      multiple: data.multiple ?? false,
      params: data.params ?? {},
      assignees: data.assigned_users ?? [],
    },
    call.secrets(),
  ) as TaskQuestion;
  const text = JSON.stringify(question);
  const size = Buffer.byteLength(text);
  if (size > MAX_BYTES) {
    throw new AirflowApiError(
      413,
      'too_large',
      `The question has ${size} bytes of JSON, and at most ${MAX_BYTES} can be asked; say in it where the rest stands`,
    );
  }
  await call.change((draft, attempt) => {
    draft.updateAttempt(attempt, { question: text });
  });
  const { assignees, ...asked } = question;
  return {
    ti_id: call.attempt.attempt_id,
    ...asked,
    assigned_users: assignees,
  };
}

/** `GET hitlDetails/{id}`: as long as its process lives nobody has answered. */
export async function lookAtQuestion(call: AirflowCall): Promise<object> {
  call.assertOwn();
  const { db, attempt } = call;
  const row = await db
    .table(db.knex, 'attempts')
    .where({ attempt_id: attempt.attempt_id })
    .first('question');
  if (!row || row.question === null) throw notFound('HITLDetail not found');
  return {
    response_received: false,
    responded_at: null,
    responded_by_user: null,
    chosen_options: [],
    params_input: {},
  };
}
