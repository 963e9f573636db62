import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mockServices } from '@backstage/backend-test-utils';
import {
  runHeadless,
  type HeadlessRunOptions,
  type HeadlessRunResult,
} from '@maestro/plugin-maestro-backend';
import { createLocalExecutor } from '@maestro/plugin-maestro-backend-module-local';
import type {
  PipelineDefinition,
  TaskDefinition,
} from '@maestro/plugin-maestro-common';
import { createAirflowExecutor } from '../AirflowExecutor';

/** The interpreter of the suite. @throws without one: nothing is skipped */
export function airflowPython(): string {
  const python = process.env.MAESTRO_TEST_AIRFLOW_PYTHON;
  if (!python) {
    throw new Error(
      'MAESTRO_TEST_AIRFLOW_PYTHON names no interpreter with Airflow, which the suite "airflow" needs',
    );
  }
  return python;
}

/** What a test says of a task; the rest is as Airflow has it by default. */
export type TestTask = Pick<TaskDefinition, 'id'> &
  Partial<Omit<TaskDefinition, 'upstream'>> & { after?: string[] };

/** A definition as it is made of a DAG, by hand. */
export function dagOf(
  dagId: string,
  tasks: readonly TestTask[],
): PipelineDefinition {
  const noOf = (id: string) => tasks.findIndex(task => task.id === id);
  return {
    formatVersion: 1,
    name: dagId,
    owner: 'group:default/test',
    type: 'airflow',
    tags: [],
    schedules: [],
    maxActiveRuns: 16,
    airflow: {
      dagId,
      source: 'test',
      file: `${dagId}.py`,
      environment: 'default',
    },
    tasks: tasks.map(({ after = [], ...task }, no) => ({
      no,
      kind: 'run' as const,
      upstream: after.map(noOf).sort((a, b) => a - b),
      downstream: tasks.flatMap(({ after: of = [] }, other) =>
        of.includes(task.id) ? [other] : [],
      ),
      triggerRule: 'all_success' as const,
      retries: 0,
      retryDelayMs: 100,
      retryBackoff: 'fixed' as const,
      maxRetryDelayMs: 60_000,
      priority: 1,
      executor: 'airflow',
      connections: [],
      variables: [],
      airflow: {
        operator: 'PythonOperator',
        module: 'airflow.providers.standard.operators.python',
        path: 'sdk' as const,
      },
      ...task,
    })),
  };
}

/** What came of a run, and the log of each task. */
export interface DagRunSeen extends HeadlessRunResult {
  states: Record<string, string>;
  logs: Record<string, string>;
}

/** Runs a DAG file once, with the real engine, task API and fork server. */
export async function runDag(
  definition: PipelineDefinition,
  source: string,
  options: Partial<HeadlessRunOptions> = {},
): Promise<DagRunSeen> {
  const dataDir = mkdtempSync(join(tmpdir(), 'maestro-airflow-'));
  const logs: Record<string, string> = {};
  try {
    const result = await runHeadless({
      definition,
      files: [
        { path: definition.airflow!.file, content: Buffer.from(source) },
      ],
      params: {},
      connections: [],
      variables: {},
      logicalDate: Date.UTC(2025, 0, 1),
      logger: mockServices.logger.mock(),
      cancelGraceMs: 5_000,
      dataDir,
      createExecutor: dir =>
        createAirflowExecutor({
          processes: createLocalExecutor({ dataDir: join(dir, 'airflow') }),
          environments: { default: { python: airflowPython() } },
          homeDir: join(dir, 'airflow-home'),
        }),
      onLog: ({ taskId, bytes }) => {
        logs[taskId] = (logs[taskId] ?? '') + bytes.toString('utf8');
      },
      ...options,
    });
    const states = Object.fromEntries(
      result.tasks.map(({ taskId, state }) => [taskId, state]),
    );
    return { ...result, states, logs };
  } finally {
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}
