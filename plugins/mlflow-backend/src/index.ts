/**
 * Backend of the MLflow page.
 *
 * @packageDocumentation
 */
export { mlflowPlugin as default } from './plugin';
