import type { AssetCondition } from '@maestro/plugin-maestro-common';
import { eachDatabase } from '../database/testing';
import { armSchedules } from '../scheduling/ticks';
import { dagOf, taskSystems } from './__testUtils__/taskSystems';

const X = { name: 'x', type: 'AssetAlias' };
const outlet = (name: string) => ({ name, uri: name, type: 'Asset' });
const through = (alias: string, name: string, extra: object = {}) => ({
  source_alias_name: alias,
  dest_asset_key: { name, uri: name },
  dest_asset_extra: {},
  extra,
});

/** As the compiler writes conditions: `any` of some names, or `all` of them. */
const on = (mode: 'any' | 'all', ...names: string[]): AssetCondition => ({
  mode,
  names: [...names].sort(),
  aliases: names.filter(name => name.startsWith('@')).sort(),
});

eachDatabase((_name, databases) => {
  const setUp = taskSystems(databases);

  /** A DAG whose tasks may give events, and DAGs that wait for some. */
  async function system(consumers: Record<string, AssetCondition>) {
    const found = await setUp(
      Array.from({ length: 4 }, (_, i) => ({ id: `t${i}` })),
    );
    const { db, until } = found;
    const awaits = async (name: string, assets: AssetCondition) => {
      const definition = {
        ...dagOf([{ id: 'a' }]),
        name,
        schedules: [{ id: 's', timezone: 'UTC', catchup: false, assets }],
      };
      const { pipelineId } = await found.store(definition);
      await db.transaction(tx =>
        armSchedules({ db }, tx, pipelineId, definition),
      );
    };
    for (const [name, assets] of Object.entries(consumers)) {
      await awaits(name, assets);
    }
    let next = 0;
    /** The next task succeeds, and all who wait have decided. */
    const give = async (outlets: object[], outletEvents: object[]) => {
      const task = await found.attempt(`t${next++}`);
      const { status } = await task.state('success', {
        task_outlets: outlets,
        outlet_events: outletEvents,
      });
      expect(status).toBe(204);
      task.ends();
      await until(async () => {
        const [row] = await db
          .table(db.knex, 'attempts')
          .where({ attempt_id: task.id });
        return row.state === 'ended';
      });
      await until(
        async () =>
          (
            await db.table(db.knex, 'timers').where({ kind: 'asset' })
          ).length === 0,
      );
    };
    /** What became of events, by consumer: `asset outcome`. */
    const outcomes = async () => {
      const rows = await db
        .knex('asset_outcomes as o')
        .join('pipelines as p', 'p.id', 'o.pipeline_id')
        .orderBy(['o.event_id', 'p.name'])
        .select('p.name', 'o.asset', 'o.outcome', 'o.reason');
      return rows.map(
        ({ name, asset, outcome, reason }) =>
          `${name}: ${asset} ${reason ?? outcome}`,
      );
    };
    return { ...found, awaits, give, outcomes };
  }

  it('starts who waits for the alias, and for the asset, each once', async () => {
    const { give, outcomes, db } = await system({
      alias: on('any', '@x'),
      asset: on('any', 'made'),
      both: on('any', '@x', 'made'),
      other: on('any', '@y'),
    });
    await give([X], [through('x', 'made', { rows: 1 })]);
    expect(await outcomes()).toEqual([
      'alias: made run',
      'asset: made run',
      'both: made run',
    ]);
    // Only those of the alias are told to who waits for it.
    await give([outlet('made')], []);
    expect((await outcomes()).slice(3)).toEqual([
      'asset: made run',
      'both: made run',
    ]);
    const [event] = await db.table(db.knex, 'asset_events').orderBy('id');
    expect(event).toMatchObject({ asset: 'made', extra: '{"rows":1}' });
  });

  it('gives nothing through an alias that is no outlet, nor to an asset that is none', async () => {
    const { give, db } = await system({ alias: on('any', '@x') });
    await give([{ ...X, name: 'y' }], [through('x', 'made')]);
    await give(
      [X],
      [{ dest_asset_key: { name: 'made', uri: 'made' }, extra: { a: 1 } }],
    );
    await give([X, outlet('own')], [through('x', 'a b')]);
    const events = await db.table(db.knex, 'asset_events');
    expect(events.map(({ asset }) => asset)).toEqual(['own']);
    expect(await db.table(db.knex, 'asset_aliases')).toEqual([]);
  });

  it('of one asset there is one event, with all aliases and the last word', async () => {
    const { give, db } = await system({});
    await give(
      [X, { ...X, name: 'y' }, outlet('made')],
      [
        through('x', 'made', { n: 1 }),
        through('y', 'made', { n: 2 }),
        through('y', 'also'),
      ],
    );
    const events = await db.table(db.knex, 'asset_events').orderBy('asset');
    expect(events.map(({ asset, extra }) => [asset, extra])).toEqual([
      ['also', null],
      ['made', '{"n":2}'],
    ]);
    const [also, made] = events.map(({ id }) => Number(id));
    const rows = await db
      .table(db.knex, 'asset_event_aliases')
      .orderBy(['event_id', 'alias']);
    expect(
      rows
        .map(({ event_id: id, alias }) => [Number(id), alias])
        .sort(([, a], [, b]) => String(a).localeCompare(String(b))),
    ).toEqual(
      expect.arrayContaining([
        [also, 'y'],
        [made, 'x'],
        [made, 'y'],
      ]),
    );
    expect(rows).toHaveLength(3);
  });

  // `outlet_events[asset].extra` is one dictionary, which Metadata adds to; only
  // through an alias Airflow tells several, see the decision about aliases.
  it('an asset that is given directly has one event with one `extra`, as tasks of Airflow tell it', async () => {
    const { give, outcomes, db } = await system({ asset: on('any', 'made') });
    const direct = (extra: object) => ({
      dest_asset_key: { name: 'made', uri: 'made' },
      extra,
    });
    await give([outlet('made')], [direct({ n: 1 }), direct({ n: 2 })]);
    const events = await db.table(db.knex, 'asset_events');
    expect(events.map(({ asset, extra }) => [asset, extra])).toEqual([
      ['made', '{"n":2}'],
    ]);
    expect(await outcomes()).toEqual(['asset: made run']);
  });

  it('`all` gathers what came through an alias beside what came by itself', async () => {
    const { give, outcomes } = await system({
      all: on('all', '@x', 'labels'),
    });
    await give([X], [through('x', 'made')]);
    expect(await outcomes()).toEqual(['all: made waits for labels']);
    await give([outlet('labels')], []);
    expect(await outcomes()).toEqual(['all: made run', 'all: labels run']);
    await give([outlet('labels')], []);
    expect((await outcomes())[2]).toBe('all: labels waits for @x');
    await give([X], [through('x', 'another')]);
    expect((await outcomes()).slice(2)).toEqual([
      'all: labels run',
      'all: another run',
    ]);
  });

  it('an alias stands for what came through it, also where the schedule has it another way', async () => {
    const { give, outcomes } = await system({
      all: on('all', '@x', 'made'),
    });
    // Nothing came through it yet.
    await give([outlet('made')], []);
    expect(await outcomes()).toEqual(['all: made waits for @x']);
    await give([X], [through('x', 'made')]);
    await give([outlet('made')], []);
    expect(await outcomes()).toEqual([
      'all: made run',
      'all: made run',
      'all: made run',
    ]);
  });

  it('what waits for the alias stays when the schedule changes, until it names it no more', async () => {
    const { give, outcomes, awaits } = await system({
      all: on('all', '@x', 'labels'),
    });
    await give([X], [through('x', 'made')]);
    await awaits('all', on('all', '@x', 'others'));
    expect(await outcomes()).toEqual(['all: made waits for labels']);
    await awaits('all', on('all', '@y', 'others'));
    expect(await outcomes()).toEqual(['all: made not_awaited']);
  });

  it('tells tasks what came through an alias', async () => {
    const { give, attempt } = await system({ alias: on('any', '@x') });
    await give([X], [through('x', 's3://b/2', { rows: 1 })]);
    await give([X], [through('x', 's3://a/1')]);
    const started = await attempt('a');
    const context = await started.call(
      'PATCH',
      `task-instances/${started.id}/run`,
      {},
    );
    expect(context.body.dag_run.consumed_asset_events).toMatchObject([
      {
        asset: { name: 's3://b/2' },
        extra: { rows: 1 },
        source_aliases: [{ name: 'x' }],
      },
    ]);
    const get = async (path: string) => (await started.call('GET', path)).body;
    expect(await get('assets/by-alias?alias_name=x')).toMatchObject([
      { name: 's3://a/1' },
      { name: 's3://b/2' },
    ]);
    expect(await get('assets/by-alias?alias_name=y')).toEqual([]);
    const { asset_events: events } = await get(
      'asset-events/by-asset-alias?name=x&ascending=false&limit=1',
    );
    expect(events).toMatchObject([
      { asset: { name: 's3://a/1' }, source_dag_id: 'dag' },
    ]);
    const all = await get('asset-events/by-asset-alias?name=x');
    expect(all.asset_events).toHaveLength(2);
    expect(
      (await get('asset-events/by-asset-alias?name=y')).asset_events,
    ).toEqual([]);
  });
});
