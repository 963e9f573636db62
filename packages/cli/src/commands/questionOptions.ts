import {
  choiceOf,
  OPTIONS_FIELD,
  type Approval,
} from '@maestro/plugin-maestro-common';
import { CommandError, EXIT } from '../outcome';

type Question = Pick<Approval, 'taskId' | 'input' | 'answer'>;

/** What was given on the command line. */
export interface Given {
  option?: string[];
  set?: Record<string, string>;
  input?: string;
}

/** What a person does, in words. */
export function deedOf(decision: 'approve' | 'reject', { answer }: Question) {
  if (answer) return { verb: 'answer', done: 'answered' };
  return decision === 'approve'
    ? { verb: 'approve', done: 'approved' }
    : { verb: 'reject', done: 'rejected' };
}

/**
 * What was chosen, as a field of the answer.
 *
 * @throws CommandError (2) with the options, where one has to be chosen first
 */
export function chosen(
  question: Question,
  decision: 'approve' | 'reject',
  { option: names, set, input }: Given,
): Record<string, unknown> {
  const choice = choiceOf(question);
  if (!choice) {
    if (!names) return {};
    throw new CommandError(
      EXIT.usage,
      `Task ${question.taskId} asks for a yes or a no: it has no options, so leave out --option`,
    );
  }
  const options = choice.options.map(name => `--option ${quoted(name)}`);
  const ways = options.join(' or ');
  if (decision === 'reject') {
    throw new CommandError(
      EXIT.usage,
      `Task ${question.taskId} is a question with options and cannot be rejected; answer it: maestro approvals approve with ${ways}`,
    );
  }
  if (names) {
    if (names.length > 1 && !choice.multiple) {
      throw new CommandError(
        EXIT.usage,
        `Task ${question.taskId} wants one option: ${ways}`,
      );
    }
    return { [OPTIONS_FIELD]: choice.multiple ? names : names[0] };
  }
  if (!choice.defaults && !set?.[OPTIONS_FIELD] && !input) {
    throw new CommandError(
      EXIT.usage,
      `Task ${question.taskId} wants ${
        choice.multiple ? 'some' : 'one'
      } of its options: ${ways}`,
    );
  }
  return {};
}

/** As one types it in a shell. */
function quoted(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}
