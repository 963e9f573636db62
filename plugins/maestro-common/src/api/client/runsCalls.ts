/* eslint-disable new-cap -- GET and its like are methods of openapi-fetch */
import type * as api from '../types';
import type { Page, RequestOptions, Sender } from './sender';

/** Runs: to start, read, change and delete them. */
export function runsCalls({ ask, body }: Sender) {
  return {
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

    /** What a task of Airflow keeps for itself; default of one that is not mapped. */
    listTaskState(
      runId: string,
      taskId: string,
      query: api.OperationQuery<'listTaskState'> = {},
      { signal }: RequestOptions = {},
    ) {
      return body<{ items: api.StoredState[] }>(c =>
        c.GET('/runs/{runId}/tasks/{taskId}/state', {
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

    /** One output as JSON, however large. */
    downloadOutput(
      runId: string,
      query: api.OperationQuery<'downloadOutput'>,
      { signal }: RequestOptions = {},
    ) {
      return body<Blob>(c =>
        c.GET('/runs/{runId}/outputs/value', {
          params: { path: { runId }, query },
          parseAs: 'blob',
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
  };
}
