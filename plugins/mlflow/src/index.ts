/**
 * The MLflow page of the portal.
 *
 * @packageDocumentation
 */
export { mlflowPlugin as default } from './plugin';
export { mlflowApiRef } from './apis';
