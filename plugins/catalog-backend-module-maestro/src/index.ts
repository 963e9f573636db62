/**
 * The kind `Pipeline` in the Backstage catalog.
 *
 * @packageDocumentation
 */
export { catalogModuleMaestro as default } from './module';
export { pipelineModel } from './pipelineModel';
