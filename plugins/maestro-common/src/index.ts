/**
 * What the scheduler, the portal, the command line and the tests share: the
 * pipeline format, the pure core and the API types.
 *
 * @packageDocumentation
 */
export * from './core/states';
export * from './core/triggerRules';
export * from './core/definition';
export * from './core/graph';
export * from './core/plan';
export * from './core/retries';
export * from './spec/pipelineSpec';
