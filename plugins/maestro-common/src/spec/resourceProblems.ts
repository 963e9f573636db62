import { ExpressionError } from '../core/expressions/expressionError';
import { checkResourceExpression } from '../core/kubernetes/resourceExpressions';
import { resourceProblem } from '../core/kubernetes/resourceProblem';
import type { LooseTask } from './graphProblems';
import type { ProblemList, ProblemPath } from './problems';

/** What a process has, and the manifest says instead. */
const WITHOUT_EFFECT = [
  'executor',
  'image',
  'resources',
  'kubernetes',
  'env',
  'connections',
  'variables',
];

/** What no schema can say of `kubernetes.resource`. @internal */
export function findResourceProblems(
  tasks: readonly LooseTask[],
  list: ProblemList,
): void {
  for (const task of tasks) {
    if (list.isFull) return;
    const step = task.raw['kubernetes.resource'];
    if (!isRecord(step)) continue;
    const path = [...task.path, 'kubernetes.resource'];
    if (isRecord(step.manifest)) {
      const problem = resourceProblem(step.manifest);
      if (problem) {
        list.add([...path, 'manifest', ...problem.path], problem.message);
      }
    }
    findInExpressions(step, path, list);
    for (const key of WITHOUT_EFFECT) {
      if (task.raw[key] === undefined) continue;
      list.warn(
        [...task.path, key],
        `"${key}" has no effect: what a resource is made with stands in its manifest`,
      );
    }
  }
}

function findInExpressions(
  step: Record<string, unknown>,
  path: ProblemPath,
  list: ProblemList,
): void {
  const { logs, outputs } = step;
  const asked: Array<
    [ProblemPath, unknown, Parameters<typeof checkResourceExpression>[0]]
  > = [
    [['success'], step.success, 'condition'],
    [['failure'], step.failure, 'condition'],
    [['logs', 'pods'], isRecord(logs) ? logs.pods : undefined, 'template'],
    ...Object.entries(isRecord(outputs) ? outputs : {}).map(
      ([key, source]): (typeof asked)[number] => [
        ['outputs', key],
        source,
        'value',
      ],
    ),
  ];
  for (const [place, source, kind] of asked) {
    if (typeof source !== 'string') continue;
    try {
      checkResourceExpression(kind, source);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      list.add([...path, ...place], error.message);
    }
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
