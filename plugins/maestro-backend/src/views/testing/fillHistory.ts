import { packDigest } from '../gridDigest';
import { definitionOf, type StoreSeed } from './StoreSeed';

/**
 * A history of `pipelines` × `runsEach` × `tasks` task instances, all of them
 * success, by statements of the database: row by row it takes minutes. Its
 * pipelines are named `p0`, `p1`, …
 *
 * @param live - whether the last run of each pipeline goes on
 * @param attempts - whether each task instance has the attempt that made it a
 * success. Default: no
 */
export async function fillHistory(
  seed: StoreSeed,
  options: {
    pipelines: number;
    runsEach: number;
    tasks: number;
    live: boolean;
    attempts?: boolean;
  },
): Promise<void> {
  const { knex, dialect } = seed.db;
  const { pipelines, runsEach, tasks } = options;
  const taskIds = Array.from({ length: tasks }, (_, i) => `task_${i}`);
  for (let i = 0; i < pipelines; i++) {
    await seed.pipeline(definitionOf(`p${i}`, taskIds));
  }
  const digest = packDigest(
    taskIds.map((_, no) => ({
      no,
      mapIndex: -1,
      state: 'success' as const,
      durationMs: 90_000,
      tries: 1,
    })),
  );
  const series = (column: string, count: number) =>
    dialect === 'postgres'
      ? `(select generate_series(0, ${count - 1}) as ${column})`
      : `(with recursive s(${column}) as (select 0 union all select ${column} + 1 from s where ${column} < ${
          count - 1
        }) select ${column} from s)`;
  const isLive = options.live ? `n.n = ${runsEach - 1}` : '1 = 0';
  await knex.raw(
    `insert into runs (run_id, pipeline_id, version_id, run_key, "trigger", state, run_after, created_at, started_at, ended_at, params, digest)
     select 'run-' || (n.n * ${pipelines} + p.id), p.id, p.current_version_id, 'key-' || n.n, 'scheduled',
       case when ${isLive} then 'running' else 'success' end,
       n.n * 1000 + p.id, n.n * 1000, n.n * 1000, case when ${isLive} then null else n.n * 1000 + 500 end, '{}',
       case when ${isLive} then null else ? end
     from ${series(
       'n',
       runsEach,
     )} n cross join pipelines p where p.name like 'p%' order by n.n`,
    [digest],
  );
  await knex.raw(
    `insert into task_instances (run_id, task_no, map_index, state, try_number, attempt_seq)
     select r.id, t.t, -1, case when r.state = 'running' and t.t = ${
       tasks - 1
     } then 'running' else 'success' end, 1, 1
     from runs r cross join ${series('t', tasks)} t
     where r.run_id like 'run-%'`,
  );
  if (options.attempts) {
    await knex.raw(
      `insert into attempts (attempt_id, run_id, pipeline_id, task_no, map_index, seq, try_number, state, executor, executor_instance, claimed_at, started_at, ended_at, result, exit_code, command, task_id, owner, log_state)
       select 'attempt-' || i.run_id || '-' || i.task_no, i.run_id, r.pipeline_id, i.task_no, -1, 1, 1, 'ended', 'local', 'host', r.created_at, r.created_at, r.created_at + 500, 'success', 0, '["true"]', 'task_' || i.task_no, 'group:default/ml', 'none'
       from task_instances i join runs r on r.id = i.run_id
       where r.run_id like 'run-%' and i.state = 'success'`,
    );
  }
  await knex.raw(dialect === 'postgres' ? 'vacuum analyze' : 'analyze');
}
