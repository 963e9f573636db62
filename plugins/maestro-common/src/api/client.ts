/* eslint-disable new-cap -- GET and its like are methods of openapi-fetch */
import createClient, { type Client } from 'openapi-fetch';
import { MaestroResponseError, MaestroUnreachableError } from './errors';
import type { paths } from './generated/schema.generated';
import type * as api from './types';

/** Options of {@link createMaestroClient}. @public */
export interface MaestroClientOptions {
  /**
   * Address of the API, such as `http://127.0.0.1:7007/api/maestro`; a
   * function is asked before each request (`() => discovery.getBaseUrl('maestro')`).
   */
  baseUrl: string | (() => string | Promise<string>);
  /** Adds credentials. Default: the global one. */
  fetch?: typeof fetch;
}

/** Options of every call. @public */
export interface RequestOptions {
  /** Ends the request; it then rejects with an `AbortError`. */
  signal?: AbortSignal;
}

/** A page of something and how to ask for the next one. @public */
export interface Page<T> {
  items: T[];
  nextCursor?: string;
}

/**
 * The HTTP API, one method per operation.
 *
 * Every method rejects with a {@link MaestroResponseError} that carries the
 * server's name, message and problems, with a {@link MaestroUnreachableError}
 * when there is no answer, or with an `AbortError`.
 *
 * @public
 */
export type MaestroClient = ReturnType<typeof createMaestroClient>;

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/**
 * A typed client for browser and Node (20 or later).
 *
 * @public
 */
export function createMaestroClient(options: MaestroClientOptions) {
  const send = options.fetch ?? globalThis.fetch;

  async function ask<T>(
    call: (client: Client<paths>) => Promise<Answer<T>>,
  ): Promise<{ data: T; response: Response }> {
    const baseUrl =
      typeof options.baseUrl === 'function'
        ? await options.baseUrl()
        : options.baseUrl;
    const client = createClient<paths>({
      baseUrl,
      // The global fetch refuses to be called as somebody's method.
      fetch: request => send(request),
    });
    let answer: Answer<T>;
    try {
      answer = await call(client);
    } catch (error) {
      if ((error as Error)?.name === 'AbortError') throw error;
      throw new MaestroUnreachableError(
        `Maestro does not answer at ${baseUrl}: ${
          (error as Error)?.message ?? error
        }`,
        { cause: error },
      );
    }
    if (!answer.response.ok) {
      throw await MaestroResponseError.fromResponse(
        answer.response,
        answer.error,
      );
    }
    return { data: answer.data as T, response: answer.response };
  }

  /** The body alone, under the name that `types.ts` gives it. */
  async function body<T>(
    call: (client: Client<paths>) => Promise<Answer<unknown>>,
  ): Promise<T> {
    return (await ask(call)).data as T;
  }

  return {
    /** Every pipeline, by name. */
    listPipelines({ signal }: RequestOptions = {}) {
      return body<{ items: api.PipelineSummary[] }>(c =>
        c.GET('/pipelines', { signal }),
      );
    },

    /** One pipeline with its current definition and next due times. */
    getPipeline(name: string, { signal }: RequestOptions = {}) {
      return body<api.PipelineDetail>(c =>
        c.GET('/pipelines/{name}', { params: { path: { name } }, signal }),
      );
    },

    /** Pauses or resumes the schedules. Idempotent. */
    setPipelinePaused(
      name: string,
      paused: boolean,
      { signal }: RequestOptions = {},
    ) {
      return body<api.PipelineSummary>(c =>
        c.PUT('/pipelines/{name}/pause', {
          params: { path: { name } },
          body: { paused },
          signal,
        }),
      );
    },

    /** Definition and pinned sources of a version. */
    getPipelineVersion(
      name: string,
      version: number,
      { signal }: RequestOptions = {},
    ) {
      return body<api.PipelineVersion>(c =>
        c.GET('/pipelines/{name}/versions/{version}', {
          params: { path: { name, version } },
          signal,
        }),
      );
    },

    /** Why a pipeline starts no run now, schedule by schedule. */
    whyPipelineWaits(name: string, { signal }: RequestOptions = {}) {
      return body<api.Why>(c =>
        c.GET('/pipelines/{name}/why', { params: { path: { name } }, signal }),
      );
    },

    /** Webhooks of a pipeline, without their secrets. */
    listWebhooks(name: string, { signal }: RequestOptions = {}) {
      return body<{ items: api.Webhook[] }>(c =>
        c.GET('/pipelines/{name}/webhooks', {
          params: { path: { name } },
          signal,
        }),
      );
    },

    /** Makes the secret of a webhook, or a new one: told this once. */
    rotateWebhook(
      name: string,
      webhookId: string,
      { signal }: RequestOptions = {},
    ) {
      return body<api.WebhookSecret>(c =>
        c.POST('/pipelines/{name}/webhooks/{webhookId}/secret', {
          params: { path: { name, webhookId } },
          signal,
        }),
      );
    },

    /** Assets by name, with who produces and who awaits them. */
    listAssets({ signal }: RequestOptions = {}) {
      return body<{ items: api.Asset[] }>(c => c.GET('/assets', { signal }));
    },

    /** Events of assets, newest first. Default 50. */
    listAssetEvents(
      query: api.OperationQuery<'listAssetEvents'> = {},
      { signal }: RequestOptions = {},
    ) {
      return body<{ items: api.AssetEvent[] }>(c =>
        c.GET('/asset-events', { params: { query }, signal }),
      );
    },

    /** An event by hand; the same `eventKey` again gives the same event. */
    async emitAssetEvent(
      request: api.EmitAssetRequest,
      { signal }: RequestOptions = {},
    ): Promise<api.AssetEvent & { created: boolean }> {
      const { data, response } = await ask<api.AssetEvent>(c =>
        c.POST('/asset-events', { body: request, signal }),
      );
      return { ...data, created: response.status === 201 };
    },

    /** What the schedules will do: runs, collisions, peaks. Default 90 days. */
    previewSchedule(
      query: api.OperationQuery<'previewSchedule'> = {},
      { signal }: RequestOptions = {},
    ) {
      return body<api.SchedulePreviewAnswer>(c =>
        c.GET('/schedule/preview', { params: { query }, signal }),
      );
    },

    /** Tasks × runs, newest first. Default 50 runs. */
    getGrid(
      name: string,
      query: api.OperationQuery<'getGrid'> = {},
      { signal }: RequestOptions = {},
    ) {
      return body<api.Grid>(c =>
        c.GET('/pipelines/{name}/grid', {
          params: { path: { name }, query },
          signal,
        }),
      );
    },

    /** Starts a run; the same `runKey` again gives the same run. */
    async triggerRun(
      name: string,
      request: api.TriggerRequest = {},
      { signal }: RequestOptions = {},
    ): Promise<api.TriggeredRun> {
      const { data, response } = await ask<api.RunSummary>(c =>
        c.POST('/pipelines/{name}/runs', {
          params: { path: { name } },
          body: request,
          signal,
        }),
      );
      return { ...data, created: response.status === 201 };
    },

    /** Which due times a backfill would run; changes nothing. */
    previewBackfill(
      name: string,
      request: api.BackfillRequest,
      { signal }: RequestOptions = {},
    ) {
      return body<api.BackfillPreviewAnswer>(c =>
        c.POST('/pipelines/{name}/backfills/preview', {
          params: { path: { name } },
          body: request,
          signal,
        }),
      );
    },

    /** Begins to run due times of the past. */
    createBackfill(
      name: string,
      request: api.BackfillRequest,
      { signal }: RequestOptions = {},
    ) {
      return body<api.Backfill>(c =>
        c.POST('/pipelines/{name}/backfills', {
          params: { path: { name } },
          body: request,
          signal,
        }),
      );
    },

    /** Backfills, newest first. */
    listBackfills(
      query: api.OperationQuery<'listBackfills'> = {},
      { signal }: RequestOptions = {},
    ) {
      return body<{ items: api.Backfill[] }>(c =>
        c.GET('/backfills', { params: { query }, signal }),
      );
    },

    /** A backfill with what became of its due times. */
    getBackfill(backfillId: string, { signal }: RequestOptions = {}) {
      return body<api.BackfillDetail>(c =>
        c.GET('/backfills/{backfillId}', {
          params: { path: { backfillId } },
          signal,
        }),
      );
    },

    /** Pauses, unpauses or cancels it. Idempotent. */
    setBackfillState(
      backfillId: string,
      state: 'running' | 'paused' | 'cancelled',
      { signal }: RequestOptions = {},
    ) {
      return body<api.Backfill>(c =>
        c.PUT('/backfills/{backfillId}/state', {
          params: { path: { backfillId } },
          body: { state },
          signal,
        }),
      );
    },

    /** Invalid pipelines, with what is wrong. */
    listProblems({ signal }: RequestOptions = {}) {
      return body<{ items: api.PipelineProblems[] }>(c =>
        c.GET('/problems', { signal }),
      );
    },

    /** Reads the catalog now. */
    refreshPipelines({ signal }: RequestOptions = {}) {
      return body<api.RefreshResult>(c => c.POST('/refresh', { signal }));
    },

    /** Runs, newest first. Default 50 a page. */
    listRuns(
      query: api.OperationQuery<'listRuns'> = {},
      { signal }: RequestOptions = {},
    ) {
      return body<Page<api.RunSummary>>(c =>
        c.GET('/runs', { params: { query }, signal }),
      );
    },

    /** A run with its task instances, alerts and reports. */
    getRun(runId: string, { signal }: RequestOptions = {}) {
      return body<api.RunDetail>(c =>
        c.GET('/runs/{runId}', { params: { path: { runId } }, signal }),
      );
    },

    /**
     * Ends every task of a run but what cleans up. Idempotent.
     *
     * @param options - `force`: ends what cleans up too
     */
    cancelRun(
      runId: string,
      { force, signal }: RequestOptions & { force?: boolean } = {},
    ) {
      return body<api.RunSummary>(c =>
        c.POST('/runs/{runId}/cancel', {
          params: { path: { runId }, query: force ? { force } : {} },
          signal,
        }),
      );
    },

    /** Deletes a run that is over, with everything of it, for ever. */
    async deleteRun(runId: string, { signal }: RequestOptions = {}) {
      await body<undefined>(c =>
        c.DELETE('/runs/{runId}', { params: { path: { runId } }, signal }),
      );
    },

    /**
     * Deletes the finished runs of a pipeline, for ever; with `dryRun` tells
     * what would go.
     *
     * @param of.before - only those that ended earlier, epoch milliseconds
     */
    deleteHistory(
      name: string,
      of: { before?: number; dryRun?: boolean } = {},
      { signal }: RequestOptions = {},
    ) {
      return body<api.HistoryExtent>(c =>
        c.DELETE('/pipelines/{name}/history', {
          params: { path: { name }, query: of },
          signal,
        }),
      );
    },

    /** Results that tasks of later runs may reuse, newest first. */
    listStepCache(name: string, { signal }: RequestOptions = {}) {
      return body<{ items: api.StepCacheEntry[] }>(c =>
        c.GET('/pipelines/{name}/step-cache', {
          params: { path: { name } },
          signal,
        }),
      );
    },

    /** Forgets these results, of one task or all; runs keep what they reused. */
    clearStepCache(
      name: string,
      of: { taskId?: string } = {},
      { signal }: RequestOptions = {},
    ) {
      return body<{ removed: number }>(c =>
        c.DELETE('/pipelines/{name}/step-cache', {
          params: { path: { name }, query: of },
          signal,
        }),
      );
    },

    /** Gives tasks a state by hand, or with `dryRun` tells what it would do. */
    markTasks(
      runId: string,
      request: api.MarkRequest,
      { signal }: RequestOptions = {},
    ) {
      return body<api.MarkResult>(c =>
        c.POST('/runs/{runId}/mark', {
          params: { path: { runId } },
          body: request,
          signal,
        }),
      );
    },

    /** What waits for the decision of a person, oldest first. */
    listApprovals(
      query: api.OperationQuery<'listApprovals'> = {},
      { signal }: RequestOptions = {},
    ) {
      return body<{ items: api.Approval[] }>(c =>
        c.GET('/approvals', { params: { query }, signal }),
      );
    },

    /** Approves or rejects what a task asks; once. */
    decideApproval(
      runId: string,
      taskId: string,
      decision: api.ApprovalDecision,
      { signal }: RequestOptions = {},
    ) {
      return body<api.RunSummary>(c =>
        c.POST('/runs/{runId}/tasks/{taskId}/approval', {
          params: { path: { runId, taskId } },
          body: decision,
          signal,
        }),
      );
    },

    /** Runs tasks again, or with `dryRun` tells which would be. */
    clearTasks(
      runId: string,
      request: api.ClearRequest = {},
      { signal }: RequestOptions = {},
    ) {
      return body<api.ClearResult>(c =>
        c.POST('/runs/{runId}/clear', {
          params: { path: { runId } },
          body: request,
          signal,
        }),
      );
    },

    /** Replaces the note of a run; empty removes it. */
    setRunNote(runId: string, note: string, { signal }: RequestOptions = {}) {
      return body<api.RunSummary>(c =>
        c.PUT('/runs/{runId}/note', {
          params: { path: { runId } },
          body: { note },
          signal,
        }),
      );
    },

    /** Why a run, or one of its tasks, does not go on. */
    whyNotRunning(
      runId: string,
      query: api.OperationQuery<'whyNotRunning'> = {},
      { signal }: RequestOptions = {},
    ) {
      return body<api.Why>(c =>
        c.GET('/runs/{runId}/why', {
          params: { path: { runId }, query },
          signal,
        }),
      );
    },

    /** Attempts of a task instance, oldest first. Default map index −1. */
    listAttempts(
      runId: string,
      taskId: string,
      query: api.OperationQuery<'listAttempts'> = {},
      { signal }: RequestOptions = {},
    ) {
      return body<{ items: api.Attempt[] }>(c =>
        c.GET('/runs/{runId}/tasks/{taskId}/attempts', {
          params: { path: { runId, taskId }, query },
          signal,
        }),
      );
    },

    /** A page of the instances of a mapped task, by map index. */
    listMapped(
      runId: string,
      taskId: string,
      query: api.OperationQuery<'listMapped'> = {},
      { signal }: RequestOptions = {},
    ) {
      return body<api.MappedInstances>(c =>
        c.GET('/runs/{runId}/tasks/{taskId}/mapped', {
          params: { path: { runId, taskId }, query },
          signal,
        }),
      );
    },

    /** Outputs of a run; default of all tasks. */
    listOutputs(
      runId: string,
      query: api.OperationQuery<'listOutputs'> = {},
      { signal }: RequestOptions = {},
    ) {
      return body<{ items: api.Output[] }>(c =>
        c.GET('/runs/{runId}/outputs', {
          params: { path: { runId }, query },
          signal,
        }),
      );
    },

    /** History of a run after a sequence number, oldest first. */
    listEvents(
      runId: string,
      query: api.OperationQuery<'listEvents'> = {},
      { signal }: RequestOptions = {},
    ) {
      return body<{ items: api.RunEvent[] }>(c =>
        c.GET('/runs/{runId}/events', {
          params: { path: { runId }, query },
          signal,
        }),
      );
    },

    /** Bytes of a report, with its content type as `type`. */
    getReport(
      runId: string,
      name: string,
      query: api.OperationQuery<'getReport'>,
      { signal }: RequestOptions = {},
    ) {
      return body<Blob>(c =>
        c.GET('/runs/{runId}/reports/{name}', {
          params: { path: { runId, name }, query },
          parseAs: 'blob',
          signal,
        }),
      );
    },

    /** A piece of a log as text. Default: 256 KiB from the beginning. */
    readLog(
      attemptId: string,
      query: api.OperationQuery<'readLog'> = {},
      { signal }: RequestOptions = {},
    ) {
      return body<api.LogPage>(c =>
        c.GET('/attempts/{attemptId}/log', {
          params: { path: { attemptId }, query },
          signal,
        }),
      );
    },

    /**
     * The bytes of a log as a response to stream from; the header
     * `maestro-log-end` is `true` when no more will come.
     */
    async downloadLog(
      attemptId: string,
      query: api.OperationQuery<'downloadLog'> = {},
      { signal }: RequestOptions = {},
    ): Promise<Response> {
      const { response, data } = await ask<ReadableStream | null>(
        c =>
          c.GET('/attempts/{attemptId}/log/raw', {
            params: { path: { attemptId }, query },
            parseAs: 'stream',
            signal,
          }) as Promise<Answer<ReadableStream | null>>,
      );
      // openapi-fetch hands the body out on its own, or null when it is empty.
      return new Response(data, {
        status: response.status,
        headers: response.headers,
      });
    },

    /** Connections by id, without secrets. */
    listConnections({ signal }: RequestOptions = {}) {
      return body<{ items: api.Connection[] }>(c =>
        c.GET('/connections', { signal }),
      );
    },

    /** Makes a connection; a `ConflictError` when the id exists. */
    createConnection(
      connection: api.ConnectionWrite,
      { signal }: RequestOptions = {},
    ) {
      return body<api.Connection>(c =>
        c.POST('/connections', { body: connection, signal }),
      );
    },

    /** One connection, without secrets. */
    getConnection(connId: string, { signal }: RequestOptions = {}) {
      return body<api.Connection>(c =>
        c.GET('/connections/{connId}', {
          params: { path: { connId } },
          signal,
        }),
      );
    },

    /** Replaces all but secrets: an absent one stays, an empty one goes. */
    updateConnection(
      connection: api.ConnectionWrite,
      { signal }: RequestOptions = {},
    ) {
      return body<api.Connection>(c =>
        c.PUT('/connections/{connId}', {
          params: { path: { connId: connection.connId } },
          body: connection,
          signal,
        }),
      );
    },

    /** Removes a connection. */
    async deleteConnection(connId: string, { signal }: RequestOptions = {}) {
      await body<undefined>(c =>
        c.DELETE('/connections/{connId}', {
          params: { path: { connId } },
          signal,
        }),
      );
    },

    /** Tries a connection: resolve, connect, authenticate, answer. */
    testConnection(connId: string, { signal }: RequestOptions = {}) {
      return body<api.ConnectionTest>(c =>
        c.POST('/connections/{connId}/test', {
          params: { path: { connId } },
          signal,
        }),
      );
    },

    /** Variables by key. */
    listVariables({ signal }: RequestOptions = {}) {
      return body<{ items: api.Variable[] }>(c =>
        c.GET('/variables', { signal }),
      );
    },

    /** One variable. */
    getVariable(key: string, { signal }: RequestOptions = {}) {
      return body<api.Variable>(c =>
        c.GET('/variables/{key}', { params: { path: { key } }, signal }),
      );
    },

    /** Makes or replaces a variable. */
    setVariable(
      key: string,
      variable: api.VariableWrite,
      { signal }: RequestOptions = {},
    ) {
      return body<api.Variable>(c =>
        c.PUT('/variables/{key}', {
          params: { path: { key } },
          body: variable,
          signal,
        }),
      );
    },

    /** Removes a variable. */
    async deleteVariable(key: string, { signal }: RequestOptions = {}) {
      await body<undefined>(c =>
        c.DELETE('/variables/{key}', { params: { path: { key } }, signal }),
      );
    },

    /** Executors, schedulers and counts. */
    getStatus({ signal }: RequestOptions = {}) {
      return body<api.EngineStatus>(c => c.GET('/status', { signal }));
    },
  };
}
