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
export * from './core/zones';
export * from './core/cronPattern';
export * from './core/timetable';
export * from './core/scheduleText';
export * from './core/sla';
export * from './spec/pipelineSpec';
export * from './api';
