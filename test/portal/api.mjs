import { until } from './until.mjs';

const FINAL = ['success', 'failed'];

/**
 * The HTTP API of a portal as its command line uses it.
 *
 * @returns `raw` (any path of the portal), `get`/`post`/`put` (JSON of
 * /api/maestro, with the status in the error of a refusal) and what suites ask
 * for again and again
 */
export function startApi({ url, token }) {
  const raw = (path, init = {}) =>
    fetch(url + path, {
      signal: AbortSignal.timeout(120_000),
      ...init,
      headers: {
        authorization: `Bearer ${token}`,
        // The portal closes one that is kept when nobody has used it for 5 s,
        // also in the moment in which a suite that was busy asks on it again.
        connection: 'close',
        ...(init.body ? { 'content-type': 'application/json' } : {}),
        ...init.headers,
      },
    });
  const call = async (method, path, body) => {
    const response = await raw(`/api/maestro${path}`, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok)
      throw Object.assign(
        new Error(`${method} ${path}: ${response.status} ${text}`),
        { status: response.status, body: text },
      );
    return text ? JSON.parse(text) : undefined;
  };
  const api = {
    raw,
    get: path => call('GET', path),
    post: (path, body) => call('POST', path, body),
    put: (path, body) => call('PUT', path, body),

    /** Waits for what a person would see soon; the backend may be away. */
    async eventually(what, condition, options) {
      return until(
        what,
        async () => {
          try {
            return await condition();
          } catch (error) {
            // Refused connection, or restarting: 5xx. What is wrong stays wrong.
            if (error.status && error.status < 500) throw error;
            return undefined;
          }
        },
        options,
      );
    },

    trigger: (pipeline, body = {}) =>
      call('POST', `/pipelines/${pipeline}/runs`, body),
    run: runId => call('GET', `/runs/${runId}`),

    /** The run once `condition` holds for it. */
    waitForRun: (runId, what, condition, options) =>
      api.eventually(
        `run ${runId}: ${what}`,
        async () => {
          const run = await api.run(runId);
          return condition(run) ? run : undefined;
        },
        {
          describe: async () => {
            const { state, stateReason, tasks } = await api.run(runId);
            return JSON.stringify({
              state,
              stateReason,
              tasks: tasks.map(task => [task.taskId, task.state, task.reason]),
            });
          },
          ...options,
        },
      ),

    /** The run when it is over. */
    finished: (runId, options) =>
      api.waitForRun(runId, 'over', run => FINAL.includes(run.state), options),

    attempts: async (runId, taskId) =>
      (await api.get(`/runs/${runId}/tasks/${taskId}/attempts`)).items,

    /** The bytes of an attempt's log once it is sealed. */
    async wholeLog(runId, taskId, no = -1) {
      const attempt = await api.eventually(
        `the log of ${taskId} is sealed`,
        async () => {
          const found = (await api.attempts(runId, taskId)).at(no);
          return found?.logState === 'sealed' ? found : undefined;
        },
      );
      const response = await raw(
        `/api/maestro/attempts/${attempt.attemptId}/log/raw`,
      );
      if (!response.ok)
        throw new Error(`log/raw: ${response.status} ${await response.text()}`);
      return {
        attempt,
        end: response.headers.get('maestro-log-end'),
        bytes: Buffer.from(await response.arrayBuffer()),
      };
    },
  };
  return api;
}

/** States of a run's tasks by id. */
export const statesOf = run =>
  Object.fromEntries(run.tasks.map(task => [task.taskId, task.state]));
