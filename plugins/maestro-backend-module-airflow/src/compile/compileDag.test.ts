import { compileDag } from './compileDag';
import type {
  DescribedDag,
  Encoded,
  SerializedDag,
  SerializedTask,
} from './serialized';

const cron = (expression: string, timezone: unknown = 'UTC'): Encoded => ({
  __type: 'airflow.timetables.trigger.CronTriggerTimetable',
  __var: { expression, timezone, interval: 0, run_immediately: false },
});
const timetable = (name: string, value: object = {}): Encoded => ({
  __type: name.includes('.') ? name : `airflow.timetables.simple.${name}`,
  __var: value as Record<string, unknown>,
});
const asset = (name: string) => ({ __type: 'asset', name, uri: name });

const task = (
  task_id: string,
  more: Partial<SerializedTask> = {},
): SerializedTask => ({
  task_id,
  task_type: 'BashOperator',
  ...more,
});

function described(
  dag: Partial<Omit<SerializedDag, 'tasks'>> = {},
  tasks: SerializedTask[] = [task('a')],
  more: Partial<DescribedDag> = {},
): DescribedDag {
  return {
    dag: {
      dag_id: 'd',
      relative_fileloc: 'x/d.py',
      timetable: timetable('NullTimetable'),
      timezone: 'UTC',
      task_group: { _group_id: null, children: {} },
      ...dag,
      tasks: tasks.map(one => ({ __type: 'operator', __var: one })),
    },
    owner: 'airflow',
    pausedUponCreation: false,
    line: 7,
    tasks: {},
    ...more,
  };
}

const compile = (...args: Parameters<typeof described>) =>
  compileDag(described(...args), {
    source: 's',
    environment: 'default',
    ownerOf: ({ owners, tags }) => [...owners, ...tags].join('+'),
    notes: [],
  });
const compiled = (...args: Parameters<typeof described>) => {
  const { definition, problems } = compile(...args);
  expect(problems).toEqual([]);
  return definition!;
};

describe('when a DAG is due', () => {
  const START = Date.UTC(2025, 0, 1);
  const bounds = { startAt: START, catchup: false };
  const of = (table: Encoded, more: Partial<SerializedDag> = {}) =>
    compiled({ timetable: table, start_date: START / 1000, ...more }).schedules;

  it.each<[string, Encoded, object[]]>([
    ['never', timetable('NullTimetable'), []],
    [
      'by cron expression',
      cron('0 0 * * *'),
      [{ id: 'default', cron: '0 0 * * *', timezone: 'UTC', ...bounds }],
    ],
    [
      'in a time zone',
      cron('30 2 * * 1', 'Europe/Berlin'),
      [
        {
          id: 'default',
          cron: '30 2 * * 1',
          timezone: 'Europe/Berlin',
          ...bounds,
        },
      ],
    ],
    [
      'by several cron expressions',
      timetable('airflow.timetables.trigger.MultipleCronTriggerTimetable', {
        timetables: [cron('0 1 * * *'), cron('0 2 * * *')],
      }),
      [
        { id: 'cron_1', cron: '0 1 * * *', timezone: 'UTC', ...bounds },
        { id: 'cron_2', cron: '0 2 * * *', timezone: 'UTC', ...bounds },
      ],
    ],
    [
      'every so often',
      timetable('airflow.timetables.trigger.DeltaTriggerTimetable', {
        delta: 90,
        interval: 0,
      }),
      [{ id: 'default', everyMs: 90_000, timezone: 'UTC', ...bounds }],
    ],
    [
      'once',
      timetable('OnceTimetable'),
      [{ id: 'default', dates: [START], timezone: 'UTC', catchup: true }],
    ],
    [
      'on dates, sorted, each once',
      timetable('airflow.timetables.events.EventsTimetable', {
        event_dates: [20, { __type: 'datetime', __var: 10 }, 20],
      }),
      [
        {
          id: 'default',
          dates: [10_000, 20_000],
          timezone: 'UTC',
          ...bounds,
        },
      ],
    ],
    [
      'on assets',
      timetable('AssetTriggeredTimetable', {
        asset_condition: {
          __type: 'asset_all',
          objects: [asset('s3://b'), asset('a')],
        },
      }),
      [
        {
          id: 'default',
          timezone: 'UTC',
          assets: { mode: 'all', names: ['a', 's3://b'] },
          ...bounds,
        },
      ],
    ],
    [
      'on an asset or a time',
      timetable('airflow.timetables.assets.AssetOrTimeSchedule', {
        asset_condition: { __type: 'asset_any', objects: [asset('a')] },
        timetable: cron('0 1 * * 3'),
      }),
      [
        {
          id: 'default',
          cron: '0 1 * * 3',
          timezone: 'UTC',
          assets: { mode: 'any', names: ['a'] },
          ...bounds,
        },
      ],
    ],
  ])('%s', (_what, table, schedules) => {
    expect(of(table)).toEqual(schedules);
  });

  it('keeps end date and catchup, and takes the earliest start of its tasks', () => {
    const { schedules } = compiled(
      { timetable: cron('@daily'), end_date: 2e9, catchup: true },
      [task('a', { start_date: 200 }), task('b', { start_date: 100 })],
    );
    expect(schedules).toEqual([
      {
        id: 'default',
        cron: '@daily',
        timezone: 'UTC',
        startAt: 100_000,
        endAt: 2e12,
        catchup: true,
      },
    ]);
  });

  it('is never due once without a start date, as in Airflow', () => {
    expect(
      compiled({ timetable: timetable('OnceTimetable') }).schedules,
    ).toEqual([]);
  });

  it.each<[string, Encoded, RegExp]>([
    [
      'a timetable of the folder',
      timetable('plugins.workday.AfterWorkday'),
      /plugins\.workday\.AfterWorkday is Python code/,
    ],
    [
      'the logical date of an interval',
      timetable('airflow.timetables.interval.CronDataIntervalTimetable', {
        expression: '0 0 * * *',
        timezone: 'UTC',
      }),
      /use CronTriggerTimetable/,
    ],
    ['@continuous', timetable('ContinuousTimetable'), /@continuous/],
    ['partitions', timetable('PartitionedAtRuntime'), /partitioned runs/],
    ['a bad expression', cron('61 * * * *'), /cannot be used: .*61/],
    ['a fixed offset', cron('0 0 * * *', 3600), /time zone 3600/],
    [
      'an interval of the calendar',
      timetable('airflow.timetables.trigger.DeltaTriggerTimetable', {
        delta: { months: 1 },
      }),
      /relativedelta/,
    ],
    [
      'an asset alias',
      timetable('AssetTriggeredTimetable', {
        asset_condition: { __type: 'asset_alias', name: 'x' },
      }),
      /asset alias "x"/,
    ],
    [
      'nested conditions',
      timetable('AssetTriggeredTimetable', {
        asset_condition: {
          __type: 'asset_any',
          objects: [
            asset('a'),
            { __type: 'asset_all', objects: [asset('b'), asset('c')] },
          ],
        },
      }),
      /nests conditions/,
    ],
    [
      'a name that Maestro does not take',
      timetable('AssetTriggeredTimetable', {
        asset_condition: { __type: 'asset_any', objects: [asset('a b')] },
      }),
      /asset "a b"/,
    ],
  ])('says that it cannot say %s', (_what, table, message) => {
    const { definition, problems } = compile({ timetable: table });
    // It can be started by hand.
    expect(definition!.schedules).toEqual([]);
    expect(problems).toEqual([
      {
        file: 'x/d.py',
        line: 7,
        dagId: 'd',
        unscheduled: true,
        message: expect.stringMatching(message),
      },
    ]);
    expect(problems[0].message).toMatch(/; until then it is started by hand/);
  });
});

describe('a task', () => {
  const only = (more: Partial<SerializedTask>) =>
    compiled({}, [task('a', more)]).tasks[0];

  it('has the defaults of Airflow', () => {
    expect(only({})).toEqual({
      no: 0,
      id: 'a',
      kind: 'run',
      upstream: [],
      downstream: [],
      triggerRule: 'all_success',
      retries: 0,
      retryDelayMs: 300_000,
      retryBackoff: 'fixed',
      maxRetryDelayMs: 86_400_000,
      priority: 1,
      executor: 'airflow',
      connections: [],
      variables: [],
      airflow: {
        operator: 'BashOperator',
      },
    });
  });

  it.each<[string, Partial<SerializedTask>, object]>([
    [
      'retries',
      { retries: 3, retry_delay: 1.5 },
      { retries: 3, retryDelayMs: 1500 },
    ],
    [
      'backoff',
      { retry_exponential_backoff: 2, max_retry_delay: 60 },
      { retryBackoff: 'exponential', maxRetryDelayMs: 60_000 },
    ],
    ['timeout', { execution_timeout: 10 }, { timeoutMs: 70_000 }],
    ['pool', { pool: 'gpu' }, { pool: 'gpu' }],
    ['limit', { max_active_tis_per_dag: 2 }, { maxActive: 2 }],
    [
      'trigger rule',
      { trigger_rule: 'one_failed' },
      { triggerRule: 'one_failed' },
    ],
    ['past', { depends_on_past: true }, { dependsOnPast: true }],
    [
      'past and what is below',
      { wait_for_downstream: true },
      { dependsOnPast: true, waitForDownstream: true },
    ],
    [
      'outlets, without aliases',
      {
        outlets: [
          { __type: 'asset', __var: { name: 's3://x' } },
          { __type: 'asset_alias', __var: { name: 'y' } },
        ],
      },
      { produces: [{ asset: 's3://x', on: 'success' }] },
    ],
    ['name for people', { _task_display_name: 'A' }, { title: 'A' }],
    [
      'operator of a decorator',
      { _operator_name: '@task', doc_md: 'd' },
      {
        airflow: expect.objectContaining({
          operator: '@task',
          docs: 'd',
        }),
      },
    ],
  ])('keeps its %s', (_what, given, expected) => {
    expect(only(given)).toMatchObject(expected);
  });

  it('has its neighbours, and the priority of those below it', () => {
    const { tasks } = compiled({}, [
      task('c', { priority_weight: 10 }),
      task('a', { downstream_task_ids: ['b', 'c'] }),
      task('b', { downstream_task_ids: ['c'], weight_rule: 'absolute' }),
    ]);
    expect(
      tasks.map(({ id, upstream, downstream, priority }) => [
        id,
        upstream,
        downstream,
        priority,
      ]),
    ).toEqual([
      ['c', [1, 2], [], 10],
      ['a', [], [0, 2], 12],
      ['b', [1], [0], 1],
    ]);
  });

  it('sets up and takes down', () => {
    const { tasks } = compiled({}, [
      task('up', { is_setup: true, downstream_task_ids: ['work', 'down'] }),
      task('work', { downstream_task_ids: ['down'] }),
      task('down', {
        is_teardown: true,
        trigger_rule: 'all_done_setup_success',
        on_failure_fail_dagrun: true,
      }),
    ]);
    expect(tasks[0].setup).toBe(true);
    expect(tasks[2]).toMatchObject({
      upstream: [0, 1],
      triggerRule: 'all_done_setup_success',
      teardown: { of: [0], failsRun: true },
    });
  });

  it.each<[string, Partial<SerializedTask>, RegExp]>([
    ['is mapped', { _is_mapped: true }, /task "a" cannot be expanded/],
    ['has an unknown rule', { trigger_rule: 'odd' }, /rule odd/],
    ['has an odd name', { task_id: '-a' }, /task "-a" has a name/],
  ])('is a problem, with its line, when it %s', (_what, more, message) => {
    const { definition, problems } = compile({}, [task('a', more)], {
      tasks: { a: { line: 12 }, '-a': { line: 12 } },
    });
    expect(definition).toBeUndefined();
    expect(problems).toEqual([
      expect.objectContaining({
        line: 12,
        message: expect.stringMatching(message),
      }),
    ]);
  });

  it.each<[Partial<SerializedTask>, RegExp]>([
    [
      { outlets: [{ __type: 'asset', __var: { name: 'a b' } }] },
      /asset "a b" .*no events/,
    ],
    [{ pool_slots: 2 }, /pool_slots=2/],
    [{ max_active_tis_per_dagrun: 1 }, /max_active_tis_per_dagrun/],
    [{ weight_rule: 'x.Y' }, /weight rule x\.Y/],
    [{ has_retry_policy: true }, /retry policy/],
    [{ end_date: 1_735_689_600 }, /end_date= of task "a" has no effect/],
  ])('notes what has no effect: %j', (more, message) => {
    const { airflow } = compiled({}, [task('a', more)]);
    expect(airflow!.notes).toEqual([
      { line: 7, message: expect.stringMatching(message) },
    ]);
  });
});

describe('a DAG', () => {
  it.each<[Partial<SerializedDag>, string[]]>([
    [
      { has_on_success_callback: true, has_on_failure_callback: true },
      ['on_success_callback=', 'on_failure_callback='],
    ],
    [{ has_on_failure_callback: true }, ['on_failure_callback=']],
    [{ fail_fast: true }, ['fail_fast=']],
    // Of its tasks, where it is the same.
    [{ end_date: 1_735_689_600 }, []],
  ])('notes what of it has no effect: %j', (more, names) => {
    const { airflow } = compiled(more, [
      task('a', more.end_date ? { end_date: 1_735_689_600 } : {}),
    ]);
    expect((airflow!.notes ?? []).map(({ message }) => message)).toEqual(
      names.map(name =>
        expect.stringMatching(new RegExp(`^${name}.* no effect`)),
      ),
    );
  });

  it('keeps what is said of it as a whole', () => {
    expect(
      compiled({
        description: 'trains',
        doc_md: '# Docs',
        tags: ['ml', 'custom'],
        dagrun_timeout: 60,
        max_active_runs: 1,
        max_active_tasks: 4,
      }),
    ).toMatchObject({
      formatVersion: 1,
      name: 'd',
      description: 'trains',
      owner: 'airflow+custom+ml',
      type: 'airflow',
      tags: ['custom', 'ml'],
      timeoutMs: 60_000,
      maxActiveRuns: 1,
      maxActiveTasks: 4,
      airflow: {
        dagId: 'd',
        source: 's',
        file: 'x/d.py',
        environment: 'default',
        docs: '# Docs',
      },
    });
  });

  it('has its groups in groups, with their tasks', () => {
    const { groups, tasks } = compiled(
      {
        task_group: {
          _group_id: null,
          children: {
            a: ['operator', 'a'],
            outer: [
              'taskgroup',
              {
                _group_id: 'outer',
                group_display_name: 'Outer',
                children: {
                  'outer.in': [
                    'taskgroup',
                    {
                      _group_id: 'outer.in',
                      group_display_name: 'outer.in',
                      children: { b: ['operator', 'b'] },
                    },
                  ],
                },
              },
            ],
          },
        },
      },
      [task('a'), task('b')],
    );
    expect(groups).toEqual([
      { no: 0, id: 'outer', title: 'Outer', retries: 0, retryDelayMs: 0 },
      { no: 1, id: 'outer.in', parent: 0, retries: 0, retryDelayMs: 0 },
    ]);
    expect(tasks.map(({ group }) => group)).toEqual([undefined, 1]);
  });

  it('takes its params as JSON Schema, and others too', () => {
    expect(compiled().params).toEqual({
      type: 'object',
      additionalProperties: true,
    });
    expect(
      compiled({
        params: [
          [
            'n',
            {
              default: 1,
              description: 'how many',
              schema: { __type: 'dict', __var: { type: 'integer' } },
            },
          ],
          [
            'who',
            {
              default: { __type: 'arg_not_set', __var: null },
              schema: { type: 'string' },
            },
          ],
        ],
      }).params,
    ).toEqual({
      type: 'object',
      additionalProperties: true,
      properties: {
        n: { type: 'integer', description: 'how many', default: 1 },
        who: { type: 'string' },
      },
      required: ['who'],
    });
    expect(
      compile({ params: [['n', { default: 1, schema: { type: 'odd' } }]] })
        .problems,
    ).toEqual([
      expect.objectContaining({ message: expect.stringContaining('schema') }),
    ]);
  });

  it.each<
    [
      string,
      Record<string, { slaSeconds: number }>,
      number | undefined,
      (number | undefined)[],
    ]
  >([
    [
      'of all tasks is that of the run',
      { a: { slaSeconds: 60 }, b: { slaSeconds: 60 } },
      60_000,
      [undefined, undefined],
    ],
    [
      'of one is that of the task',
      { a: { slaSeconds: 60 } },
      undefined,
      [60_000, undefined],
    ],
    [
      'of each its own are those of the tasks',
      { a: { slaSeconds: 60 }, b: { slaSeconds: 30 } },
      undefined,
      [60_000, 30_000],
    ],
  ])('has the deadline: sla= %s', (_what, tasks, ofRun, ofTasks) => {
    const definition = compiled({}, [task('a'), task('b')], { tasks });
    expect(definition.slaMs).toBe(ofRun);
    expect(definition.tasks.map(({ slaMs }) => slaMs)).toEqual(ofTasks);
  });

  it('says where its tasks are made, and what links they leave', () => {
    const links = { 'Job log': '_link_JobLog' };
    const { tasks } = compiled(
      {},
      [task('a', { _operator_extra_links: links }), task('b'), task('c')],
      {
        tasks: {
          a: { file: 'x/d.py', line: 12 },
          b: { file: 'x/factory.py', line: 3 },
        },
      },
    );
    const operator = 'BashOperator';
    expect(tasks.map(({ airflow }) => airflow)).toEqual([
      { operator, line: 12, links },
      { operator, line: 3, file: 'x/factory.py' },
      { operator },
    ]);
  });

  it('without tasks is a problem', () => {
    expect(compile({}, []).problems).toEqual([
      expect.objectContaining({ message: 'it has no tasks' }),
    ]);
  });

  it('is the same definition for the same file', () => {
    const given = described({ tags: ['b', 'a'] });
    const options = {
      source: 's',
      environment: 'e',
      ownerOf: () => 'o',
      notes: [],
    };
    expect(JSON.stringify(compileDag(given, options))).toBe(
      JSON.stringify(compileDag(described({ tags: ['a', 'b'] }), options)),
    );
  });
});
