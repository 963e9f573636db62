import type { z } from 'zod';
import { knownKeys } from './jsonSchema';
import { pipelineSpecSchema } from './pipelineSpec';
import type { ProblemList, ProblemPath } from './problems';
import { didYouMean } from './suggest';

type Issue = z.core.$ZodIssue;

/** What the schema says about `spec`. @internal */
export function findSchemaProblems(spec: unknown, list: ProblemList): void {
  const parsed = pipelineSpecSchema.safeParse(spec);
  for (const issue of parsed.error?.issues ?? []) {
    report(issue, [], spec, list);
  }
}

function report(
  issue: Issue,
  root: ProblemPath,
  spec: unknown,
  list: ProblemList,
): void {
  const inSpec = [...root, ...(issue.path as Array<string | number>)];
  const path = ['spec', ...inSpec];
  const value = at(spec, inSpec);
  const name = inSpec.length > 0 ? `"${inSpec[inSpec.length - 1]}"` : 'spec';
  switch (issue.code) {
    case 'invalid_type':
      if (value === undefined) {
        list.add(path, `${name} is missing`, withArticle(issue.expected));
      } else {
        list.add(path, `is ${shown(value)}`, withArticle(issue.expected));
      }
      break;
    case 'unrecognized_keys':
      for (const key of issue.keys) {
        const known = knownKeys(inSpec);
        list.add(
          [...path, key],
          `There is no "${key}" here${didYouMean(key, known)}`,
          `one of ${known.join(', ')}`,
        );
      }
      break;
    case 'invalid_value':
      list.add(
        path,
        `is ${shown(value)}${
          typeof value === 'string'
            ? didYouMean(value, issue.values.map(String))
            : ''
        }`,
        `one of ${issue.values.join(', ')}`,
      );
      break;
    case 'invalid_format':
      list.add(
        path,
        `is ${shown(value)}`,
        issue.message.startsWith('Invalid')
          ? `a text that matches ${issue.pattern}`
          : issue.message,
      );
      break;
    case 'invalid_key':
      list.add(
        path,
        `${name} is not a name that can be used here`,
        'letters, digits and "_", not beginning with a digit',
      );
      break;
    case 'invalid_union':
      reportUnion(issue.errors as Issue[][], inSpec, value, spec, list);
      break;
    case 'too_small':
    case 'too_big': {
      const limit = issue.code === 'too_small' ? issue.minimum : issue.maximum;
      const word = issue.code === 'too_small' ? 'at least' : 'at most';
      const unit = { string: ' characters', array: ' items' }[
        issue.origin as string
      ];
      list.add(path, `is ${shown(value)}`, `${word} ${limit}${unit ?? ''}`);
      break;
    }
    default:
      list.add(path, issue.message);
  }
}

// A union is "one or a list of them", or "true or an object": the value says
// which was meant.
function reportUnion(
  branches: Issue[][],
  path: ProblemPath,
  value: unknown,
  spec: unknown,
  list: ProblemList,
): void {
  const isObject = typeof value === 'object' && value !== null;
  if (!isObject) {
    list.add(
      ['spec', ...path],
      `is ${shown(value)}`,
      path[path.length - 1] === 'cache'
        ? 'true, or an object such as {ttl: P7D}'
        : "an object such as {cron: '0 4 * * 0'}, or a list of such",
    );
    return;
  }
  const meant = branches[Array.isArray(value) ? 1 : 0] ?? [];
  meant.forEach(issue => report(issue, path, spec, list));
}

/** The value at a path. @internal */
export function at(value: unknown, path: ProblemPath): unknown {
  return path.reduce<unknown>(
    (current, part) =>
      typeof current === 'object' && current !== null
        ? (current as Record<string | number, unknown>)[part]
        : undefined,
    value,
  );
}

function shown(value: unknown): string {
  if (value === null) return 'empty (null)';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  }
  return `${String(value)} (${typeof value})`;
}

function withArticle(type: string): string {
  const name =
    { int: 'whole number', array: 'list', string: 'text', record: 'object' }[
      type
    ] ?? type;
  return /^[aeiou]/.test(name) ? `an ${name}` : `a ${name}`;
}
