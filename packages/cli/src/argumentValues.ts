import { partitionKeyProblem } from '@maestro/plugin-maestro-common';
import { InvalidArgumentError } from 'commander';
import { CommandError, EXIT } from './outcome';

/** `key=value`, repeated: later ones win. */
export function collectPair(
  text: string,
  before: Record<string, string> = {},
): Record<string, string> {
  const cut = text.indexOf('=');
  if (cut < 1) {
    throw new InvalidArgumentError('It should read name=value.');
  }
  // A plain object would take "__proto__" for something else.
  return Object.assign(Object.create(null), before, {
    [text.slice(0, cut)]: text.slice(cut + 1),
  });
}

/** A list out of a repeated option. */
export function collectText(text: string, before: string[] = []): string[] {
  return [...before, text];
}

/** A whole number within bounds. */
export function wholeNumber(
  min: number,
  max: number,
): (text: string) => number {
  return text => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(
        `It should be a whole number from ${min} to ${max}.`,
      );
    }
    return value;
  };
}

/** The key of a partition. */
export function keyOfPartition(text: string): string {
  const problem = partitionKeyProblem(text);
  if (problem) {
    throw new InvalidArgumentError(
      `${problem}: give one, or leave the option out.`,
    );
  }
  return text;
}

/** Any JSON. @throws CommandError (2) */
export function jsonValue(text: string, option: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CommandError(
      EXIT.usage,
      `${option} is no JSON: ${(error as Error).message}`,
    );
  }
}

/** A JSON object. @throws CommandError (2) */
export function jsonObject(
  text: string,
  option: string,
): Record<string, unknown> {
  const value = jsonValue(text, option);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CommandError(
      EXIT.usage,
      `${option} should be a JSON object such as {"a": 1}`,
    );
  }
  return value as Record<string, unknown>;
}

/** What `--params` and `--param` say together; single ones win. */
export function paramValues(
  options: { params?: string; param?: Record<string, string> },
  schema: Record<string, unknown> | undefined,
): Record<string, unknown> {
  return {
    ...(options.params ? jsonObject(options.params, '--params') : {}),
    ...Object.fromEntries(
      Object.entries(options.param ?? {}).map(([name, text]) => [
        name,
        paramValue(text, schema, name),
      ]),
    ),
  };
}

/** The text `5` is a number, unless the param is declared as a text. */
function paramValue(
  text: string,
  schema: Record<string, unknown> | undefined,
  name: string,
): unknown {
  const { properties } = (schema ?? {}) as {
    properties?: Record<string, { type?: string | string[] }>;
  };
  const declared = Object.hasOwn(properties ?? {}, name)
    ? properties![name].type
    : undefined;
  const types = declared === undefined ? [] : [declared].flat();
  if (types.includes('string')) return text;
  try {
    return JSON.parse(text);
  } catch {
    // No JSON: a text. Whether one may stand there, the schema decides.
    return text;
  }
}

/** A date or an instant, without a zone in UTC, as epoch milliseconds. */
export function instant(text: string): number {
  const match =
    /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)?(Z|[+-]\d{2}:?\d{2})?$/.exec(
      text,
    );
  const value = match
    ? Date.parse(
        text.replace(' ', 'T') + (match[1] || text.length === 10 ? '' : 'Z'),
      )
    : NaN;
  // 2025-02-30 would become a day in March.
  const isThatDay =
    !Number.isNaN(value) &&
    new Date(`${text.slice(0, 10)}T00:00:00Z`).toISOString().slice(0, 10) ===
      text.slice(0, 10);
  if (!isThatDay) {
    throw new InvalidArgumentError(
      'It should be a date such as 2025-01-01, or 2025-01-01T06:00:00Z.',
    );
  }
  return value;
}

/** As {@link instant}, but a day is meant to its end. */
export function endOfRange(text: string): number {
  const value = instant(text);
  return text.length === 10 ? value + 86_400_000 - 1 : value;
}
