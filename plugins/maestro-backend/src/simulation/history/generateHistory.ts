import type { Policy } from '@maestro/plugin-maestro-common';
import { Random } from '../Random';
import {
  type Command,
  type ExecutorPlan,
  FAULT_KINDS,
  type Fault,
  type FaultKind,
  type History,
  type PipelinePlan,
} from './History';
import {
  generatePipeline,
  isPartitioned,
  OUTSIDE_ASSET,
  PARTITION_KEYS,
} from './generatePipeline';

const KINDS = Object.keys(FAULT_KINDS) as FaultKind[];

/** What a store can do; SQLite has one process at a time. */
export interface HistoryLimits {
  /** Scheduler processes at most. */
  maxHosts: number;
  /** Less in each history, where a statement costs more. */
  isSmall?: boolean;
}

/** The history of a seed. */
export function generateHistory(
  seed: number,
  { maxHosts, isSmall = false }: HistoryLimits,
): History {
  const random = new Random(seed);
  const hosts = Math.min(maxHosts, random.pick([1, 1, 2, 2, 3]));
  const pools = random.chance(0.4)
    ? [{ name: 'gpu', slots: random.int(1, 2) }]
    : [];
  const executors = generateExecutors(random);
  const names = ['p0', 'p1', 'p2'].slice(0, random.int(1, isSmall ? 2 : 3));
  const pipelines = names.map(name =>
    generatePipeline(random, name, {
      pools: pools.map(pool => pool.name),
      executors: executors.map(executor => executor.name),
      pipelines: names,
      maxTasks: isSmall ? 4 : 7,
    }),
  );
  const horizonMs = random.int(10_000, isSmall ? 40_000 : 90_000);
  return {
    seed,
    hosts,
    executors,
    pools,
    ownerSlots: random.chance(0.15) ? random.int(2, 4) : undefined,
    policy: random.chance(0.12)
      ? generatePolicy(random, names, executors)
      : undefined,
    pipelines,
    commands: generateCommands(random, { pipelines, pools, hosts, horizonMs }),
    faults: generateFaults(random, pipelines),
    horizonMs,
  };
}

function generateExecutors(random: Random): ExecutorPlan[] {
  const plan = (name: string, scope: ExecutorPlan['scope']): ExecutorPlan => ({
    name,
    scope,
    maxParallel: random.int(1, 6),
    startTimeoutMs:
      scope === 'shared' && random.chance(0.5)
        ? random.pick([5_000, 20_000, 120_000])
        : undefined,
  });
  return random.pick([
    [plan('pods', 'shared')],
    [plan('pods', 'shared')],
    [plan('local', 'host')],
    [plan('local', 'host'), plan('pods', 'shared')],
  ]);
}

function generatePolicy(
  random: Random,
  pipelines: readonly string[],
  executors: readonly ExecutorPlan[],
): Policy {
  return {
    default: random.pick(['allow', 'deny'] as const),
    rules: Array.from({ length: random.int(0, 3) }, (_, no) => ({
      id: `rule${no}`,
      pipelines: [random.pick(['*', 'p*', ...pipelines])],
      executors: random.some(
        executors.map(({ name }) => name),
        0.8,
      ),
      connections: ['*'],
      pools: ['*'],
    })),
  };
}

function generateCommands(
  random: Random,
  options: {
    pipelines: PipelinePlan[];
    pools: History['pools'];
    hosts: number;
    horizonMs: number;
  },
): Command[] {
  const { pipelines, pools, hosts, horizonMs } = options;
  const commands: Command[] = [];
  const times = random.int(1, 8);
  for (let i = 0; i < times; i++) {
    const base = {
      at: random.int(0, horizonMs),
      host: random.int(0, hosts - 1),
    };
    const pipeline = random.pick(pipelines);
    const roll = random.next();
    if (random.chance(0.25)) {
      commands.push({
        ...base,
        do: 'emit',
        asset: OUTSIDE_ASSET,
        eventKey: random.chance(0.3) ? `key${random.int(0, 1)}` : undefined,
        partitionKey: random.chance(0.5)
          ? random.pick(PARTITION_KEYS)
          : undefined,
      });
    } else if (roll < 0.5) {
      commands.push({
        ...base,
        at: Math.min(base.at, random.int(0, horizonMs)),
        do: 'trigger',
        pipeline: pipeline.name,
        runKey: random.chance(0.2) ? `key${random.int(0, 1)}` : undefined,
        params: {
          x: random.int(0, 2),
          ...(random.chance(0.4)
            ? {
                list: Array.from({ length: random.int(0, 6) }, (_, n) => n),
              }
            : {}),
        },
        // Refused where runs have none, or others.
        partitionKey: random.chance(isPartitioned(pipeline) ? 0.6 : 0.03)
          ? random.pick(PARTITION_KEYS)
          : undefined,
        noCache: random.chance(0.1) ? true : undefined,
        // Refused where there is none.
        sla: random.chance(pipeline.spec.sla ? 0.5 : 0.03) ? true : undefined,
      });
    } else if (roll < 0.6) {
      commands.push({
        ...base,
        do: 'cancel',
        run: random.int(0, 5),
        force: random.chance(0.25) ? true : undefined,
      });
    } else if (roll < 0.66) {
      commands.push({
        ...base,
        do: 'mark',
        run: random.int(0, 5),
        tasks: random.some([0, 1, 2, 3, 4], 0.4),
        index: random.chance(0.3) ? random.int(0, 3) : undefined,
        state: random.pick(['success', 'failed', 'skipped'] as const),
      });
    } else if (roll < 0.77) {
      commands.push({
        ...base,
        do: 'clear',
        run: random.int(0, 5),
        task: random.chance(0.7) ? random.int(0, 5) : undefined,
        group: random.chance(0.3) ? true : undefined,
        index: random.chance(0.3) ? random.int(0, 3) : undefined,
        downstream: random.chance(0.6),
        onlyFailed: random.chance(0.3),
        fromFailed: random.chance(0.2),
        future: random.chance(0.2),
        past: random.chance(0.15),
      });
    } else if (roll < 0.83) {
      commands.push({
        ...base,
        do: random.chance(0.5) ? 'pause' : 'unpause',
        pipeline: pipeline.name,
      });
    } else if (roll < 0.86) {
      commands.push({ ...base, do: 'note', run: random.int(0, 5) });
    } else if (roll < 0.92) {
      const next = generatePipeline(random, pipeline.name, {
        pools: pools.map(pool => pool.name),
        executors: [],
        pipelines: pipelines.map(plan => plan.name),
        maxTasks: 4,
      });
      // The schedule stays: what its due times are is checked against one.
      const { schedule } = pipeline.spec;
      commands.push({
        ...base,
        do: 'register',
        pipeline: pipeline.name,
        spec: { ...next.spec, schedule },
      });
    } else if (roll < 0.96 && pools.length > 0) {
      commands.push({
        ...base,
        do: 'resize_pool',
        pool: pools[0].name,
        slots: random.int(0, 3),
      });
    } else {
      commands.push({ ...base, do: 'restart' });
    }
  }
  commands.push(...generateBackfills(random, options));
  const asks = pipelines.some(({ spec }) =>
    spec.tasks.some(task => task.approve),
  );
  const decisions = asks ? random.int(0, 5) : 0;
  for (let i = 0; i < decisions; i++) {
    commands.push({
      at: random.int(0, horizonMs),
      host: random.int(0, hosts - 1),
      do: 'decide',
      wait: random.int(0, 3),
      decision: random.chance(0.7) ? 'approve' : 'reject',
      twice: random.chance(0.3),
    });
  }
  return commands.sort((a, b) => a.at - b.at);
}

/** Often two over ranges that overlap, with somebody who stops one of them. */
function generateBackfills(
  random: Random,
  {
    pipelines,
    hosts,
    horizonMs,
  }: { pipelines: PipelinePlan[]; hosts: number; horizonMs: number },
): Command[] {
  // What follows the end of a run is due at no time.
  const scheduled = pipelines.filter(
    ({ spec: { schedule } }) =>
      schedule && ![schedule].flat().some(({ continuous }) => continuous),
  );
  if (scheduled.length === 0 || random.chance(0.6)) return [];
  const { name, spec } = random.pick(scheduled);
  const schedules = [spec.schedule!].flat();
  const when = () => ({
    at: random.int(0, horizonMs),
    host: random.int(0, hosts - 1),
  });
  const commands: Command[] = [];
  const times = random.pick([1, 1, 2, 2, 3]);
  for (let i = 0; i < times; i++) {
    const fromMs = -random.int(0, 240_000);
    commands.push({
      ...when(),
      do: 'backfill',
      pipeline: name,
      schedule: schedules.length > 1 ? random.pick(schedules).id : undefined,
      fromMs,
      toMs: fromMs + random.int(20_000, 240_000),
      only: random.pick([
        'missing',
        'missing',
        'failed',
        'missing-or-failed',
        'all',
        'all',
      ] as const),
      order: random.pick(['oldest', 'newest'] as const),
      maxActive: random.int(1, 3),
    });
  }
  const changes = random.pick([0, 0, 1, 2]);
  for (let i = 0; i < changes; i++) {
    commands.push({
      ...when(),
      do: 'backfill_state',
      backfill: random.int(0, times - 1),
      state: random.pick(['running', 'paused', 'paused', 'cancelled'] as const),
    });
  }
  return commands;
}

function generateFaults(random: Random, pipelines: PipelinePlan[]): Fault[] {
  const tasks = pipelines.reduce((sum, p) => sum + p.spec.tasks.length, 0);
  const count = random.pick([0, 1, 2, 3, 4, 6, 9]);
  // Where the operations are: more of them with more tasks.
  const last = 60 + 50 * tasks;
  return Array.from({ length: count }, () => {
    const kind = random.pick(KINDS);
    return { kind, at: random.int(1, last), ms: durationOf(random, kind) };
  }).sort((a, b) => a.at - b.at);
}

function durationOf(random: Random, kind: FaultKind): number | undefined {
  switch (kind) {
    case 'crash':
    case 'crash_after':
      return random.pick([10, 500, 3_000, 15_000, 60_000]);
    case 'crash_silent':
      return random.pick([500, 8_000, 20_000]);
    // Shorter and longer than half a lease, a lease, and a host's TTL.
    case 'sleep':
      return random.pick([200, 4_000, 7_000, 11_000, 25_000, 50_000, 90_000]);
    case 'sleep_at_launch':
      return random.pick([4_000, 11_000, 25_000, 50_000]);
    case 'database_away':
      return random.pick([300, 3_000, 15_000, 60_000]);
    case 'statement_slow':
    case 'list_slow':
      return random.pick([50, 1_000, 6_000, 12_000]);
    case 'launch_full':
      return random.pick([1_000, 8_000, 40_000, 150_000]);
    case 'launch_slow':
      return random.pick([50, 1_000, 4_000, 15_000]);
    case 'observation_late':
      return random.pick([20, 1_000, 10_000, 40_000]);
    case 'database_clock_jumps':
    case 'process_clock_jumps':
      return random.pick([
        -90_000, -15_000, -2_000, 2_000, 6_000, 15_000, 90_000, 600_000,
      ]);
    default:
      return undefined;
  }
}
