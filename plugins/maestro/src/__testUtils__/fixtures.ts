import type {
  Attempt,
  PipelineDefinition,
  PipelineDetail,
  PipelineSummary,
  RunDetail,
  TaskDefinition,
  TaskInstance,
} from '@maestro/plugin-maestro-common';

/** Time at which the fixtures play. */
export const NOW = Date.UTC(2026, 10, 15, 4, 6, 12);

/** A definition from lines such as `'a -> b, c'`. */
export function definitionOf(
  lines: string[],
  rest: Partial<PipelineDefinition> = {},
): PipelineDefinition {
  const tasks = new Map<string, TaskDefinition>();
  const task = (id: string) => {
    if (!tasks.has(id)) {
      tasks.set(id, {
        no: tasks.size,
        id,
        kind: 'run',
        upstream: [],
        downstream: [],
        triggerRule: 'all_success',
        retries: 2,
        retryDelayMs: 300_000,
        retryBackoff: 'fixed',
        maxRetryDelayMs: 3_600_000,
        priority: 1,
        connections: [],
        variables: [],
        command: ['python', `${id}.py`],
      });
    }
    return tasks.get(id)!;
  };
  for (const line of lines) {
    const [from, to = ''] = line.split('->');
    for (const up of from.split(',').map(s => task(s.trim()))) {
      for (const id of to.split(',').filter(s => s.trim())) {
        const down = task(id.trim());
        up.downstream.push(down.no);
        down.upstream.push(up.no);
      }
    }
  }
  return {
    formatVersion: 1,
    name: 'model_training_pipeline',
    owner: 'group:default/ml-team',
    type: 'training',
    tags: ['ml'],
    schedules: [],
    maxActiveRuns: 16,
    tasks: [...tasks.values()],
    ...rest,
  };
}

export function trainingDefinition(): PipelineDefinition {
  const definition = definitionOf([
    'validate -> features',
    'features -> train',
    'train -> evaluate',
    'evaluate -> gate',
    'gate -> register, skip_registration',
  ]);
  const gate = definition.tasks.find(t => t.id === 'gate')!;
  gate.kind = 'branch';
  gate.command = undefined;
  gate.branch = {
    if: 'tasks.evaluate.outputs.accuracy > 0.8',
    then: [5],
    else: [6],
  };
  definition.params = {
    type: 'object',
    properties: {
      n_estimators: { type: 'integer', title: 'Trees', default: 200 },
    },
  };
  return definition;
}

export function pipelineOf(
  name: string,
  rest: Partial<PipelineSummary> = {},
): PipelineSummary {
  return {
    name,
    entityRef: `pipeline:default/${name}`,
    ownerRef: 'group:default/ml-team',
    type: 'training',
    tags: ['ml'],
    paused: false,
    removed: false,
    scheduleText: 'Sundays at 04:00 UTC',
    timezone: 'UTC',
    nextDueAt: NOW + 2 * 86_400_000 + 60_000,
    versionNumber: 3,
    taskCount: 7,
    activeRuns: 0,
    slaMs: 7_200_000,
    slaState: 'met',
    lastDurationMs: 724_000,
    lastRuns: Array.from({ length: 14 }, (_, i) => ({
      runId: `${name}-${i}`,
      state: i === 3 ? 'failed' : 'success',
      trigger: 'scheduled',
      runAfter: NOW - i * 86_400_000,
      durationMs: 600_000 + i * 1000,
    })),
    ...rest,
  };
}

export function detailOf(
  name: string,
  rest: Partial<PipelineDetail> = {},
): PipelineDetail {
  return {
    ...pipelineOf(name),
    definition: { ...trainingDefinition(), name },
    location: 'file:pipelines/model_training/catalog-info.yaml',
    nextDueTimes: [NOW + 86_400_000, NOW + 8 * 86_400_000],
    ...rest,
  };
}

export function taskOf(
  taskNo: number,
  taskId: string,
  rest: Partial<TaskInstance> = {},
): TaskInstance {
  return {
    taskNo,
    taskId,
    mapIndex: -1,
    state: 'none',
    tryNumber: 0,
    maxTries: 3,
    attempts: 0,
    ...rest,
  };
}

/** A run whose third task is on its second attempt. */
export function runOf(rest: Partial<RunDetail> = {}): RunDetail {
  const definition = trainingDefinition();
  const done = (no: number): Partial<TaskInstance> => ({
    state: 'success',
    tryNumber: 1,
    attempts: 1,
    latestAttemptId: `attempt-${no}`,
    executor: 'local',
    startedAt: NOW - 300_000 + no * 60_000,
    endedAt: NOW - 250_000 + no * 60_000,
  });
  return {
    runId: 'run-1',
    pipeline: 'model_training_pipeline',
    entityRef: 'pipeline:default/model_training_pipeline',
    runKey: 'scheduled__2026-11-15T04:00:00Z',
    trigger: 'scheduled',
    state: 'running',
    logicalDate: Date.UTC(2026, 10, 15, 4),
    runAfter: Date.UTC(2026, 10, 15, 4),
    createdAt: Date.UTC(2026, 10, 15, 4),
    startedAt: Date.UTC(2026, 10, 15, 4),
    versionNumber: 3,
    clearCount: 0,
    revision: 42,
    slaState: 'pending',
    slaDeadline: Date.UTC(2026, 10, 15, 6),
    alertCount: 0,
    params: { n_estimators: 300 },
    definition,
    tasks: definition.tasks.map(({ no, id }) => {
      if (no < 2) return taskOf(no, id, done(no));
      if (no === 2) {
        return taskOf(no, id, {
          state: 'running',
          tryNumber: 2,
          attempts: 2,
          latestAttemptId: 'attempt-2b',
          executor: 'local',
          startedAt: NOW - 65_000,
        });
      }
      return taskOf(no, id);
    }),
    alerts: [],
    reports: [],
    ...rest,
  };
}

export function attemptOf(
  attemptId: string,
  seq: number,
  rest: Partial<Attempt> = {},
): Attempt {
  return {
    attemptId,
    seq,
    tryNumber: seq,
    countsAsRetry: true,
    state: 'ended',
    executor: 'local',
    claimedAt: NOW - 200_000,
    launchedAt: NOW - 199_000,
    startedAt: NOW - 198_000,
    endedAt: NOW - 100_000,
    result: 'failed',
    failure: 'exit_code',
    exitCode: 1,
    message: 'exit code 1',
    command: ['python', 'train.py', '--trees', '300'],
    env: { MAESTRO_TASK_ID: 'train', API_KEY: '***' },
    logState: 'sealed',
    logBytes: 120,
    ...rest,
  };
}
