import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '../../packages/bootstrap/src/postgresServer.mjs';
import { startGuard } from '../../packages/bootstrap/src/processes/guard.mjs';
import { processesOf } from '../portal/processes.mjs';
import { until } from '../portal/until.mjs';
import { buildScheduler } from './build.mjs';
import { Scheduler, launcherPid, stopLauncher } from './schedulers.mjs';
import { makeWorld } from './world.mjs';

const createKnex = createRequire(import.meta.url)('knex');
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Times of the engine, shorter than in production in the same proportions: a
 * lost host counts as lost after 12 s, and has ended its tasks after 6.
 */
const ENGINE = {
  leaseMs: 6_000,
  reconcileMs: 2_000,
  instanceTtlMs: 12_000,
  cancelGraceMs: 2_000,
};

/**
 * Times of production, where nothing may look like a lost host: one that comes
 * back has half of its time to do so, and a machine that stands still takes of
 * it.
 */
export const UNHURRIED = { instanceTtlMs: 600_000 };

/**
 * Everything that a suite of several schedulers needs, below one folder: a
 * PostgreSQL of its own (or a SQLite file), hosts, schedulers, the world that
 * tasks write to. `stop()` ends all of it, whatever state it is in.
 *
 * @param options.hosts - for each scheduler the number of its host; more than
 *   one host needs `several`, which is set
 * @param options.database - 'postgres' | 'sqlite'
 * @param options.engine - settings instead of the short ones
 * @param options.s3 - settings of a bucket for logs and artifacts
 * @param options.shared - folder of logs, default one below
 * @param options.kubernetes - tasks are pods: folder → configuration of
 *   `maestro.executors.kubernetes` and of the data directory
 * @param options.through - see Scheduler
 */
export async function startCluster({
  hosts,
  database = 'postgres',
  engine = ENGINE,
  shared,
  s3,
  role,
  kubernetes,
  through,
} = {}) {
  const folder = fs.realpathSync(
    fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-chaos-')),
  );
  const guard = startGuard();
  // Below the checkout, where its packages are found; of this process alone.
  const built = path.join(ROOT, `test/chaos/dist/current-${process.pid}`);
  const program = await buildScheduler({ folder: built });
  const postgres =
    database === 'postgres'
      ? await startPostgres({ root: ROOT, guard, socket: Boolean(through) })
      : undefined;
  const connection = postgres
    ? { client: 'pg', connection: postgres.socketUrl ?? postgres.url }
    : {
        client: 'better-sqlite3',
        connection: path.join(folder, 'maestro.sqlite'),
      };
  const knex = createKnex(
    postgres
      ? { ...connection, pool: { min: 0, max: 4 } }
      : {
          client: connection.client,
          connection: { filename: connection.connection },
          useNullAsDefault: true,
          pool: { min: 1, max: 1 },
        },
  );
  const dataDir = shared ?? path.join(folder, 'shared');
  fs.mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const world = makeWorld(folder);
  const key = randomBytes(32).toString('base64');
  const hostDir = number => path.join(folder, `host${number}`);
  // In /tmp and short: a socket's path may have 107 bytes.
  const runtimeDir = path.join(folder, 'run');
  fs.mkdirSync(runtimeDir, { mode: 0o700 });
  const several = new Set(hosts).size > 1;
  const cluster = {
    folder,
    guard,
    program,
    knex,
    postgres,
    dataDir,
    world,
    hostDir,
    hostCount: new Set(hosts).size,
    schedulers: [],
    /** Makes one more scheduler; it is not started. */
    scheduler(host, more = {}) {
      const id = String.fromCharCode(65 + cluster.schedulers.length);
      const one = new Scheduler({
        id,
        program: more.program ?? program,
        guard,
        through,
        logFile: path.join(folder, `scheduler-${id}.log`),
        options: {
          database: connection,
          // The first one brings the schema, the others wait for its lock.
          migrate: true,
          dataDir,
          s3,
          hostDir: hostDir(host),
          key,
          engine,
          version: more.version ?? 'current',
          role: more.role,
          holdLaunches: more.holdLaunches,
          kubernetes: kubernetes?.(path.join(hostDir(host), id)),
          executor:
            more.role === 'portal' || kubernetes
              ? undefined
              : {
                  dataDir: hostDir(host),
                  runtimeDir,
                  several,
                  maxParallel: 6,
                  minFreeDiskBytes: 0,
                  ...more.executor,
                },
        },
      });
      one.host = host;
      cluster.schedulers.push(one);
      return one;
    },
    /** The first scheduler that answers. */
    async ask(op, args) {
      let failed;
      for (const one of cluster.schedulers.filter(({ isAlive }) => isAlive)) {
        try {
          return await one.ask(op, args);
        } catch (error) {
          failed = error;
        }
      }
      throw failed ?? new Error('No scheduler is there');
    },
    /** A version of a pipeline, as its entity would say. */
    store: (name, spec) =>
      cluster.ask('store', { entity: cluster.entity(name, spec) }),
    entity: (name, spec) => ({
      apiVersion: 'maestro.dev/v1alpha1',
      kind: 'Pipeline',
      metadata: { name },
      spec: { type: 'test', owner: 'group:default/chaos', ...spec },
    }),
    /** Living processes of tasks, launchers not counted. */
    tasks: () =>
      processesOf(folder).filter(
        ({ command }) => command.includes(world) && !/scheduler/.test(command),
      ),
    isStopped: false,
    async stop({ keep = false } = {}) {
      cluster.isStopped = true;
      const problems = [];
      const attempt = async act => {
        try {
          await act();
        } catch (error) {
          problems.push(error);
        }
      };
      await Promise.all(
        cluster.schedulers.map(one => attempt(() => one.kill())),
      );
      for (const host of new Set(cluster.schedulers.map(one => one.host)))
        await attempt(() => stopLauncher(hostDir(host)));
      await attempt(() => knex.destroy());
      if (postgres) await attempt(() => postgres.stop());
      // Guards of fences end within a second of their file.
      await attempt(() =>
        until('nothing of the suite lives', () => {
          const left = processesOf(folder);
          return left.length === 0;
        }),
      );
      guard.release();
      fs.rmSync(built, { recursive: true, force: true });
      if (!keep) fs.rmSync(folder, { recursive: true, force: true });
      if (problems.length > 0) throw problems[0];
    },
    launcherPid: host => launcherPid(hostDir(host)),
  };
  hosts.forEach(host => cluster.scheduler(host, { role }));
  return cluster;
}

/** Waits until every run is over; says which are not. */
export async function settled(cluster, { timeoutMs = 240_000 } = {}) {
  const { knex } = cluster;
  const open = () =>
    knex('runs')
      .whereNotIn('state', ['success', 'failed'])
      .select('id', 'run_key', 'state');
  await until('every run is over', async () => (await open()).length === 0, {
    timeoutMs,
    everyMs: 500,
    describe: async () => {
      const runs = await open();
      const ids = runs.slice(0, 5).map(run => run.id);
      return JSON.stringify({
        runs: runs.slice(0, 10),
        tasks: await knex('task_instances')
          .whereIn('run_id', ids)
          .whereNotIn('state', ['success', 'failed', 'skipped'])
          .select('run_id', 'task_no', 'state', 'reason'),
        attempts: await knex('attempts')
          .whereIn('run_id', ids)
          .whereNot('state', 'ended')
          .select('run_id', 'task_no', 'state', 'executor_instance'),
      });
    },
  });
}

/**
 * Triggers a run that only this scheduler can claim, the others have no slot,
 * and waits until it has. Looks at what stays: a claim may be a running task
 * before anybody has seen it.
 */
export async function onlyOn(cluster, scheduler, pipeline, runKey = pipeline) {
  const others = cluster.schedulers.filter(one => one !== scheduler);
  for (const other of others) await other.ask('holdClaims', { hold: true });
  try {
    const { runId } = await scheduler.ask('trigger', { pipeline, runKey });
    const of = table =>
      cluster
        .knex(table)
        .join('runs', 'runs.id', `${table}.run_id`)
        .where('runs.run_id', runId);
    await until('it has claimed', async () => {
      const waiting = await of('task_instances').where(
        'task_instances.state',
        'scheduled',
      );
      return waiting.length === 0 && (await of('attempts')).length > 0;
    });
  } finally {
    for (const other of others) await other.ask('holdClaims', { hold: false });
  }
}
