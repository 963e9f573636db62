/**
 * Scaffolder actions that create pipelines.
 *
 * @packageDocumentation
 */
export { scaffolderModuleMaestro as default } from './module';
