import type { Wait } from '@maestro/plugin-maestro-common';

/** The field with the options of what a task of Airflow asks. */
export const OPTIONS = '_options';

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
export function questionParts({
  answer,
  input = {},
}: Pick<NonNullable<Wait['approval']>, 'answer' | 'input'>): QuestionParts {
  const { [OPTIONS]: field, ...properties } = (input.properties ??
    {}) as Record<string, { enum?: string[]; default?: string }>;
  const options = field?.enum;
  if (!answer || !options || options.length > FEW) return { schema: input };
  return {
    schema: {
      ...input,
      required: (input.required as string[] | undefined)?.filter(
        name => name !== OPTIONS,
      ),
      properties,
    },
    options,
    usual: field.default,
  };
}

/** The question, and what is said about it in Markdown as with Airflow. */
export function subjectAndBody(message: string): [string, string] {
  const cut = message.indexOf('\n\n');
  return cut < 0
    ? [message, '']
    : [message.slice(0, cut), message.slice(cut + 2)];
}
