import { formatProblem, type PipelineProblem } from '../spec/problems';
import { validatePipeline } from '../spec/validatePipeline';

/** What somebody may write, of whatever type. */
export type Loose = Record<string, any>;

/** Something to do for a task of which it does not matter what it does. */
export const run = { command: ['true'] };

/** A good pipeline of one task, but for what is given of `spec` or beside it. */
export function entity(spec: Loose = {}, rest: Loose = {}): Loose {
  return {
    apiVersion: 'maestro.dev/v1alpha1',
    kind: 'Pipeline',
    metadata: { name: 'example' },
    spec: {
      type: 'training',
      owner: 'group:default/ml-team',
      tasks: [{ id: 'a', run }],
      ...spec,
    },
    ...rest,
  };
}

export function problemsOf(value: unknown): PipelineProblem[] {
  const result = validatePipeline(value);
  return result.ok ? [] : result.problems;
}

/** All that is said of a spec, as a terminal shows it, a line each. */
export function saidOf(spec: Loose): string[] {
  const result = validatePipeline(entity(spec));
  return [
    ...(result.ok ? [] : result.problems.map(formatProblem)),
    ...result.warnings.map(warning => `warning: ${formatProblem(warning)}`),
  ];
}

/** One mistake, one named problem. */
export type Mistake = [
  what: string,
  spec: Loose,
  path: string,
  message: string,
  expected?: string,
];

/** What is wrong with the spec of a row. */
export function problemsIn([, spec]: Mistake): PipelineProblem[] {
  return problemsOf(entity(spec));
}

/** The problem that a row names, as a matcher. */
export function namedBy([, , path, message, expected]: Mistake): unknown {
  return expect.objectContaining({
    path,
    message: expect.stringContaining(message),
    ...(expected && { expected: expect.stringContaining(expected) }),
  });
}
