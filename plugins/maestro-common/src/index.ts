/**
 * What the scheduler, the portal, the command line and the tests share: the
 * pipeline format, the pure core and the API types.
 *
 * @packageDocumentation
 */
export * from './core/pipeline/states';
export * from './core/pipeline/triggerRules';
export * from './core/pipeline/airflowDefinition';
export * from './core/logRecord';
export * from './core/pipeline/definition';
export * from './core/pipeline/definitionNeeds';
export * from './core/pipeline/sourcedPipelines';
export * from './core/pipeline/waitDefinition';
export * from './core/run/waits';
export * from './core/s3Address';
export {
  findCycle,
  reachable,
  topologicalOrder,
  type TaskNode,
} from './core/run/graph';
export * from './core/run/mapping';
export {
  mappedGroupOf,
  mappedGroups,
  mappedGroupsBelow,
} from './core/run/mappedGroups';
export * from './core/partitions/partitionKey';
export * from './core/partitions/partitionMappers';
export * from './core/schedule/partitions';
export * from './core/partitions/partitionWindows';
export * from './core/run/plan';
export * from './core/time/durationWords';
export * from './core/pipeline/failureClasses';
export * from './core/kubernetes/kubernetesProblem';
export * from './core/kubernetes/kubernetesSettings';
export * from './core/kubernetes/moreMemory';
export * from './core/patterns';
export * from './core/policy';
export * from './core/time/pythonDates';
export * from './core/run/questionChoice';
export * from './core/kubernetes/resourceDefinition';
export * from './core/kubernetes/resourceExpressions';
export * from './core/kubernetes/resourceProblem';
export * from './core/run/actorWords';
export * from './core/run/afterCancel';
export * from './core/run/finally';
export * from './core/run/groups';
export * from './core/run/dependsOnPast';
export { readPodSettings, type PodSettings } from './spec/podSettings';
export { canonicalOwner, canonicalSystem } from './spec/canonicalOwner';
export {
  weighPriorities,
  WEIGHT_RULES,
  type WeightRule,
} from './spec/priorities';
export * from './core/run/setupTeardown';
export * from './core/run/retries';
export { RETRY_CLASSES } from './core/run/retryPolicy';
export { isKnownTimezone } from './core/time/zones';
export { CRON_PRESETS } from './core/time/cronPattern';
export type { CalendarSpan } from './core/time/calendarSpan';
export * from './core/schedule/continuous';
export * from './core/schedule/timetable';
export * from './core/schedule/jitter';
export * from './core/schedule/scheduleText';
export * from './core/schedule/assets';
export { webhookParams } from './core/schedule/webhookParams';
export * from './core/run/sla';
export * from './core/schedule/schedulePreview';
export * from './core/expressions/expressions';
export * from './core/expressions/expressionError';
export {
  EXPRESSION_CONNECTION_FIELDS,
  EXPRESSION_RESPONSE_FIELDS,
  EXPRESSION_RUN_FIELDS,
  type ExpressionReferences,
} from './core/expressions/expressionReferences';
export {
  MAX_EXPRESSION_BYTES,
  MAX_EXPRESSION_LIST,
} from './core/expressions/celEnvironment';
export { MAX_TEMPLATE_CHARACTERS } from './core/expressions/expressionTemplate';
export * from './core/schedule/backfill';
export * from './core/run/clear';
export * from './core/run/mark';
export * from './core/run/unreachable';
export * from './core/why/whyNotRunning';
export type {
  AssetScheduleFacts,
  SkippedDue,
  SlotUsage,
  WhyAction,
  WhyCause,
  WhyCode,
  WhyFacts,
} from './core/why/whyCause';
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
