/**
 * What the scheduler, the portal, the command line and the tests share: the
 * pipeline format, the pure core and the API types.
 *
 * @packageDocumentation
 */
export * from './core/states';
export * from './core/triggerRules';
export * from './core/airflowDefinition';
export * from './core/logRecord';
export * from './core/definition';
export * from './core/definitionNeeds';
export * from './core/sourcedPipelines';
export * from './core/waitDefinition';
export * from './core/waits';
export * from './core/s3Address';
export {
  findCycle,
  reachable,
  topologicalOrder,
  type TaskNode,
} from './core/graph';
export * from './core/mapping';
export {
  mappedGroupOf,
  mappedGroups,
  mappedGroupsBelow,
} from './core/mappedGroups';
export * from './core/partitionKey';
export * from './core/partitionMappers';
export * from './core/partitions';
export * from './core/partitionWindows';
export * from './core/plan';
export * from './core/durationWords';
export * from './core/failureClasses';
export * from './core/kubernetesProblem';
export * from './core/kubernetesSettings';
export * from './core/moreMemory';
export * from './core/patterns';
export * from './core/policy';
export * from './core/pythonDates';
export * from './core/questionChoice';
export * from './core/resourceDefinition';
export * from './core/resourceExpressions';
export * from './core/resourceProblem';
export * from './core/finally';
export * from './core/groups';
export * from './core/dependsOnPast';
export { readPodSettings, type PodSettings } from './spec/podSettings';
export { canonicalOwner, canonicalSystem } from './spec/canonicalOwner';
export {
  weighPriorities,
  WEIGHT_RULES,
  type WeightRule,
} from './spec/priorities';
export * from './core/setupTeardown';
export * from './core/retries';
export { RETRY_CLASSES } from './core/retryPolicy';
export { isKnownTimezone } from './core/zones';
export { CRON_PRESETS } from './core/cronPattern';
export type { CalendarSpan } from './core/calendarSpan';
export * from './core/continuous';
export * from './core/timetable';
export * from './core/jitter';
export * from './core/scheduleText';
export * from './core/assets';
export { webhookParams } from './core/webhookParams';
export * from './core/sla';
export * from './core/schedulePreview';
export * from './core/expressions';
export * from './core/expressionError';
export {
  EXPRESSION_CONNECTION_FIELDS,
  EXPRESSION_RESPONSE_FIELDS,
  EXPRESSION_RUN_FIELDS,
  type ExpressionReferences,
} from './core/expressionReferences';
export {
  MAX_EXPRESSION_BYTES,
  MAX_EXPRESSION_LIST,
} from './core/celEnvironment';
export { MAX_TEMPLATE_CHARACTERS } from './core/expressionTemplate';
export * from './core/backfill';
export * from './core/clear';
export * from './core/mark';
export * from './core/unreachable';
export * from './core/whyNotRunning';
export type {
  AssetScheduleFacts,
  SkippedDue,
  SlotUsage,
  WhyAction,
  WhyCause,
  WhyCode,
  WhyFacts,
} from './core/whyCause';
export * from './spec/pipelineSpec';
export * from './spec/validatePipelineText';
export {
  validatePipeline,
  type PipelineValidation,
} from './spec/validatePipeline';
export { pipelineSpecJsonSchema } from './spec/jsonSchema';
export { formatProblem, type PipelineProblem } from './spec/problems';
export * from './spec/duration';
export {
  MAX_PARAMS_BYTES,
  resolveParams,
  type ResolvedParams,
} from './spec/params';
export {
  compilePipeline,
  PIPELINE_DEFAULTS,
  PIPELINE_NAME_ANNOTATION,
  type PipelineEntity,
} from './spec/compilePipeline';
export * from './api';
