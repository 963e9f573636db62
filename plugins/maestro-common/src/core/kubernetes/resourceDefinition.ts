/**
 * A task that creates an object of Kubernetes (a Job, a RayJob, any custom
 * resource) and lasts until that says that its work is over.
 *
 * @packageDocumentation
 */

/** Executor of such tasks. @public */
export const RESOURCE_EXECUTOR = 'kubernetes.resource';

/** @public */
export interface ResourceDefinition {
  /** The object without name and namespace; texts may hold `${{ }}`. */
  manifest: ResourceManifest;
  /** CEL over `object` and `status`: true when the work has succeeded. */
  success: string;
  /** The same, for when it has failed; looked at first. Default: never */
  failure?: string;
  /** Outputs of the task, each CEL over `object` and `status`. */
  outputs?: Record<string, string>;
  /** Whose logs become the log of the task. Default: nobody's */
  logs?: ResourceLogSource;
  /** When the object stays after the end of the task. Default: `never` */
  keep: 'never' | 'failed' | 'always';
}

/** @public */
export interface ResourceManifest extends Record<string, unknown> {
  /** Such as `batch/v1`; never an expression, because rights hang on it. */
  apiVersion: string;
  kind: string;
}

/** @public */
export interface ResourceLogSource {
  /**
   * Selector of labels, with `${{ }}` over `object` and `status`. One of its
   * values must begin with the name of the object: so nobody reads what
   * belongs to others.
   */
  pods: string;
  /** Only this container of them. Default: all but init containers */
  container?: string;
}
