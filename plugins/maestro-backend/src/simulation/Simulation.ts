import { num } from '../database/conversion';
import { applyFault } from './world/applyFault';
import { firstHeldByPast } from './world/heldByPast';
import { runCommand } from './world/commands';
import type { History } from './history/History';
import { Random } from './Random';
import { Report } from './Report';
import { SIMULATION_SETTINGS, START } from './settings';
import { setUp } from './setUp';
import type { SimulatedStore } from './stores';
import { checkInvariants } from './invariants/checkInvariants';
import { checkDeferred } from './invariants/deferrals';
import { FakeOutside } from './world/FakeOutside';
import type { TriggerStarts } from './world/FakeTriggerHost';
import { FaultPlan } from './world/FaultPlan';
import { hearTask } from './world/hearTask';
import { Host } from './world/Host';
import { OperationQueue } from './world/OperationQueue';
import type { EngineSurroundings } from './world/SimulatedEngine';
import { Turns } from './world/Turns';
import { VirtualTime } from './world/VirtualTime';
import { World } from './world/World';

/** Without faults, everything must be over within this time. */
/** Longer than a run that waits for its past takes to look again. */
const PAST_MS = 120_000;
const CALM_MS = 3 * 3_600_000;
/** Whoever failed at the last moment tries again within this time. */
const QUIET_MS = 13_000;
/** Then what was left over is cleaned up within this time. */
const CLEAN_UP_MS = 3 * 60_000;
/** More operations than this is an engine that spins. */
const MAX_OPERATIONS = 300_000;
/** How often time goes on although something could pass. */
const HURRY = 0.04;
const HURRY_MS = 300;

/** Options of {@link Simulation}. */
export interface SimulationOptions {
  /** Changes the engine on purpose, for tests of the simulator. */
  adjust?: EngineSurroundings['adjust'];
  /** Told of every operation and fault, for people who look for a cause. */
  trace?(line: string): void;
}

/** What is being played, for errors that reach nobody. */
const playing = new Set<{ tellUnhandled(error: unknown): void }>();
let hears = false;

/** One history, from the start of the first process to the last check. */
export class Simulation {
  readonly time = new VirtualTime(START);
  readonly operations = new OperationQueue();
  readonly random: Random;
  readonly world: World;
  readonly faults: FaultPlan;
  private readonly turns: Turns;
  readonly hosts: Host[];
  readonly report = new Report();
  /** How far the clock of the database is from the true time. */
  databaseOffset = 0;
  databaseAwayUntil = 0;
  calm = false;
  private readonly triggerStarts: TriggerStarts = new Map();
  private count = 0;
  private ids = 0;

  constructor(
    readonly history: History,
    readonly store: SimulatedStore,
    readonly options: SimulationOptions = {},
  ) {
    this.random = new Random(history.seed);
    this.faults = new FaultPlan(history.faults);
    // What has nothing to settle is in this process as a whole.
    this.turns = new Turns(store.settle !== undefined);
    this.world = new World(
      history,
      this.time,
      (rule, detail) => this.report.violate(rule, detail),
      SIMULATION_SETTINGS.instanceTtlMs / 2,
    );
    this.hosts = Array.from({ length: history.hosts }, (_, no) =>
      this.host(no),
    );
    const { peek } = store;
    this.world.hear = (attemptId, word) => hearTask(this, attemptId, word);
    this.world.onBegin = launch => {
      if (peek) checkDeferred(peek, launch, this.report);
      const row = peek?.('attempts').find(
        attempt => attempt.attempt_id === launch.attemptId,
      );
      if (peek && (!row || row.state === 'ended')) {
        this.report.violate(
          'nothing starts whose attempt is over or was never claimed',
          `${launch.attemptId} (${row?.state ?? 'no row'}, ${row?.message})`,
        );
      }
    };
  }

  /** Plays the history; the report says what was found. */
  async run(): Promise<Report> {
    const { history, report } = this;
    hearUnhandled();
    playing.add(this);
    try {
      await setUp(this);
      for (const host of this.hosts) {
        this.time.after(this.random.int(0, 3_000), () => void host.boot());
      }
      for (const command of history.commands) {
        this.time.after(command.at, () => void runCommand(this, command));
      }
      await this.play(START + history.horizonMs);
      await this.calmDown();
      await this.letGoOfPast();
      await this.play(this.time.now + CALM_MS, () => this.isOver());
      if (!report.failed && !(await this.isOver())) await this.tellWhoHangs();
      await this.play(this.time.now + CLEAN_UP_MS, () => this.isClean());
      if (!report.failed) await checkInvariants(this);
    } finally {
      await this.end();
      playing.delete(this);
    }
    report.operations = this.count;
    report.faults = this.faults.happened;
    return report;
  }

  /** Nobody in the engine waited for it: it would be told and forgotten. */
  tellUnhandled(error: unknown): void {
    this.report.violate(
      'no error is left without anybody who handles it',
      (error as Error).stack ?? String(error),
    );
  }

  newId(): string {
    this.ids += 1;
    return `00000000-0000-7000-8000-${String(this.ids).padStart(12, '0')}`;
  }

  databaseNow(): number {
    return this.time.now + this.databaseOffset;
  }

  trace(line: string): void {
    this.options.trace?.(`${this.time.now - START} ${this.count} ${line}`);
  }

  /** A host whose process is up, the wanted one if it can be. */
  upHost(no: number): Host | undefined {
    const ready = (host: Host) => host.isUp && host.engine !== undefined;
    const wanted = this.hosts[no % this.hosts.length];
    return ready(wanted) ? wanted : this.hosts.find(ready);
  }

  private async play(
    until: number,
    isOver?: () => boolean | Promise<boolean>,
  ): Promise<void> {
    const { operations, time, random, report } = this;
    for (;;) {
      await this.drain();
      if (report.failed) return;
      const ready = operations.ready(time.now);
      const hurries =
        ready.length > 0 &&
        (time.next ?? Infinity) - time.now <= HURRY_MS &&
        random.chance(HURRY);
      if (ready.length === 0 || hurries) {
        if (ready.length === 0 && isOver && (await isOver())) return;
        if (!time.advance(until)) return;
        continue;
      }
      this.count += 1;
      if (this.count > MAX_OPERATIONS) {
        report.violate('it comes to an end', `${this.count} operations`);
        return;
      }
      const operation = random.pick(ready);
      operations.remove(operation);
      const fault = this.calm
        ? undefined
        : this.faults.next(this.count, operation.kind);
      if (fault) this.trace(`FAULT ${fault.kind} ${fault.ms ?? ''}`);
      this.trace(`${operation.process.owner} ${operation.label}`);
      const passing = applyFault(this, operation, fault);
      if (passing) await passing;
    }
  }

  /** Lets everything happen that follows from what happened. */
  private drain(): Promise<void> {
    const { settle } = this.store;
    return settle ? this.settle(settle) : this.turns.next();
  }

  private async settle(settle: () => Promise<void>): Promise<void> {
    await this.turns.next();
    await settle();
    await this.turns.next();
  }

  /** No fault is left; everybody who can is up, and nothing new begins. */
  private async calmDown(): Promise<void> {
    const { history, hosts, time } = this;
    this.calm = true;
    this.faults.end();
    this.databaseAwayUntil = 0;
    this.trace('CALM');
    for (const host of hosts) {
      host.noticeDeaths();
      host.process?.wake();
      await host.boot();
    }
    // What was asked for before comes first.
    await this.play(time.now + QUIET_MS);
    for (const { name, slots } of history.pools) {
      void runCommand(this, {
        at: 0,
        host: 0,
        do: 'resize_pool',
        pool: name,
        slots: Math.max(1, slots),
      });
    }
    const backfills = await this.store.rows('backfills');
    [...backfills]
      .sort((a, b) => num(a.id) - num(b.id))
      .forEach(({ state }, backfill) => {
        // Nobody is left who would let it go on.
        if (state !== 'paused') return;
        void runCommand(this, {
          at: 0,
          host: 0,
          do: 'backfill_state',
          backfill,
          state: 'running',
        });
      });
    for (const { name } of history.pipelines) {
      void runCommand(this, { at: 0, host: 0, do: 'pause', pipeline: name });
    }
  }

  /**
   * Cancels what waits for a run before it that nobody will mend, one after the
   * other: the end of one lets the next go.
   */
  private async letGoOfPast(): Promise<void> {
    for (let round = 0; round < 100; round++) {
      await this.play(this.time.now + PAST_MS, () => this.isOver());
      if (this.report.failed || (await this.isOver())) return;
      const no = await firstHeldByPast(this.store);
      if (no === undefined) continue;
      this.report.took('cancelled because of its past');
      void runCommand(this, { at: 0, host: 0, do: 'cancel', run: no });
    }
  }

  private async isOver(): Promise<boolean> {
    const runs = await this.store.rows('runs');
    const backfills = await this.store.rows('backfills');
    return (
      runs.every(run => run.state === 'success' || run.state === 'failed') &&
      backfills.every(backfill => backfill.ended_at !== null)
    );
  }

  private async isClean(): Promise<boolean> {
    return (
      this.world.sites.every(site => site.isLost || site.list().length === 0) &&
      (await this.isOver())
    );
  }

  private async tellWhoHangs(): Promise<void> {
    const runs = await this.store.rows('runs');
    const tasks = await this.store.rows('task_instances');
    const hanging = runs.find(
      run => run.state !== 'success' && run.state !== 'failed',
    );
    if (!hanging) {
      const open = await this.store.rows('backfills');
      this.report.violate(
        'every backfill comes to an end when faults stop',
        open
          .filter(backfill => backfill.ended_at === null)
          .map(({ id, state }) => `backfill ${id} is ${state}`)
          .join(', '),
      );
      return;
    }
    const states = tasks
      .filter(task => num(task.run_id) === num(hanging.id))
      .map(task => `${task.task_no}:${task.state}`);
    this.report.violate(
      'every run reaches a final state when faults stop',
      `run ${hanging.run_key} is ${hanging.state}: ${states.join(' ')}`,
    );
  }

  private host(no: number): Host {
    const { history, world } = this;
    return new Host(no, {
      store: this.store,
      time: this.time,
      turns: this.turns,
      operations: this.operations,
      databaseClock: () => this.databaseNow(),
      surroundings: {
        random: this.random,
        sites: history.executors.map(({ name, scope }) => ({
          site: world.siteOf(name, no),
          isShared: scope === 'shared',
        })),
        defaultExecutor: history.executors[0].name,
        ownerSlots: history.ownerSlots,
        policy: history.policy,
        log: (level, message) => {
          this.trace(`LOG ${level} ${message}`);
          this.report.log(level, message);
        },
        outside: process => new FakeOutside(process, this.random),
        newId: () => this.newId(),
        triggerStarts: this.triggerStarts,
        took: path => this.report.took(path),
        adjust: this.options.adjust,
      },
    });
  }

  /** Ends what is left, so that nothing of this history meets the next one. */
  private async end(): Promise<void> {
    for (const host of this.hosts) host.crash(0);
    await this.drain();
    await this.store.close();
  }
}

/**
 * Listens for as long as this program lives: with a real database a process
 * that is gone may still be on its way when its history is over, and its last
 * error would end everything.
 */
function hearUnhandled(): void {
  if (hears) return;
  hears = true;
  process.on('unhandledRejection', error => {
    // A process that is gone has nobody to wait for anything.
    if (/is dead|aborted/.test(String(error))) return;
    if (playing.size === 0) throw error;
    playing.forEach(simulation => simulation.tellUnhandled(error));
  });
}
