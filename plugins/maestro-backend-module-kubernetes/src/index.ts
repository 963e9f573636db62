/**
 * The executor `kubernetes`: each attempt is a pod.
 *
 * @packageDocumentation
 */
export { maestroModuleKubernetesExecutor as default } from './module';

export { createKubernetesExecutor } from './createKubernetesExecutor';
