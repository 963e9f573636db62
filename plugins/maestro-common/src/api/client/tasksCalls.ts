/* eslint-disable new-cap -- GET and its like are methods of openapi-fetch */
import type * as api from '../types';
import type { Answer, RequestOptions, Sender } from './sender';

/** Task instances of a run: attempts, decisions and logs. */
export function tasksCalls({ ask, body }: Sender) {
  return {
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
  };
}
