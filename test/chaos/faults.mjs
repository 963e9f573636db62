import { setTimeout as pause } from 'node:timers/promises';
import { fillDisk } from '../bad-input/disk.mjs';

/*
 * What happens to a cluster, drawn from a seed. Which fault comes when and for
 * how long is the seed's; how the processes fall is the machine's, so that a
 * seed played again meets the same faults, not the same interleaving.
 */

/** Numbers in [0, 1) from a seed (mulberry32). */
export function randomOf(seed) {
  let state = seed % 2 ** 32;
  return () => {
    state = (state + 0x6d2b79f5) % 2 ** 32;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Only with a server. */
const OF_POSTGRES = new Set([
  'PostgreSQL restarted',
  'PostgreSQL crashed',
  'all connections cut',
]);

/** Weight, and what is done; each resolves when the fault is over. */
const FAULTS = {
  'kill -9 of a scheduler': [4, killScheduler],
  'scheduler stopped, shorter than its lease': [2, stopScheduler(1_000, 4_000)],
  'scheduler stopped, longer than its lease': [2, stopScheduler(7_000, 11_000)],
  'scheduler stopped, longer than its TTL': [1, stopScheduler(13_000, 18_000)],
  'kill -9 of a launcher': [2, killLauncher],
  'a whole host stopped, longer than its TTL': [1, stopHost],
  'kill -9 of a whole host': [1, killHost],
  'PostgreSQL restarted': [1, restartPostgres('SIGINT')],
  'PostgreSQL crashed': [1, restartPostgres('SIGQUIT')],
  'all connections cut': [2, cutConnections],
  'disk of the log store full': [1, fillLogStore],
  'a run cancelled': [2, cancelRun],
};

/**
 * Lets faults happen for a time, one or two at once, and ends with everything
 * running again.
 *
 * @returns how often each happened
 */
export async function happen(cluster, { seed, durationMs, say }) {
  const random = randomOf(seed);
  const between = (from, to) => Math.round(from + random() * (to - from));
  const names = Object.keys(FAULTS).filter(
    name => cluster.postgres || !OF_POSTGRES.has(name),
  );
  const counts = Object.fromEntries(names.map(name => [name, 0]));
  const until = Date.now() + durationMs;
  const under = new Set();
  const failures = [];
  // What is being stopped or killed is left alone by the next fault.
  const busy = new Set();
  while (Date.now() < until && failures.length === 0) {
    const name = draw(names, random);
    // Drawn before anything that depends on time, so that a seed stays itself.
    const draws = { first: random(), second: random(), third: random() };
    if (under.size < 2) {
      counts[name] += 1;
      say(name);
      const fault = FAULTS[name][1](cluster, { ...draws, busy })
        .catch(error => failures.push(error))
        .finally(() => under.delete(fault));
      under.add(fault);
    }
    await pause(between(700, 3_000));
  }
  await Promise.all(under);
  if (failures.length > 0) throw failures[0];
  for (const one of cluster.schedulers) if (!one.isAlive) await one.start();
  return counts;
}

function draw(names, random) {
  const weights = names.map(name => FAULTS[name][0]);
  let at = random() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [i, weight] of weights.entries()) {
    at -= weight;
    if (at < 0) return names[i];
  }
  return names[0];
}

const scale = (draw01, from, to) => Math.round(from + draw01 * (to - from));

/** One that nothing happens to; undefined when there is none. */
function pickScheduler(cluster, { first, busy }) {
  const free = cluster.schedulers.filter(one => !busy.has(one) && one.isAlive);
  return free[Math.floor(first * free.length)];
}

function pickHost(cluster, { first, busy }) {
  const hosts = [...new Set(cluster.schedulers.map(one => one.host))].filter(
    host =>
      cluster.schedulers.every(one => one.host !== host || !busy.has(one)),
  );
  return hosts[Math.floor(first * hosts.length)];
}

async function during(busy, ones, act) {
  ones.forEach(one => busy.add(one));
  try {
    await act();
  } finally {
    ones.forEach(one => busy.delete(one));
  }
}

async function startAgain(one) {
  // It may die of what happens meanwhile (no database): then once more.
  for (let tries = 1; ; tries += 1) {
    try {
      if (!one.isAlive) await one.start();
      return;
    } catch (error) {
      if (tries === 20) throw error;
      await pause(1_000);
    }
  }
}

async function killScheduler(cluster, draws) {
  const one = pickScheduler(cluster, draws);
  if (!one) return;
  await during(draws.busy, [one], async () => {
    await one.kill();
    await pause(scale(draws.second, 0, 9_000));
    await startAgain(one);
  });
}

function stopScheduler(from, to) {
  return async (cluster, draws) => {
    const one = pickScheduler(cluster, draws);
    if (!one) return;
    await during(draws.busy, [one], async () => {
      one.signal('SIGSTOP');
      try {
        await pause(scale(draws.second, from, to));
      } finally {
        one.signal('SIGCONT');
      }
    });
  };
}

const signal = (pid, name) => {
  if (pid === undefined) return;
  try {
    process.kill(pid, name);
  } catch (error) {
    // It ended meanwhile.
    if (error.code !== 'ESRCH') throw error;
  }
};

async function killLauncher(cluster, draws) {
  const host = pickHost(cluster, draws);
  if (host !== undefined) signal(cluster.launcherPid(host), 'SIGKILL');
}

const onHost = (cluster, host) =>
  cluster.schedulers.filter(one => one.host === host);

/** Schedulers and launcher; the tasks go on, and the guard has to end them. */
async function stopHost(cluster, draws) {
  const host = pickHost(cluster, draws);
  if (host === undefined) return;
  const ones = onHost(cluster, host);
  await during(draws.busy, ones, async () => {
    const launcher = cluster.launcherPid(host);
    ones.forEach(one => one.signal('SIGSTOP'));
    signal(launcher, 'SIGSTOP');
    try {
      await pause(scale(draws.second, 13_000, 17_000));
    } finally {
      signal(launcher, 'SIGCONT');
      ones.forEach(one => one.signal('SIGCONT'));
    }
  });
}

async function killHost(cluster, draws) {
  const host = pickHost(cluster, draws);
  if (host === undefined) return;
  const ones = onHost(cluster, host);
  await during(draws.busy, ones, async () => {
    await Promise.all(ones.map(one => one.kill()));
    signal(cluster.launcherPid(host), 'SIGKILL');
    await pause(scale(draws.second, 0, 16_000));
    for (const one of ones) await startAgain(one);
  });
}

function restartPostgres(how) {
  return async (cluster, { second, busy }) => {
    if (busy.has('postgres')) return;
    await during(busy, ['postgres'], () =>
      cluster.postgres.restart({
        signal: how,
        downMs: scale(second, 0, 4_000),
      }),
    );
  };
}

async function cutConnections(cluster, { busy }) {
  if (busy.has('postgres')) return;
  await cluster
    .knex('pg_stat_activity')
    .whereRaw('pid <> pg_backend_pid() and datname = current_database()')
    .select(cluster.knex.raw('pg_terminate_backend(pid)'))
    .catch(() => {
      // PostgreSQL went away in between: then they are cut as well.
    });
}

async function fillLogStore(cluster, { second, busy }) {
  if (busy.has('disk')) return;
  await during(busy, ['disk'], async () => {
    const free = fillDisk(cluster.dataDir, 0);
    try {
      await pause(scale(second, 2_000, 8_000));
    } finally {
      free();
    }
  });
}

async function cancelRun(cluster, { second }) {
  try {
    const runs = await cluster
      .knex('runs')
      .whereIn('state', ['queued', 'running'])
      .orderBy('id')
      .select('run_id');
    const run = runs[Math.floor(second * runs.length)];
    if (run) await cluster.ask('cancel', { runId: run.run_id });
  } catch {
    // Without a database or a scheduler that answers nothing is cancelled.
  }
}
