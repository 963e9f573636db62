/**
 * Pipelines in the portal's search.
 *
 * @packageDocumentation
 */
export { searchModuleMaestro as default } from './module';
export type { PipelineDocument } from './PipelineCollatorFactory';
