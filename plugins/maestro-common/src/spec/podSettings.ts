import { z } from 'zod';
import type { TaskDefinition } from '../core/pipeline/definition';
import { kubernetesProblem } from '../core/kubernetes/kubernetesProblem';
import { compileKubernetes } from './compileKubernetes';
import { image, kubernetes, resources } from './kubernetesSpec';
import { formatPath } from './problems';

/** The fields of a task that say what its pod is like. @public */
export type PodSettings = Pick<
  TaskDefinition,
  'image' | 'resources' | 'kubernetes'
>;

const schema = z.strictObject({
  image: image.optional(),
  resources: resources.optional(),
  kubernetes: kubernetes.optional(),
});

/**
 * Pods as `defaults` of a pipeline describe them, written in another place:
 * the same fields, judged alike.
 *
 * @returns `problem`: where, such as `kubernetes.pullPolicy`, and what
 * @public
 */
export function readPodSettings(
  written: unknown,
): { settings: PodSettings } | { problem: string } {
  const parsed = schema.safeParse(written);
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues;
    return { problem: said(path as (string | number)[], message) };
  }
  const { data } = parsed;
  const settings: PodSettings = {
    ...(data.image === undefined ? {} : { image: data.image }),
    ...(data.resources === undefined ? {} : { resources: data.resources }),
    ...(data.kubernetes === undefined
      ? {}
      : { kubernetes: compileKubernetes(undefined, data.kubernetes) }),
  };
  const problem = kubernetesProblem(settings.kubernetes ?? {});
  return problem
    ? { problem: said(['kubernetes', ...problem.path], problem.message) }
    : { settings };
}

function said(path: (string | number)[], message: string): string {
  return path.length === 0 ? message : `${formatPath(path)}: ${message}`;
}
