/**
 * The options of what a task of Airflow asks people (human in the loop): one
 * field of the form of its question, written where it is asked and read where it
 * is shown and answered.
 *
 * @packageDocumentation
 */

/**
 * Field of the form, and of an answer, with the options. Airflow lets no param be
 * called so.
 *
 * @public
 */
export const OPTIONS_FIELD = '_options';

/** Of what one chooses in a question. @public */
export interface QuestionChoice {
  options: string[];
  /** Whether several may be chosen: then the answer is a list. */
  multiple: boolean;
  /** Chosen when nobody answers in time; without them the task fails. */
  defaults?: string[] | null;
}

/** A choice as JSON Schema of its field. @public */
export function choiceSchema({
  options,
  multiple,
  defaults,
}: QuestionChoice): Record<string, unknown> {
  return multiple
    ? {
        type: 'array',
        title: 'Options',
        items: { type: 'string', enum: options },
        uniqueItems: true,
        minItems: 1,
        ...(defaults ? { default: defaults } : {}),
      }
    : {
        type: 'string',
        title: 'Option',
        enum: options,
        ...(defaults?.[0] === undefined ? {} : { default: defaults[0] }),
      };
}

/**
 * The choice in what is asked, see `choiceSchema`; undefined where a yes or a no
 * is asked for (`answer` is not set), whatever its fields are called.
 *
 * @public
 */
export function choiceOf({
  answer,
  input,
}: {
  answer?: boolean;
  input?: Record<string, unknown>;
}): QuestionChoice | undefined {
  const { properties } = (input ?? {}) as {
    properties?: Record<
      string,
      {
        enum?: string[];
        items?: { enum?: string[] };
        default?: string | string[];
      }
    >;
  };
  const field = properties?.[OPTIONS_FIELD];
  const options = field?.enum ?? field?.items?.enum;
  if (!answer || !field || !options) return undefined;
  return {
    options,
    multiple: field.items !== undefined,
    ...(field.default === undefined
      ? {}
      : { defaults: [field.default].flat() }),
  };
}
