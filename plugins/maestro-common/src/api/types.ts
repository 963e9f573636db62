/**
 * Names for the bodies of the HTTP API. The shapes come from `openapi.yaml`;
 * only what the document cannot say (a definition is a `PipelineDefinition`) is
 * added here.
 *
 * @packageDocumentation
 */
import type { PipelineDefinition } from '../core/pipeline/definition';
import type { components, operations } from './generated/schema.generated';

type Schemas = components['schemas'];

/** Names of all operations. @public */
export type OperationId = keyof operations;

/** Query parameters of an operation. @public */
export type OperationQuery<Op extends OperationId> = NonNullable<
  operations[Op]['parameters']['query']
>;

/** What the schedules will do, and what was left out of it. @public */
export type SchedulePreviewAnswer = Schemas['SchedulePreview'];

/** A range of due times to run. @public */
export type BackfillRequest = Schemas['BackfillRequest'];

/** Which due times a backfill would run. @public */
export type BackfillPreviewAnswer = Schemas['BackfillPreview'];

/** A backfill and how far it has come. @public */
export type Backfill = Schemas['Backfill'];

/** A backfill with its due times. @public */
export type BackfillDetail = Schemas['BackfillDetail'];

/** A row of the pipelines list. @public */
export type PipelineSummary = Schemas['PipelineSummary'];

/** What a deletion of history takes. @public */
export type HistoryExtent = Schemas['HistoryExtent'];

/** A result that a task of a later run may reuse. @public */
export type StepCacheEntry = Schemas['StepCacheEntry'];

/** One of the last runs of a row. @public */
export type RunDot = Schemas['RunDot'];

/** A pipeline with its current definition. @public */
export type PipelineDetail = Omit<Schemas['PipelineDetail'], 'definition'> & {
  definition: PipelineDefinition;
};

/** An immutable version with its sources. @public */
export type PipelineVersion = Omit<Schemas['PipelineVersion'], 'definition'> & {
  definition: PipelineDefinition;
};

/** One source file of a version; no `content` when it is no text. @public */
export type PipelineVersionFile = PipelineVersion['files'][number];

/** One thing that is wrong with an entity or a request. @public */
export type ApiProblem = Schemas['Problem'];

/** A pipeline whose entity is invalid now. @public */
export type PipelineProblems = Schemas['PipelineProblems'];
/** @public */
export type SourcedPipelineEntry = Schemas['SourcedPipelineEntry'];

/** What a reading of the catalog found. @public */
export type RefreshResult = {
  pipelines: number;
  changed: number;
  problems: number;
};

/** Body of `triggerRun`. @public */
export type TriggerRequest = Schemas['TriggerRequest'];

/** A row of the runs list. @public */
export type RunSummary = Schemas['RunSummary'];

/** A run, and whether this request made it (false: its run key existed). @public */
export type TriggeredRun = RunSummary & { created: boolean };

/** A run with its task instances, alerts and reports. @public */
export type RunDetail = Omit<Schemas['RunDetail'], 'definition'> & {
  definition: PipelineDefinition;
};

/** A task instance of a run. @public */
export type TaskInstance = Schemas['TaskInstance'];

/** A page of the instances of a mapped task. @public */
export type MappedInstances = Schemas['MappedInstances'];

/** What a deferred task waits for. @public */
export type Wait = Schemas['Wait'];

/** A question of a task to people, wherever it stands. @public */
export type Approval = Schemas['Approval'];

/** Body of `decideApproval`. @public */
export type ApprovalDecision = Schemas['ApprovalDecision'];

/** A run that a task started, or that started this one. @public */
export type RunLink = Schemas['RunLink'];

/** What a task told people by `alert(…)`. @public */
export type Alert = Schemas['Alert'];

/** How bad an alert is. @public */
export type AlertSeverity = Schemas['Severity'];

/** A report of a task, without its bytes. @public */
export type Report = Schemas['Report'];

/** State of a deadline as people see it; `at_risk` is computed. @public */
export type SlaViewState = Schemas['SlaState'];

/** Body of `clearTasks`. @public */
export type ClearRequest = Schemas['ClearRequest'];

/** Another run in which a clear touches something. @public */
export type ClearedRun = Schemas['ClearedRun'];

/** What a clear touches. @public */
export type ClearResult = {
  dryRun: boolean;
  tasks: ClearedTask[];
  /** With `future` or `past`. */
  others?: ClearedRun[];
};

/** One task instance that is or would be cleared, with its state before. @public */
export type ClearedTask = Pick<TaskInstance, 'taskId' | 'mapIndex' | 'state'>;

/** Body of `markTasks`. @public */
export type MarkRequest = Schemas['MarkRequest'];

/** What a mark touches, with the states before. @public */
export type MarkResult = Schemas['MarkResult'];

/** Why something waits, from the state to what would unblock it. @public */
export type Why = Schemas['Why'];

/** An asset with who produces and who awaits it. @public */
export type Asset = Schemas['Asset'];

/** Something that happened to an asset, and what became of it. @public */
export type AssetEvent = Schemas['AssetEvent'];

/** Body of `emitAssetEvent`. @public */
export type EmitAssetRequest = {
  asset: string;
  extra?: unknown;
  partitionKey?: string;
  eventKey?: string;
};

/** A webhook without its secret. @public */
export type Webhook = Schemas['Webhook'];

/** The secret of a webhook, the one time it is told. @public */
export type WebhookSecret = Schemas['WebhookSecret'];

/** One thing that was launched for a task instance. @public */
export type Attempt = Schemas['Attempt'];

/** What an attempt waited for after its end, and what came of it. @public */
export type AttemptDeferral = Schemas['AttemptDeferral'];

/** A key in the state store of a task or an asset. @public */
export type StoredState = Schemas['StoredState'];

/** What a task handed on. @public */
export type Output = Schemas['Output'];

/** One entry of the history of a run. @public */
export type RunEvent = Schemas['RunEvent'];

/** A piece of a log, as text. @public */
export type LogPage = Schemas['LogPage'];
export type LogCompleteness = Schemas['LogCompleteness'];

/** Tasks × runs. @public */
export type Grid = Schemas['Grid'];

/** One column of the grid. @public */
export type GridRun = Grid['runs'][number];

/** One cell of the grid. @public */
export type GridCell = GridRun['cells'][string];

/** A connection without its secrets. @public */
export type Connection = Schemas['Connection'];

/** Body of `createConnection` and `updateConnection`. @public */
export type ConnectionWrite = Schemas['ConnectionWrite'];

/** Result of a connection test, step by step. @public */
export type ConnectionTest = Schemas['ConnectionTest'];

/** A variable; no `value` when it is secret. @public */
export type Variable = Schemas['Variable'];

/** Body of `setVariable`; without `secret` it stays as it is. @public */
export type VariableWrite = {
  value: string;
  description?: string;
  secret?: boolean;
};

/** A pool and how full it is. @public */
export type Pool = Schemas['Pool'];

/** Body of `setPool`; without `description` it stays as it is. @public */
export type PoolWrite = { slots: number; description?: string };

/** State of the engine. @public */
export type EngineStatus = Schemas['EngineStatus'];

/** Body of every answer that is an error. @public */
export type ApiErrorBody =
  components['responses']['Error']['content']['application/json'];
