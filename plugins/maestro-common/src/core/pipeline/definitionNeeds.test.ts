import { compilePipeline } from '../../spec/compilePipeline';
import type { PipelineDefinition } from './definition';
import { definitionNeeds, unknownNeeds } from './definitionNeeds';

const compiled = (tasks: object[], spec: object = {}) =>
  compilePipeline({
    apiVersion: 'maestro.dev/v1alpha1',
    kind: 'Pipeline',
    metadata: { name: 'p' },
    spec: { type: 't', owner: 'group:default/team', ...spec, tasks },
  } as never);

const run = { id: 'a', run: { command: ['true'] } };

it('a pipeline of what there always was needs nothing', () => {
  expect(definitionNeeds(compiled([run], { sla: 'PT1H' }))).toStrictEqual([]);
});

it.each<[string, PipelineDefinition, string[]]>([
  [
    'a mapped task',
    compiled([run, { ...run, id: 'b', map: { over: '[1]' } }]),
    ['task.map'],
  ],
  [
    'what is repeated and how long it may wait, but not what may be reused',
    compiled([
      { ...run, retryOn: ['oom'], queuedTimeout: 'PT1M', cache: true },
    ]),
    ['task.queuedTimeoutMs', 'task.retryOn'],
  ],
  [
    'a task that waits',
    compiled([run, { id: 'w', wait: { for: 'PT1M' } }]),
    ['task.kind.wait', 'task.wait'],
  ],
  [
    'a task that waits for an asset: who knows tasks that wait may not know it',
    compiled([run, { id: 'w', wait: { asset: { name: 'x' } } }]),
    ['task.kind.wait', 'task.wait', 'wait.asset'],
  ],
  [
    'a task that waits for an object of S3: others would look for a file',
    compiled([run, { id: 'w', wait: { object: { path: 's3://raw/x' } } }]),
    ['task.kind.wait', 'task.wait', 'wait.s3'],
  ],
  [
    'a run of another pipeline',
    compiled([{ id: 'w', pipeline: { name: 'other' } }]),
    ['task.kind.pipeline', 'task.pipeline'],
  ],
  [
    'a schedule with jitter',
    compiled([run], { schedule: { cron: '0 4 * * *', jitter: 'PT5M' } }),
    ['schedule.jitterMs'],
  ],
  [
    'runs that follow each other',
    compiled([run], { schedule: { continuous: true } }),
    ['schedule.continuous'],
  ],
  [
    'what starts on assets, and makes them',
    compiled([{ ...run, produces: ['y'] }], {
      schedule: { assets: { any: ['x'] }, cooldown: 'P1D' },
      webhooks: [{ id: 'w' }],
    }),
    ['schedule.assets', 'schedule.cooldownMs', 'task.produces'],
  ],
  [
    'a task of Airflow that may defer itself: who knows Airflow may know no triggers',
    {
      ...compiled([run]),
      tasks: [
        {
          ...compiled([run]).tasks[0],
          airflow: {
            operator: 'DateTimeSensorAsync',
            line: 3,
            defers: true,
            hides: ['DB_PASSWORD'],
          },
        },
      ],
    },
    ['airflow.defers', 'task.airflow'],
  ],
  [
    'a mapped group',
    compiled([{ ...run, group: 'g' }], {
      groups: [{ id: 'g', map: { over: '[1]' } }],
    }),
    ['group.map', 'pipeline.groups', 'task.group', 'task.map'],
  ],
  [
    'a condition of assets in another one',
    compiled([run], {
      schedule: { assets: { all: ['x', { any: ['y', 'z'] }] } },
    }),
    ['assets.parts', 'schedule.assets'],
  ],
  [
    'an alias of assets: others would wait for an asset of that name',
    {
      ...compiled([run]),
      schedules: [
        {
          id: 's',
          timezone: 'UTC',
          catchup: false,
          assets: { mode: 'any', names: ['@x'], aliases: ['@x'] },
        },
      ],
    },
    ['assets.aliases', 'schedule.assets'],
  ],
  [
    'events through an alias: others would keep them without it, and nobody who waits for it be told',
    {
      ...compiled([run]),
      tasks: [
        {
          ...compiled([run]).tasks[0],
          produces: [
            { asset: 'y', on: 'success' },
            { asset: 'z', on: { alert: 'failed' } },
            { asset: '@x', on: 'alias' },
          ],
        },
      ],
    },
    ['produces.alias', 'task.produces'],
  ],
  [
    'runs of partitions',
    {
      ...compiled([run]),
      partitioned: true as const,
      schedules: [
        {
          id: 's',
          cron: '0 0 * * *',
          timezone: 'UTC',
          catchup: false,
          partition: { offset: 0, format: '%Y' },
          assets: {
            mode: 'any' as const,
            names: ['x'],
            partitions: { mapper: { map: 'identity' as const } },
          },
        },
      ],
    },
    [
      'assets.partitions',
      'pipeline.partitioned',
      'schedule.assets',
      'schedule.partition',
    ],
  ],
  [
    'what is due by several expressions, or has intervals of its own',
    {
      ...compiled([run]),
      schedules: [
        {
          id: 's',
          cron: '0 0 * * *',
          crons: ['0 6 * * *'],
          timezone: 'UTC',
          catchup: false,
          interval: {},
        },
      ],
    },
    ['schedule.crons', 'schedule.interval'],
  ],
  [
    'what is due by the calendar, or has such intervals',
    {
      ...compiled([run]),
      schedules: [
        {
          id: 's',
          everySpan: { months: 1 },
          timezone: 'UTC',
          catchup: false,
          interval: { span: { months: 1 } },
        },
      ],
    },
    ['interval.span', 'schedule.everySpan', 'schedule.interval'],
  ],
  [
    'a task of Airflow in a pod: others would start one without a command',
    {
      ...compiled([run]),
      tasks: [
        {
          ...compiled([run]).tasks[0],
          airflow: { operator: '@task' },
          airflowPath: { path: 'python' },
          airflowPod: { python: 'python' },
        },
      ],
    },
    ['task.airflow', 'task.airflowPod'],
  ],
  [
    'fields and kinds that are not known yet',
    {
      ...compiled([run]),
      later: {},
      tasks: [{ ...compiled([run]).tasks[0], soon: 1, kind: 'other' }],
    } as never,
    ['pipeline.later', 'task.kind.other', 'task.soon'],
  ],
])('%s is a need', (_, definition, needs) => {
  expect(definitionNeeds(definition)).toStrictEqual(needs);
});

it('says which of the needs this code does not know', () => {
  expect(
    unknownNeeds([
      'task.map',
      'pipeline.overlap',
      'schedule.assets',
      'task.kind.run',
      'produces.alias',
    ]),
  ).toStrictEqual([]);
  expect(
    unknownNeeds(['task.map', 'task.soon', 'pipeline.later', 'task.kind.odd']),
  ).toStrictEqual(['task.soon', 'pipeline.later', 'task.kind.odd']);
  expect(unknownNeeds(['produces.later', 'produces.alias'])).toEqual([
    'produces.later',
  ]);
  expect(unknownNeeds(['task.constructor', 'nonsense'])).toHaveLength(2);
});
