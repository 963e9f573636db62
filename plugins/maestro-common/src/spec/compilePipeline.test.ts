import { compilePipeline, type PipelineEntity } from './compilePipeline';

const entity: PipelineEntity = {
  apiVersion: 'maestro.dev/v1alpha1',
  kind: 'Pipeline',
  metadata: {
    name: 'model_training_pipeline',
    description: 'Trains',
    tags: ['ml'],
  },
  spec: {
    type: 'training',
    owner: 'group:default/ml-team',
    schedule: {
      cron: '0 4 * * 0',
      timezone: 'Europe/Berlin',
      startDate: '2025-01-01',
    },
    sla: 'PT2H',
    params: { properties: { n: { type: 'integer', default: 200 } } },
    defaults: {
      retries: 2,
      retryDelay: 'PT5M',
      timeout: 'PT30M',
      env: { A: 'defaults', B: 'defaults', C: 'defaults' },
      connections: ['mlflow_default'],
    },
    tasks: [
      {
        id: 'gate',
        dependsOn: ['train', 'train'],
        branch: { if: 'true', then: ['register'] },
      },
      {
        id: 'train',
        retries: 0,
        env: { B: 'task', C: 'task' },
        connections: [],
        run: { command: ['python', 'train.py'], env: { C: 'run' } },
      },
      {
        id: 'register',
        dependsOn: ['gate', 'train'],
        run: { command: ['true'] },
        priority: 5,
        sla: 'PT1M30.5S',
      },
    ],
  },
};

describe('compilePipeline', () => {
  it('resolves every default', () => {
    expect(compilePipeline(entity)).toEqual({
      formatVersion: 1,
      name: 'model_training_pipeline',
      description: 'Trains',
      owner: 'group:default/ml-team',
      type: 'training',
      tags: ['ml'],
      schedules: [
        {
          id: 'default',
          cron: '0 4 * * 0',
          timezone: 'Europe/Berlin',
          startAt: Date.parse('2024-12-31T23:00:00Z'),
          catchup: false,
        },
      ],
      slaMs: 7_200_000,
      maxActiveRuns: 16,
      params: {
        type: 'object',
        properties: { n: { type: 'integer', default: 200 } },
      },
      tasks: [
        expect.objectContaining({
          no: 0,
          id: 'gate',
          kind: 'branch',
          upstream: [1],
          downstream: [2],
          triggerRule: 'all_success',
          retries: 2,
          timeoutMs: 1_800_000,
          connections: ['mlflow_default'],
          branch: { if: 'true', then: [2], else: [] },
        }),
        {
          no: 1,
          id: 'train',
          kind: 'run',
          upstream: [],
          downstream: [0, 2],
          triggerRule: 'all_success',
          retries: 0,
          retryDelayMs: 300_000,
          retryBackoff: 'fixed',
          maxRetryDelayMs: 3_600_000,
          timeoutMs: 1_800_000,
          priority: 1,
          connections: [],
          variables: [],
          command: ['python', 'train.py'],
          env: { A: 'defaults', B: 'task', C: 'run' },
        },
        expect.objectContaining({ no: 2, priority: 5, slaMs: 90_500 }),
      ],
    });
  });

  it('is the same again, and the same through JSON', () => {
    const once = compilePipeline(entity);
    expect(compilePipeline(entity)).toEqual(once);
    expect(JSON.parse(JSON.stringify(once))).toEqual(once);
    expect('branch' in once.tasks[1]).toBe(false);
  });

  it('prefers the name that the catalog could not take', () => {
    const name = 'n'.repeat(100);
    expect(
      compilePipeline({
        ...entity,
        metadata: {
          name: 'short',
          annotations: { 'maestro.dev/pipeline-name': name },
        },
      }).name,
    ).toBe(name);
  });

  it('refuses what would make a wrong definition', () => {
    const { spec } = entity;
    const withTasks = (tasks: typeof spec.tasks) => () =>
      compilePipeline({ ...entity, spec: { ...spec, tasks } });
    const run = { command: ['true'] };
    expect(withTasks([{ id: 'a', dependsOn: ['b'], run }])).toThrow(
      'Task "a" of pipeline "model_training_pipeline" names task "b", which does not exist',
    );
    expect(
      withTasks([
        { id: 'a', run },
        { id: 'a', run },
      ]),
    ).toThrow('two tasks with the same id');
    expect(withTasks([{ id: 'a', retries: -1, run }])).toThrow(
      'spec.tasks[0].retries',
    );
  });

  it('reads what is kept, and refuses a limit without a number', () => {
    const kept = (retention: unknown) =>
      compilePipeline({
        ...entity,
        spec: { ...entity.spec, retention },
      } as PipelineEntity).retention;
    expect(
      kept({
        runs: { maxAge: 'P90D', maxCount: 500 },
        logs: { maxAge: 'P7D' },
      }),
    ).toEqual({
      runs: { maxAgeMs: 90 * 86_400_000, maxCount: 500 },
      logs: { maxAgeMs: 7 * 86_400_000 },
    });
    expect(() => kept({ runs: {} })).toThrow(/maxAge, maxCount or both/);
    expect(() => kept({ runs: { maxCount: 0 } })).toThrow(/maxCount/);
  });
});
