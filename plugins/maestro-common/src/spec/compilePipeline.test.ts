import { entity as written, type Loose } from '../__testUtils__/entity';
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
    expect(compilePipeline(entity)).toStrictEqual({
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
    expect(compilePipeline(entity)).toStrictEqual(once);
    expect(JSON.parse(JSON.stringify(once))).toStrictEqual(once);
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
    ).toStrictEqual({
      runs: { maxAgeMs: 90 * 86_400_000, maxCount: 500 },
      logs: { maxAgeMs: 7 * 86_400_000 },
    });
    expect(() => kept({ runs: {} })).toThrow(/maxAge, maxCount or both/);
    expect(() => kept({ runs: { maxCount: 0 } })).toThrow(/maxCount/);
  });
});

const compiled = (spec: Loose) =>
  compilePipeline(written(spec) as PipelineEntity);

it('gives a pipeline that says nothing only what it needs', () => {
  expect(compiled({})).toStrictEqual({
    formatVersion: 1,
    name: 'example',
    owner: 'group:default/ml-team',
    type: 'training',
    tags: [],
    schedules: [],
    maxActiveRuns: 16,
    tasks: [
      {
        no: 0,
        id: 'a',
        kind: 'run',
        upstream: [],
        downstream: [],
        triggerRule: 'all_success',
        retries: 0,
        retryDelayMs: 300_000,
        retryBackoff: 'fixed',
        maxRetryDelayMs: 3_600_000,
        priority: 1,
        connections: [],
        variables: [],
        command: ['true'],
        env: {},
      },
    ],
  });
});

describe('the parts of a schedule', () => {
  const day = (text: string) => Date.parse(`${text}T00:00:00Z`);
  it.each<[string, Loose, Loose]>([
    [
      'due times in order, each once, however they are written',
      {
        dates: [
          '2026-03-03',
          '2026-03-01',
          '2026-03-04',
          '2026-03-03T01:00:00+01:00',
          '2026-03-02',
        ],
      },
      {
        dates: ['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04'].map(
          day,
        ),
      },
    ],
    [
      'days by number, in order',
      { cron: '@daily', days: ['fri', 'sun', 'wed', 'mon'] },
      { cron: '@daily', days: [0, 1, 3, 5] },
    ],
    [
      'days off in order',
      { cron: '@daily', except: ['2026-12-26', '2026-12-25'] },
      { cron: '@daily', except: ['2026-12-25', '2026-12-26'] },
    ],
    [
      'any of some assets, each once, in order',
      { assets: { any: ['b', 'c', 'a', 'b'] }, cooldown: 'PT1H' },
      {
        assets: { mode: 'any', names: ['a', 'b', 'c'] },
        cooldownMs: 3_600_000,
      },
    ],
    [
      'all of some assets',
      { assets: { all: ['b', 'a'] } },
      { assets: { mode: 'all', names: ['a', 'b'] } },
    ],
    [
      'an interval with its jitter',
      { id: 'often', every: 'PT10M', jitter: 'PT1M', catchup: true },
      { id: 'often', everyMs: 600_000, jitterMs: 60_000, catchup: true },
    ],
    [
      'runs that follow each other',
      { continuous: true },
      { continuous: { pauseMs: 1_000 } },
    ],
    [
      'runs that follow each other, with a pause',
      { continuous: true, pause: 'PT5M' },
      { continuous: { pauseMs: 300_000 } },
    ],
  ])('%s', (_, schedule, expected) => {
    expect(compiled({ schedule }).schedules).toStrictEqual([
      { id: 'default', timezone: 'UTC', catchup: false, ...expected },
    ]);
  });

  it('lets one run be active where runs follow each other', () => {
    expect(compiled({ schedule: { continuous: true } }).maxActiveRuns).toBe(1);
    expect(compiled({ schedule: [{ continuous: true }] }).maxActiveRuns).toBe(
      1,
    );
  });

  it.each([
    { cron: '@daily', startDate: 'soon' },
    { cron: '@daily', endDate: 'soon' },
    { dates: ['2026-03-01', 'soon'] },
  ])('refuses what is no date: %j', schedule => {
    expect(() => compiled({ schedule })).toThrow(
      '"soon" is not a date, expected ISO 8601 such as 2025-01-31',
    );
  });
});
