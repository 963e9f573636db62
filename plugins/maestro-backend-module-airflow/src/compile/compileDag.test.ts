import { compileDag } from './compileDag';
import {
  compile,
  compiled,
  described,
  task,
} from './__testUtils__/describedDag';
import type { SerializedDag, SerializedTask } from './serialized';

describe('a task', () => {
  const only = (more: Partial<SerializedTask>) =>
    compiled({}, [task('a', more)]).tasks[0];

  it('has the defaults of Airflow', () => {
    expect(only({})).toEqual({
      no: 0,
      id: 'a',
      kind: 'run',
      airflowPath: { path: 'python', reason: 'BashOperator is Python code' },
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
      'outlets, and aliases of such',
      {
        outlets: [
          { __type: 'asset', __var: { name: 's3://x' } },
          { __type: 'asset_alias', __var: { name: 'y' } },
        ],
      },
      {
        produces: [
          { asset: 's3://x', on: 'success' },
          { asset: '@y', on: 'alias' },
        ],
      },
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
    // They are called: see compileCallbacks.
    [{ has_on_success_callback: true, has_on_failure_callback: true }, []],
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

  const expanded = (children: object, value: unknown) => ({
    _group_id: 'each',
    is_mapped: true,
    expand_input: {
      type: 'dict-of-lists',
      value: { __type: 'dict', __var: { x: value } },
    },
    children,
  });
  const reference = {
    __type: 'xcomref',
    __var: { task_id: 'a', key: 'return_value' },
  };

  it('has mapped groups, of which each task has as many instances', () => {
    const { groups, tasks } = compiled(
      {
        task_group: {
          _group_id: null,
          children: {
            a: ['operator', 'a'],
            each: [
              'taskgroup',
              expanded(
                {
                  b: ['operator', 'b'],
                  inner: [
                    'taskgroup',
                    {
                      _group_id: 'each.inner',
                      children: { c: ['operator', 'c'] },
                    },
                  ],
                },
                reference,
              ),
            ],
          },
        },
      } as never,
      [task('a'), task('b'), task('c')],
    );
    expect(groups![0].map).toEqual({
      lengths: [{ task: 'a', key: 'return_value' }],
      maxItems: 10_000,
      from: [0],
    });
    expect(tasks.map(({ map }) => map)).toEqual([
      undefined,
      { maxItems: 10_000 },
      { maxItems: 10_000 },
    ]);
  });

  it.each([
    [
      'in a group that is mapped',
      expanded({ in: ['taskgroup', expanded({ a: ['operator', 'a'] }, [1])] }, [
        1,
      ]),
      /group "each" is mapped in a group that is mapped/,
    ],
    [
      'over what has no length',
      expanded({ a: ['operator', 'a'] }, 'text'),
      /group "each" cannot be expanded: one of its lists is neither/,
    ],
  ])('refuses a group that is mapped %s', (_, each, message) => {
    const { problems } = compile(
      {
        task_group: {
          _group_id: null,
          children: { each: ['taskgroup', each] },
        },
      } as never,
      [task('a')],
    );
    expect(problems).toEqual([
      expect.objectContaining({ message: expect.stringMatching(message) }),
    ]);
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

it('is part of the system of its source', () => {
  const systemOf = (system?: string) =>
    compileDag(described({}, [task('a')]), {
      source: 's',
      environment: 'default',
      ownerOf: () => 'o',
      system,
      notes: [],
    }).definition!.system;
  expect(systemOf('system:default/payments')).toBe('system:default/payments');
  expect(systemOf()).toBeUndefined();
});
