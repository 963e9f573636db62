/**
 * What executors, operators and notifiers are written against.
 *
 * @packageDocumentation
 */
export * from './extensions';
export * from './dataDir';
export * from './exportsOf';
export * from './executor/types';
export * from './executor/triggers';
export * from './pipelineSource';
export * from './executor/failure';
export * from './runner';
