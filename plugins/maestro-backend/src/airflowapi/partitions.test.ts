import type { ScheduleDefinition } from '@maestro/plugin-maestro-common';
import { num } from '../database/conversion';
import { eachDatabase } from '../database/testing';
import { armSchedules } from '../scheduling/ticks';
import { dagOf, taskSystems } from './__testUtils__/taskSystems';

const outlet = (name: string) => ({ name, uri: name, type: 'Asset' });
const told = (name: string, key?: string) => ({
  dest_asset_key: { name, uri: name },
  extra: {},
  ...(key === undefined ? {} : { partition_key: key }),
});

eachDatabase((_name, databases) => {
  const setUp = taskSystems(databases);

  /** A system with one more DAG, `parts`, whose task is `a`. */
  async function partitioned(
    schedule?: Partial<ScheduleDefinition>,
    tasks = [{ id: 'a' }],
  ) {
    const found = await setUp([{ id: 'first' }]);
    const { db, store, system } = found;
    const definition = {
      ...dagOf(tasks),
      name: 'parts',
      partitioned: true as const,
      schedules: schedule
        ? [{ id: 's', timezone: 'UTC', catchup: false, ...schedule }]
        : [],
    };
    const { pipelineId } = await store(definition);
    await db.transaction(tx =>
      armSchedules({ db }, tx, pipelineId, definition),
    );
    system!.engine.pokeTimers();
    const run = (partitionKey?: string) =>
      system!.engine.commands.triggerRun({
        pipeline: 'parts',
        trigger: 'manual',
        params: {},
        partitionKey,
        actor: 'user:default/test',
      });
    const begin = async (task: string, n = 1) => {
      const one = await found.attempt(task, n);
      const { body } = await one.call(
        'PATCH',
        `task-instances/${one.id}/run`,
        {},
      );
      return { ...one, context: body };
    };
    /** Events of assets, `asset key`, in order. */
    const events = async () =>
      (await db.table(db.knex, 'asset_events').orderBy('id')).map(
        event => `${event.asset} ${event.partition_key}`,
      );
    return { ...found, run, begin, events };
  }

  it('a due time makes the key of its run, which has no logical date for its tasks', async () => {
    const { begin, db, until, system } = await partitioned({
      everyMs: 500,
      interval: { lengthMs: 0 },
      partition: { offset: -1, format: '%Y-%m-%dT%H:%M:%S.%f' },
    });
    const run = await until(() =>
      db.table(db.knex, 'runs').where({ trigger: 'scheduled' }).first(),
    );
    await system!.engine.commands.setPaused('parts', true, 'user:default/me');
    const due = num(run.logical_date!);
    const date = due - 500;
    const key = `${new Date(date).toISOString().slice(0, -1)}000`;
    expect(run).toMatchObject({ partition_key: key });
    const { context, request, call, id } = await begin('a');
    expect(
      Object.keys(request.env).filter(name => /LOGICAL|INTERVAL/.test(name)),
    ).toEqual([]);
    expect(context.dag_run).toMatchObject({
      partition_key: key,
      partition_date: new Date(date).toISOString(),
      logical_date: null,
      data_interval_start: null,
      data_interval_end: null,
      run_after: new Date(due).toISOString(),
    });
    const { id: _, ...copy } = run;
    await db.knex('runs').insert({
      ...copy,
      run_id: 'earlier',
      run_key: 'earlier',
      state: 'success',
      logical_date: due - 500,
    });
    const { body: earlier } = await call(
      'GET',
      `task-instances/${id}/previous-successful-dagrun`,
    );
    expect(earlier).toEqual({});
  });

  it('events of assets are about the partition of the run, or those that the task says', async () => {
    const { run, begin, events, db, until } = await partitioned();
    await run('us');
    const task = await begin('a');
    expect(task.context.dag_run).toMatchObject({
      partition_key: 'us',
      partition_date: null,
      logical_date: expect.any(String),
    });
    const { status } = await task.state('success', {
      task_outlets: [outlet('own'), outlet('told'), outlet('plain')],
      outlet_events: [
        told('told', 'eu'),
        told('told', 'us'),
        told('told', 'eu'),
        told('plain'),
      ],
    });
    expect(status).toBe(204);
    task.ends();
    await until(async () => (await events()).length === 4);
    expect(await events()).toEqual([
      'own us',
      'plain us',
      'told eu',
      'told us',
    ]);
    const [event] = await db
      .table(db.knex, 'events')
      .where({ type: 'asset' })
      .orderBy('seq');
    expect(JSON.parse(event.body)).toMatchObject({
      asset: 'own',
      partition: 'us',
    });
    await run();
    const later = await begin('a', 2);
    const { body } = await later.call(
      'GET',
      'asset-events/by-asset?name=told&ascending=true',
    );
    expect(
      body.asset_events.map((one: { partition_key: string }) => [
        one.partition_key,
      ]),
    ).toEqual([['eu'], ['us']]);
    await later.state('success', { task_outlets: [outlet('own')] });
    later.ends();
    await until(async () => (await events()).length === 5);
    expect((await events())[4]).toBe('own null');
  });

  it('through an alias an event is about the partition of the run, whatever is told of the asset', async () => {
    const { run, begin, db, until } = await partitioned();
    await run('us');
    const task = await begin('a');
    const x = { name: 'x', type: 'AssetAlias' };
    const through = (name: string, extra: object = {}) => ({
      ...told(name),
      source_alias_name: 'x',
      dest_asset_extra: {},
      extra,
    });
    const { status } = await task.state('success', {
      task_outlets: [outlet('made'), outlet('same'), x],
      outlet_events: [
        through('made', { n: 1 }),
        told('made', 'eu'),
        told('made', 'apac'),
        told('same', 'us'),
        through('same'),
      ],
    });
    expect(status).toBe(204);
    task.ends();
    const events = () =>
      db
        .knex('asset_events as e')
        .leftJoin('asset_event_aliases as a', 'a.event_id', 'e.id')
        .orderBy('e.id')
        .select('e.asset', 'e.partition_key', 'e.extra', 'a.alias');
    await until(async () => (await events()).length === 4);
    expect((await events()).map(row => Object.values(row))).toEqual([
      ['made', 'us', '{"n":1}', 'x'],
      ['made', 'apac', null, null],
      ['made', 'eu', null, null],
      ['same', 'us', null, 'x'],
    ]);
  });

  it('tells who waits for the whole asset nothing of one partition', async () => {
    const { run, begin, store, db, until } = await partitioned();
    const definition = {
      ...dagOf([{ id: 'b' }]),
      name: 'whole',
      schedules: [
        {
          id: 's',
          timezone: 'UTC',
          catchup: false,
          assets: { mode: 'any' as const, names: ['own'] },
        },
      ],
    };
    const { pipelineId } = await store(definition);
    await db.transaction(tx =>
      armSchedules({ db }, tx, pipelineId, definition),
    );
    await run('us');
    const task = await begin('a');
    await task.state('success', { task_outlets: [outlet('own')] });
    task.ends();
    const outcome = await until(() =>
      db.table(db.knex, 'asset_outcomes').first(),
    );
    expect(outcome).toMatchObject({
      outcome: 'skipped',
      reason: 'has_partition',
    });
  });

  it.each([
    ['an empty key', ' ', /must not be empty/],
    ['too long a key', 'x'.repeat(251), /at most 250 characters/],
  ])('a task cannot tell of %s', async (_what, key, message) => {
    const { attempt } = await setUp([{ id: 'a' }]);
    const task = await attempt('a');
    expect(
      await task.state('success', {
        task_outlets: [outlet('own')],
        outlet_events: [told('own', key)],
      }),
    ).toMatchObject({
      status: 422,
      body: { detail: { message: expect.stringMatching(message) } },
    });
  });

  it('a task starts a run of a partition, where the DAG has such', async () => {
    const { attempt, store, db, begin } = await partitioned({
      cron: '0 0 1 1 *',
      timezone: 'Europe/Berlin',
      interval: { lengthMs: 0 },
      partition: { offset: 0, format: '%Y-%m-%d' },
    });
    await store({ ...dagOf([{ id: 'b' }]), name: 'plain' });
    const task = await attempt('first');
    const start = async (dag: string, key: string) => {
      const { status, body } = await task.call(
        'POST',
        `dag-runs/${dag}/run_${key}`,
        { partition_key: key },
      );
      return status === 204 ? status : [status, body.detail.reason];
    };
    expect(await start('plain', 'us')).toEqual([400, 'not_partitioned']);
    expect(await start('parts', 'us')).toEqual([400, 'invalid_partition_key']);
    expect(await start('parts', '2025-07-01')).toBe(204);
    const row = await db
      .table(db.knex, 'runs')
      .where({ run_key: 'run_2025-07-01' })
      .first();
    expect(num(row!.partition_date!)).toBe(Date.UTC(2025, 5, 30, 22));
    expect((await begin('a')).context.dag_run).toMatchObject({
      partition_key: '2025-07-01',
      logical_date: expect.any(String),
    });
  });
});
