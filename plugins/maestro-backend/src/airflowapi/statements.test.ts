import type { MaestroDatabase } from '../database/MaestroDatabase';
import { eachDatabase } from '../database/testing';
import type { MaestroSystem } from '../MaestroSystem';
import { dagOf, taskSystems } from './__testUtils__/taskSystems';

/** Milliseconds; longer than any of these tests. */
const HELD = 3_600_000;

/** Resolves when what began before has said all that it had to say. */
async function quiet({
  db,
  system,
}: {
  db: MaestroDatabase;
  system: MaestroSystem;
}) {
  await system.engine.idle();
  // Counted in looks: a time would also be over when this process stood still.
  let looks = 0;
  const listen = () => {
    looks = 0;
  };
  db.knex.on('query', listen);
  while (looks < 5) {
    looks += 1;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  db.knex.removeListener('query', listen);
}

eachDatabase((_name, databases) => {
  const setUp = taskSystems(databases);

  /** A DAG with a task that waits, and the statements of one request of it. */
  async function asking() {
    const system = await setUp([{ id: 'a' }, { id: 'b', upstream: [0] }], {
      // What the scheduler looks for by itself is none of a request's.
      engine: { pollMs: HELD, reconcileMs: HELD },
    });
    const { db, store, attempt } = system;
    const a = await attempt('a');
    const run = (await db.table(db.knex, 'runs').first())!;
    const instances = await db.table(db.knex, 'task_instances');
    // 60 runs before it, the last 30 of a version with its tasks the other way.
    await store({
      ...dagOf([{ id: 'b' }, { id: 'a' }]),
      name: 'elsewhere',
    });
    const [{ id: other }] = await db
      .table(db.knex, 'pipeline_versions')
      .orderBy('id', 'desc')
      .limit(1);
    for (let i = 0; i < 60; i++) {
      const { id: _, ...copy } = run;
      await db.table(db.knex, 'runs').insert({
        ...copy,
        run_id: `more-${i}`,
        run_key: `more__${i}`,
        logical_date: i,
        state: 'success',
        version_id: i < 30 ? run.version_id : other,
      });
      const { id } = (await db
        .table(db.knex, 'runs')
        .where({ run_id: `more-${i}` })
        .first('id'))!;
      await db.table(db.knex, 'task_instances').insert(
        instances.map(instance => ({
          ...instance,
          run_id: id,
          state: instance.task_no === 0 ? 'success' : 'failed',
          next_try_at: null,
        })),
      );
    }
    await quiet(system);
    const ask = async (method: string, path: string, body?: unknown) => {
      const statements: string[] = [];
      const listen = ({ sql }: { sql: string }) => {
        statements.push(sql);
      };
      db.knex.on('query', listen);
      const answer = await a.call(method, path, body);
      db.knex.removeListener('query', listen);
      return {
        ...answer,
        /** That read this table. */
        of: (table: string) =>
          statements.filter(sql =>
            new RegExp(`^select .* from .${table}.( |$)`).test(sql),
          ),
      };
    };
    return { ...system, a, ask };
  }

  it('reads a run and what it is once for one request', async () => {
    const { a, ask, ...system } = await asking();
    await a.call('POST', 'xcoms/dag/manual__1/a/x', 1);
    await quiet(system);
    const xcom = await ask('GET', 'xcoms/dag/manual__1/a/x');
    expect(xcom.body.value).toBe(1);
    expect(xcom.of('runs')).toHaveLength(1);
    const state = await ask('GET', 'dag-runs/dag/manual__1/state');
    expect(state.body).toEqual({ state: 'running' });
    expect(state.of('runs')).toHaveLength(1);
    const other = await ask('GET', 'dag-runs/dag/more__3/state');
    expect(other.body).toEqual({ state: 'success' });
  });

  it('asks nothing more when a task says that it lives', async () => {
    const { a, ask } = await asking();
    const beat = await ask('PUT', `task-instances/${a.id}/heartbeat`, {
      hostname: 'h',
      pid: 1,
    });
    expect(beat.status).toBe(204);
    expect(beat.of('attempts')).toHaveLength(0);
  });

  it('looks back at many runs in few statements, each by its own version', async () => {
    const { ask } = await asking();
    const states = await ask('GET', 'task-instances/states?dag_id=dag');
    expect(Object.keys(states.body.task_states)).toHaveLength(61);
    expect(states.body.task_states.more__0).toEqual({
      a: 'success',
      b: 'failed',
    });
    expect(states.body.task_states.more__59).toEqual({
      b: 'success',
      a: 'failed',
    });
    expect(states.of('task_instances').length).toBeLessThanOrEqual(2);
    const count = await ask(
      'GET',
      'task-instances/count?dag_id=dag&map_index=7&task_ids=a',
    );
    expect(count.body).toBe(0);
    for (const sql of count.of('task_instances')) {
      expect(sql).toMatch(/map_index. = /);
    }
    const before = '1970-01-01T00:00:00.060Z';
    const last = await ask(
      'GET',
      `task-instances/previous/dag/a?logical_date=${before}`,
    );
    expect(last.body).toMatchObject({ run_id: 'more__59', state: 'failed' });
    const green = await ask(
      'GET',
      `task-instances/previous/dag/a?logical_date=${before}&state=success`,
    );
    expect(green.body).toMatchObject({ run_id: 'more__29' });
    expect(green.of('task_instances').length).toBeLessThanOrEqual(2);
  });
});
