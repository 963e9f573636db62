import { kubernetesProblem } from '../core/kubernetes/kubernetesProblem';
import type { KubernetesSettings } from '../core/kubernetes/kubernetesSettings';
import { kubernetes } from './kubernetesSpec';
import type { ProblemList, ProblemPath } from './problems';
import { at } from './schemaProblems';
import type { LooseTask } from './graphProblems';

/** What no schema can say of `kubernetes` of tasks and defaults. @internal */
export function findKubernetesProblems(
  entity: unknown,
  tasks: readonly LooseTask[],
  list: ProblemList,
): void {
  const places: ProblemPath[] = [
    ['spec', 'defaults'],
    ...tasks.map(({ path }) => path),
  ];
  for (const path of places) {
    if (list.isFull) return;
    const parsed = kubernetes.safeParse(at(entity, [...path, 'kubernetes']));
    if (!parsed.success) continue;
    // `startTimeout` is text here and milliseconds there; nobody asks for it.
    const problem = kubernetesProblem(
      parsed.data as unknown as KubernetesSettings,
    );
    if (problem) {
      list.add([...path, 'kubernetes', ...problem.path], problem.message);
    }
  }
}
