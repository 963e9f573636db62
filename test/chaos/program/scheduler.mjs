/*
 * One scheduler as a process: engine, store and an executor (processes, or
 * pods) on a given database, without Backstage. It is told what to do over the
 * IPC channel of its parent (answering.mjs).
 *
 *   node scheduler.cjs '{"database":{…},"dataDir":…,"hostDir":…}'
 */
import { subscribe } from 'node:diagnostics_channel';
import { startHeadlessScheduler } from '@maestro/plugin-maestro-backend';
import { createKubernetesExecutor } from '@maestro/plugin-maestro-backend-module-kubernetes';
import { createLocalExecutor } from '@maestro/plugin-maestro-backend-module-local';
import { compilePipeline } from '@maestro/plugin-maestro-common';
import { answerParent, logger } from './answering.mjs';

const options = JSON.parse(process.argv[2]);

/** With it a launch is never begun: as if this process had died before. */
let holdLaunches = false;
/** With it no slot is free here. */
let holdClaims = false;
let launches = 0;

/** Requests over HTTP that were sent, by method and kind of address. */
const requests = {};
/** The last of them, with the epoch ms at which they were sent. */
const recentRequests = [];
const sent = (method, address) => {
  const shape = address
    .replace(/\?.*/, '')
    .replace(/\/namespaces\/[^/]+/, '')
    .replace(/(\/(?:pods|secrets|configmaps))\/[^/]+/, '$1/…');
  const key = `${method} ${shape}${
    /[?&]watch=true/.test(address) ? ' watch' : ''
  }`;
  requests[key] = (requests[key] ?? 0) + 1;
  recentRequests.push({ key, at: Date.now() });
  if (recentRequests.length > 100) recentRequests.shift();
};
subscribe('http.client.request.start', ({ request }) =>
  sent(request.method, request.path),
);
subscribe('undici:request:create', ({ request }) =>
  sent(request.method, request.path),
);

async function makeExecutor() {
  if (options.kubernetes)
    return createKubernetesExecutor({ config: options.kubernetes, logger });
  return (
    options.executor && createLocalExecutor({ ...options.executor, logger })
  );
}

async function executors() {
  const executor = await makeExecutor();
  if (!executor) return [];
  const launch = executor.launch.bind(executor);
  executor.launch = request => {
    if (holdLaunches) return new Promise(() => {});
    launches += 1;
    return launch(request);
  };
  const { maxParallel } = executor.capabilities;
  Object.defineProperty(executor.capabilities, 'maxParallel', {
    get: () => (holdClaims ? 0 : maxParallel),
  });
  return [executor];
}

const scheduler = await startHeadlessScheduler({
  ...options,
  logger,
  executors: await executors(),
});

const operations = {
  store: ({ entity }) => scheduler.store(compilePipeline(entity), []),
  trigger: ({ pipeline, runKey }) => scheduler.trigger(pipeline, runKey),
  cancel: ({ runId }) => scheduler.cancel(runId),
  launches: () => launches,
  requests: () => requests,
  recentRequests: () => recentRequests,
  holdClaims: ({ hold }) => {
    holdClaims = hold;
  },
  holdLaunches: ({ hold }) => {
    holdLaunches = hold;
  },
  readLog: ({ attemptId, offset }) => scheduler.readLog(attemptId, { offset }),
  readObject: async ({ location }) =>
    (await scheduler.readObject(location)).toString('base64'),
  deleteRun: ({ runId }) => scheduler.deleteRun(runId),
  keepHouse: () => scheduler.keepHouse(),
  pause: ({ pipeline, paused }) => scheduler.setPaused(pipeline, paused),
};

answerParent(scheduler, operations);
