import {
  choiceOf,
  OPTIONS_FIELD,
  type Wait,
} from '@maestro/plugin-maestro-common';

/** So many options are buttons; more of them are a list. */
const FEW = 4;

/** Of a form with options what stands in it, and what are its buttons. */
export interface QuestionParts {
  /** JSON Schema of what is filled in. */
  schema: Record<string, unknown>;
  /** Buttons, if one of few is chosen; else it is chosen in the form. */
  options?: string[];
  /** The one that counts when nobody answers. */
  usual?: string;
}

/** Takes the choice of one of few options out of the form of a question. */
export function questionParts(
  question: Pick<NonNullable<Wait['approval']>, 'answer' | 'input'>,
): QuestionParts {
  const { input = {} } = question;
  const choice = choiceOf(question);
  if (!choice || choice.multiple || choice.options.length > FEW) {
    return { schema: input };
  }
  const { [OPTIONS_FIELD]: _, ...properties } = input.properties as object & {
    [OPTIONS_FIELD]: unknown;
  };
  return {
    schema: {
      ...input,
      required: (input.required as string[] | undefined)?.filter(
        name => name !== OPTIONS_FIELD,
      ),
      properties,
    },
    options: choice.options,
    usual: choice.defaults?.[0],
  };
}

/** The question, and what is said about it in Markdown as with Airflow. */
export function subjectAndBody(message: string): [string, string] {
  const cut = message.indexOf('\n\n');
  return cut < 0
    ? [message, '']
    : [message.slice(0, cut), message.slice(cut + 2)];
}
