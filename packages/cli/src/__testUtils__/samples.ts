import type {
  Asset,
  AssetEvent,
  Webhook,
} from '@maestro/plugin-maestro-common';
import { detail, RUN_ID, task } from './fakeMaestro';

export const HOUR = 3_600_000;

export const question = {
  runId: RUN_ID,
  runKey: 'manual-1',
  pipeline: 'train',
  taskId: 'ask',
  mapIndex: -1,
  since: 1_000,
  message: 'Deploy version 7?',
  approvers: ['group:default/ml-team'],
  input: { properties: { n: { type: 'integer' } } },
};

/** A run whose tasks of these names wait for a decision. */
export function asking(...taskIds: string[]) {
  return {
    ...detail('running'),
    tasks: taskIds.map((taskId, taskNo) => ({
      ...task,
      taskNo,
      taskId,
      state: 'deferred' as const,
      wait: {
        kind: 'approval' as const,
        what: 'a decision',
        since: 1_000,
        looks: 0,
        approval: question,
      },
    })),
  };
}

/** A run of which instances of the mapped task `ask` wait for a decision. */
export function askingInstances(...mapIndices: number[]) {
  return {
    run: {
      ...detail('running'),
      tasks: [
        {
          ...task,
          taskNo: 0,
          taskId: 'ask',
          state: 'running' as const,
          asking: { count: mapIndices.length, first: mapIndices[0] },
        },
      ],
    },
    approvals: mapIndices.map(mapIndex => ({
      ...question,
      runId: RUN_ID,
      runKey: 'r',
      pipeline: 'train',
      taskId: 'ask',
      mapIndex,
      since: 1_000,
    })),
  };
}

export const noon = new Date(2026, 2, 1, 12).getTime();
export const preview = {
  from: noon,
  until: noon + 24 * HOUR,
  isCut: false,
  pipelines: [
    { name: 'never_ran', runs: 1, next: [noon + HOUR] },
    {
      name: 'train',
      runs: 24,
      next: [noon + HOUR],
      expectedMs: 2 * HOUR,
      waiting: { runs: 23, longestMs: 22 * HOUR, firstAt: noon + 2 * HOUR },
    },
  ],
  collisions: [
    {
      kind: 'same_instant',
      pipelines: ['never_ran', 'train'],
      times: 1,
      at: [noon + HOUR],
      wanted: 2,
    },
    {
      kind: 'pool',
      pool: 'gpu',
      pipelines: ['train'],
      times: 3,
      at: [noon + 2 * HOUR],
      wanted: 4,
      limit: 1,
    },
  ],
  peaks: [{ at: noon + 2 * HOUR, runs: 2, pipelines: ['train'] }],
  paused: ['asleep'],
};

export const outcome = {
  pipeline: 'train',
  entityRef: 'pipeline:default/train',
  scheduleId: 'retrain',
  decidedAt: 2,
};
export const event: AssetEvent = {
  id: 7,
  asset: 'drift',
  at: 1,
  source: 'alert',
  pipeline: 'check',
  taskId: 'look',
  runId: RUN_ID,
  outcomes: [
    { ...outcome, outcome: 'run', runId: 'other-run' },
    { ...outcome, pipeline: 'report', outcome: 'skipped', reason: 'paused' },
    { ...outcome, outcome: 'waiting', reason: 'waits for labels' },
  ],
};
export const asset: Asset = {
  name: 'drift',
  producers: [
    {
      pipeline: 'check',
      entityRef: 'pipeline:default/check',
      taskId: 'look',
      alert: 'drift',
    },
  ],
  waiters: [
    {
      pipeline: 'report',
      entityRef: 'pipeline:default/report',
      taskId: 'fresh',
    },
  ],
  consumers: [
    {
      ...outcome,
      scheduleText: 'On asset drift',
      paused: false,
      missing: ['labels'],
      waitingSince: 1,
    },
  ],
  lastEvent: event,
};
export const webhook: Webhook = {
  id: 'deploy',
  path: '/webhooks/train/deploy',
  hasSecret: true,
  rotatedAt: 1,
  rotatedBy: 'anna',
  params: { ref: 'request.body.ref' },
};
