import type { DeclaredOutcome } from '../../engine/declaredOutcome';
import type { DeferralPlan, History, TaskAct } from '../history/History';
import { type Launch, Site, type SiteWatcher } from './Site';
import type { VirtualTime } from './VirtualTime';

const QUICK: TaskAct = { ms: 100, ends: 'success' };

/**
 * What really runs, and the rules that hold for it whatever the database says.
 */
export class World implements SiteWatcher {
  readonly sites: Site[] = [];
  /** Tasks that were begun, by attempt. */
  readonly begun = new Map<string, Launch>();
  private readonly live = new Map<string, string>();
  /** A task says how it goes; see `Site`. */
  hear: (attemptId: string, word: DeclaredOutcome) => Promise<boolean> =
    async () => false;
  /** Called before a task begins. */
  onBegin: (launch: Launch) => void = () => {};

  constructor(
    private readonly history: History,
    time: VirtualTime,
    private readonly violate: (rule: string, detail: string) => void,
    fenceMs: number,
  ) {
    for (const plan of history.executors) {
      const { name, scope, maxParallel, startTimeoutMs } = plan;
      const count = scope === 'shared' ? 1 : history.hosts;
      for (let host = 0; host < count; host++) {
        this.sites.push(
          new Site(
            name,
            scope === 'shared' ? name : `${name}@h${host}`,
            maxParallel,
            {
              time,
              watcher: this,
              actOf: launch => this.actOf(launch),
              wordOf: launch => this.wordOf(launch),
              hear: (attemptId, word) => this.hear(attemptId, word),
              // A process ends its tasks when no scheduler can answer for it.
              fenceMs: scope === 'shared' ? undefined : fenceMs,
              startTimeoutMs,
            },
          ),
        );
      }
    }
  }

  /** The site of an executor for the process of a host. */
  siteOf(executor: string, host: number): Site {
    return this.sites.find(
      site =>
        site.name === executor &&
        (site.instance === executor ||
          site.instance === `${executor}@h${host}`),
    )!;
  }

  begins(site: Site, launch: Launch): void {
    this.onBegin(launch);
    const task = taskKey(launch);
    const other = this.live.get(task);
    if (other) {
      this.violate(
        'no task instance has two live attempts',
        `${task}: attempt ${launch.attemptId} begins while ${other} runs`,
      );
    }
    if (this.begun.has(launch.attemptId)) {
      this.violate('an attempt begins once', launch.attemptId);
    }
    this.live.set(task, launch.attemptId);
    this.begun.set(launch.attemptId, launch);
    const running = site.running().length;
    if (running > site.maxParallel) {
      this.violate(
        'limits are never exceeded',
        `${running} tasks run on ${site.instance}, which takes ${site.maxParallel}`,
      );
    }
    this.checkPolicy(site.name, launch.labels.pipeline);
    this.checkPipelineLimit(launch.labels.pipeline);
    this.checkPool(launch);
    this.checkTaskLimit(launch);
    this.checkOwner();
    this.checkParallel(launch);
  }

  ends(_site: Site, attemptId: string): void {
    const launch = this.begun.get(attemptId)!;
    const task = taskKey(launch);
    if (this.live.get(task) === attemptId) this.live.delete(task);
  }

  /** What runs anywhere. */
  running(): Launch[] {
    return this.sites.flatMap(site => site.running());
  }

  /** Read as a person would, who knows what the generator writes. */
  private checkPolicy(executor: string, pipeline: string): void {
    const { policy } = this.history;
    if (!policy) return;
    const rules = policy.rules.filter(({ pipelines }) =>
      ['*', 'p*', pipeline].includes(pipelines![0]),
    );
    const isGranted =
      rules.length === 0
        ? policy.default === 'allow'
        : rules.some(rule => rule.executors!.includes(executor));
    if (!isGranted) {
      this.violate(
        'nothing runs that the policy refuses',
        `a task of ${pipeline} on ${executor}`,
      );
    }
  }

  private checkPipelineLimit(name: string): void {
    // A version may have raised it: the highest that was ever given counts.
    const plans = [
      ...this.history.pipelines.filter(p => p.name === name).map(p => p.spec),
      ...this.history.commands.flatMap(command =>
        command.do === 'register' && command.pipeline === name
          ? [command.spec]
          : [],
      ),
    ];
    const limit = Math.max(
      ...plans.map(spec => spec.maxActiveTasks ?? Infinity),
    );
    const running = this.running().filter(
      ({ labels, env }) => labels.pipeline === name && !env.CALLBACK,
    ).length;
    if (running > limit) {
      this.violate(
        'limits are never exceeded',
        `${running} tasks of pipeline ${name} run, it allows ${limit}`,
      );
    }
  }

  private checkOwner(): void {
    const slots = this.history.ownerSlots ?? Infinity;
    const running = this.running().length;
    if (running > slots) {
      this.violate(
        'limits are never exceeded',
        `${running} tasks of the owner run, it has ${slots} slots`,
      );
    }
  }

  /** Of versions with other limits the highest counts. */
  private checkTaskLimit({ labels }: Launch): void {
    const running = this.running().filter(
      other =>
        other.labels.pipeline === labels.pipeline &&
        other.labels.taskId === labels.taskId,
    );
    const limit = Math.max(
      ...running.map(({ env }) => Number(env.MAX_ACTIVE ?? Infinity)),
    );
    if (running.length > limit) {
      this.violate(
        'limits are never exceeded',
        `task ${labels.taskId} of ${labels.pipeline} runs ${running.length} times, it allows ${limit}`,
      );
    }
  }

  private checkPool(launch: Launch): void {
    const pool = poolOf(launch);
    if (!pool) return;
    // What runs when a pool gets smaller goes on: the largest size counts.
    const sizes = this.history.commands.flatMap(command =>
      command.do === 'resize_pool' && command.pool === pool
        ? [command.slots]
        : [],
    );
    const plan = this.history.pools.find(({ name }) => name === pool);
    const slots = Math.max(1, plan?.slots ?? 0, ...sizes);
    const running = this.running().filter(other => poolOf(other) === pool);
    if (running.length > slots) {
      this.violate(
        'limits are never exceeded',
        `${running.length} tasks run in pool ${pool} of ${slots} slots`,
      );
    }
  }

  /** Of a mapped task in one run; a run stays with its version. */
  private checkParallel({ labels, env }: Launch): void {
    if (!env.PARALLEL) return;
    const running = this.running().filter(
      other =>
        other.labels.runId === labels.runId &&
        other.labels.taskId === labels.taskId,
    );
    if (running.length > Number(env.PARALLEL)) {
      this.violate(
        'limits are never exceeded',
        `${running.length} instances of ${labels.taskId} run, it allows ${env.PARALLEL}`,
      );
    }
  }

  /** Of a task that speaks for itself: each of its attempts goes on further. */
  private wordOf(launch: Launch): DeclaredOutcome | undefined {
    if (!launch.env.SPEAKS) return undefined;
    const { ends, defers = [] } = this.actOf(launch);
    const key = tryKey(launch);
    const before = [...this.begun.values()].filter(
      other => other.attemptId !== launch.attemptId && tryKey(other) === key,
    );
    const plan = defers.at(before.length);
    if (plan) return deferralTo(plan);
    switch (ends) {
      case 'success':
      case 'skipped':
        return { declared: ends };
      case 'failed':
        return { declared: 'failed', final: false };
      default:
        return undefined;
    }
  }

  private actOf(launch: Launch): TaskAct {
    const { pipeline, taskId, mapIndex } = launch.labels;
    const acts =
      this.history.pipelines.find(p => p.name === pipeline)?.acts[taskId] ?? [];
    const tryNumber = Number(launch.env.MAESTRO_TRY_NUMBER);
    // The instances of a mapped task do different things.
    const no =
      mapIndex < 0
        ? Math.min(tryNumber, acts.length) - 1
        : (tryNumber - 1 + mapIndex) % acts.length;
    return acts[no] ?? QUICK;
  }
}

/** What a task waits for without a process, as its trigger is given it. */
function deferralTo(plan: DeferralPlan): DeclaredOutcome {
  return {
    declared: 'deferred',
    classpath: 'simulated.Trigger',
    timeoutMs: plan.timeoutMs,
    nextMethod: 'go_on',
    sealed: JSON.stringify({ trigger: plan, next: {} }),
  };
}

/** Generated tasks tell their pool by their environment. */
function poolOf(launch: Launch): string | undefined {
  return launch.env.POOL;
}

function tryKey(launch: Launch): string {
  return `${taskKey(launch)}/${launch.env.MAESTRO_TRY_NUMBER}`;
}

/** What must not run twice at a time. */
export function taskKey({ labels }: Launch): string {
  return `${labels.runId}/${labels.taskId}/${labels.mapIndex}`;
}
