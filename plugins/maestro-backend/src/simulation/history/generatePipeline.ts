import {
  TRIGGER_RULES,
  type PipelineTaskSpec,
} from '@maestro/plugin-maestro-common';
import type { Random } from '../Random';
import { START } from '../settings';
import { generateDeferrals } from './generateDeferrals';
import { generateGraph } from './generateGraph';
import { generateWait } from './generateWait';
import type { PipelinePlan, TaskAct } from './History';
import { generateTimetable } from './timetables';

/** Told by hand only. */
export const OUTSIDE_ASSET = 'outside';

/** Keys of partitions; one of them is a time that a schedule may have. */
export const PARTITION_KEYS = ['us', 'eu', '00:01:00'];

/** How ids of schedules begin whose runs are about partitions. */
export const PARTITIONED = 'parts';

/** Whether runs of a pipeline are about partitions. */
export function isPartitioned({ spec }: PipelinePlan): boolean {
  return [spec.schedule ?? []]
    .flat()
    .some(({ id }) => id?.startsWith(PARTITIONED));
}

/** What the tasks of a pipeline produce. */
function assetOf(name: string): string {
  return `made_by_${name}`;
}

/** What tasks can name. */
export interface Surroundings {
  pools: string[];
  executors: string[];
  /** All of the history. */
  pipelines: string[];
  maxTasks: number;
}

/** A random pipeline that the validator would take, and what its tasks do. */
export function generatePipeline(
  random: Random,
  name: string,
  surroundings: Surroundings,
): PipelinePlan {
  const count = Math.min(
    random.pick([1, 2, 3, 3, 4, 5, 7]),
    surroundings.maxTasks,
  );
  const tasks: PipelineTaskSpec[] = [];
  const acts: Record<string, TaskAct[]> = {};
  const branches = new Map<number, string[]>();
  for (let no = 0; no < count; no++) {
    const id = `t${no}`;
    const above = random.some(
      tasks.map(task => task.id),
      no > 3 ? 0.35 : 0.6,
    );
    above.forEach(up => branches.get(Number(up.slice(1)))?.push(id));
    const isBranch = no < count - 1 && random.chance(0.15);
    if (isBranch) branches.set(no, []);
    const waits =
      !isBranch && random.chance(0.25)
        ? generateWait(
            random,
            surroundings.pipelines.filter(other => other !== name),
            [OUTSIDE_ASSET, ...surroundings.pipelines.map(assetOf)],
          )
        : undefined;
    const map =
      !isBranch && !waits && random.chance(0.25)
        ? generateMap(random, above)
        : undefined;
    const canRetry = !isBranch && random.chance(0.4);
    acts[id] = generateActs(random);
    const speaks = !isBranch && !waits && random.chance(0.25);
    if (speaks) {
      for (const act of acts[id]) act.defers = generateDeferrals(random);
    }
    const pool =
      surroundings.pools.length > 0 && random.chance(0.5)
        ? surroundings.pools[0]
        : undefined;
    const hangs = acts[id].some(act => act.ends === 'hangs');
    tasks.push({
      id,
      dependsOn: above,
      triggerRule: random.chance(0.45) ? random.pick(TRIGGER_RULES) : undefined,
      ...(canRetry
        ? {
            retries: random.int(1, 3),
            retryDelay: random.pick(['PT0.1S', 'PT2S', 'PT10S']),
            retryBackoff: random.pick(['fixed', 'exponential'] as const),
            retryOn: random.chance(0.25)
              ? random.some(['exit_code', 'oom', 'exit:1', 'image'], 0.5)
              : undefined,
          }
        : {}),
      noRetryOn:
        !isBranch && random.chance(0.1)
          ? random.some(['timeout', 'evicted', 'outputs'], 0.6)
          : undefined,
      // What hangs must have somebody who ends it.
      timeout:
        !waits && (hangs || random.chance(0.15))
          ? random.pick(['PT1S', 'PT5S', 'PT20S'])
          : undefined,
      queuedTimeout:
        !isBranch && random.chance(0.12)
          ? random.pick(['PT0.05S', 'PT2S', 'PT15S'])
          : undefined,
      cache:
        !isBranch && random.chance(0.25)
          ? random.pick([
              true,
              { ttl: 'PT30S' },
              { version: 2 },
              { key: 'x=${{ params.x }}' },
            ] as const)
          : undefined,
      pool,
      executor:
        surroundings.executors.length > 1 && random.chance(0.5)
          ? random.pick(surroundings.executors)
          : undefined,
      priority: random.chance(0.3) ? random.int(0, 5) : undefined,
      sla: random.chance(0.1) ? random.pick(['PT2S', 'PT1M']) : undefined,
      connections: !isBranch && random.chance(0.03) ? ['missing'] : undefined,
      produces:
        !isBranch && !waits && random.chance(0.35)
          ? [assetOf(name)]
          : undefined,
      ...waits,
      ...(isBranch && {
        branch: { if: condition(random, above), then: [], else: [] },
      }),
      ...(isBranch || waits
        ? {}
        : // The world counts by it who uses the pool.
          {
            ...(map ? { map } : {}),
            run: {
              command: map ? ['true', '${{ item }}', '${{ index }}'] : ['true'],
              env: {
                ...(pool ? { POOL: pool } : {}),
                ...(speaks ? { SPEAKS: '1' } : {}),
                ...(map?.parallel ? { PARALLEL: `${map.parallel}` } : {}),
              },
            },
          }),
    });
  }
  for (const [no, below] of branches) {
    const then = random.some(below, 0.5);
    tasks[no].branch = {
      if: tasks[no].branch!.if,
      then,
      else: random.some(
        below.filter(id => !then.includes(id)),
        0.7,
      ),
    };
  }
  const plan: PipelinePlan = {
    name,
    acts,
    timetable: generateTimetable(random),
    spec: {
      tasks,
      schedule: random.chance(0.6)
        ? generateSchedule(random, assetsFor(name))
        : undefined,
      overlap: random.chance(0.25)
        ? random.pick(['queue', 'skip', 'cancel_older'] as const)
        : undefined,
      sla: random.chance(0.3)
        ? random.pick(['PT5S', 'PT30S', 'PT10M'])
        : undefined,
      timeout: random.chance(0.15)
        ? random.pick(['PT5S', 'PT30S', 'PT2M'])
        : undefined,
      maxActiveRuns: random.chance(0.5) ? random.int(1, 3) : undefined,
      maxActiveTasks: random.chance(0.3) ? random.int(1, 3) : undefined,
      params: {
        properties: {
          x: { type: 'integer', default: 1 },
          list: { type: 'array', default: [1, 'two', { three: 3 }] },
        },
      },
    },
  };
  generateGraph(random, plan, () => generateActs(random));
  return plan;
}

/** A list from everywhere it may come from, some of which cannot be used. */
function generateMap(
  random: Random,
  above: readonly string[],
): NonNullable<PipelineTaskSpec['map']> {
  return {
    over: random.pick([
      'params.list',
      'params.list',
      '["a", "b"]',
      ['a', { b: 1 }, null],
      '[]',
      // A number, and more than maxItems where that is small.
      'params.x',
      '[1, 2, 3, 4, 5, 6]',
      ...above.flatMap(id => [
        `tasks.${id}.outputs.items`,
        `tasks.${id}.outputs.items`,
      ]),
    ]),
    maxItems: random.chance(0.3) ? 5 : undefined,
    parallel: random.chance(0.4) ? random.int(1, 2) : undefined,
  };
}

function condition(random: Random, above: readonly string[]): string {
  return random.pick([
    'params.x > 0.0',
    'run.trigger == "manual"',
    'params.x == 1.0',
    // Fails where there is no such output.
    ...above.map(id => `tasks.${id}.outputs.n > 1.0`),
  ]);
}

function generateActs(random: Random): TaskAct[] {
  return Array.from({ length: random.int(1, 3) }, (): TaskAct => {
    const roll = random.next();
    return {
      startsAfterMs: random.chance(0.6)
        ? random.pick([5, 500, 4_000, 15_000, 60_000])
        : undefined,
      ms: random.pick([0, 5, 200, 1_000, 3_000, 12_000, 40_000]),
      ends:
        roll < 0.66
          ? 'success'
          : random.pick([
              'failed',
              'failed',
              'failed',
              'skipped',
              'oom',
              'evicted',
              'bad_outputs',
              'hangs',
            ] as const),
      outputs: random.chance(0.5)
        ? {
            n: random.int(0, 3),
            items: Array.from({ length: random.int(0, 5) }, (_, i) => i),
          }
        : undefined,
      ignoresTerm: random.chance(0.2) ? true : undefined,
    };
  });
}

const iso = (ms: number) => new Date(START + ms).toISOString();

/** What a pipeline may wait for: no circle of runs, which would never end. */
function assetsFor(name: string): string[] {
  const before = Array.from({ length: Number(name.slice(1)) }, (_, i) =>
    assetOf(`p${i}`),
  );
  return [OUTSIDE_ASSET, ...before];
}

function generateSchedule(
  random: Random,
  assets: readonly string[],
): PipelinePlan['spec']['schedule'] {
  const onAssets = () => {
    const some = random.some(assets, 0.7);
    const names = some.length > 0 ? some : [random.pick(assets)];
    const inner = random.some(assets, 0.7);
    const parts =
      inner.length > 1 && random.chance(0.4)
        ? [
            ...names.slice(0, 1),
            random.chance(0.5) ? { all: inner } : { any: inner },
          ]
        : names;
    const used = [...names, ...inner];
    return {
      assets: random.chance(0.5) ? { any: parts } : { all: parts },
      // With runs that start runs there is a circle: it must not spin.
      cooldown:
        used.some(name => name !== OUTSIDE_ASSET) || random.chance(0.4)
          ? random.pick(['PT10S', 'PT45S'])
          : undefined,
    };
  };
  if (random.chance(0.35)) {
    return {
      id: random.chance(0.3) ? PARTITIONED : 'events',
      ...onAssets(),
      when: random.chance(0.1)
        ? random.pick(['size(run.asset_events) > 1', 'vars.missing == "1"'])
        : undefined,
      // Due times beside them.
      ...(random.chance(0.25) ? { every: 'PT45S' } : {}),
    };
  }
  if (random.chance(0.15)) {
    return {
      id: 'default',
      continuous: true,
      pause: random.chance(0.5)
        ? random.pick(['PT1S', 'PT5S', 'PT30S'])
        : undefined,
      startDate: random.chance(0.3)
        ? new Date(START + random.pick([-40_000, 20_000])).toISOString()
        : undefined,
      endDate: random.chance(0.2)
        ? new Date(START + random.pick([30_000, 90_000])).toISOString()
        : undefined,
    };
  }

  const one = (id: string) => ({
    id,
    ...random.pick([
      { cron: random.pick(['* * * * *', '*/2 * * * *', '0,30 * * * *']) },
      { cron: '* * * * *' },
      { every: random.pick(['PT20S', 'PT45S', 'PT2M']) },
      { every: 'PT45S' },
      { dates: [15_000, 50_000, 100_000].map(iso) },
    ]),
    // The first of March 2026 is a Sunday.
    days: random.chance(0.1)
      ? random.pick([['sun'] as const, ['mon'] as const])?.slice()
      : undefined,
    except: random.chance(0.05) ? ['2026-03-01'] : undefined,
    when: random.chance(0.15)
      ? random.pick([
          'run.trigger == "scheduled"',
          'params.x > 5.0',
          'vars.missing == "1"',
        ])
      : undefined,
    jitter: random.chance(0.2)
      ? random.pick(['PT10S', 'PT40S', 'PT90S'])
      : undefined,
    catchup: random.chance(0.4),
    startDate: random.chance(0.5)
      ? new Date(
          START + random.pick([-120_000, -40_000, 10_000, 45_000]),
        ).toISOString()
      : undefined,
    endDate: random.chance(0.15)
      ? new Date(START + random.pick([30_000, 90_000])).toISOString()
      : undefined,
  });
  // Each due time is a partition, by the word of its id.
  const id = random.chance(0.2) ? PARTITIONED : 'default';
  return random.chance(0.2) ? [one('a'), one('b')] : one(id);
}
