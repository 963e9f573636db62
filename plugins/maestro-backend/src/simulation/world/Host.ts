import type { MaestroDatabase } from '../../database/MaestroDatabase';
import type { Engine } from '../../engine/Engine';
import type { SimulatedStore } from '../stores';
import { Incarnation } from './Incarnation';
import type { OperationQueue } from './OperationQueue';
import {
  createSimulatedEngine,
  type EngineSurroundings,
} from './SimulatedEngine';
import type { Turns } from './Turns';
import type { VirtualTime } from './VirtualTime';

/** One machine: a scheduler process at a time, one life after the other. */
export class Host {
  process: Incarnation | undefined;
  engine: Engine | undefined;
  isLost = false;
  private db: MaestroDatabase | undefined;
  private lives = 0;
  /** Lives that are over, with connections that the database holds open. */
  private readonly unnoticed = new Set<string>();
  private disconnect: () => void = () => {};

  constructor(
    readonly no: number,
    private readonly options: {
      store: SimulatedStore;
      time: VirtualTime;
      turns: Turns;
      operations: OperationQueue;
      databaseClock: () => number;
      surroundings: EngineSurroundings;
    },
  ) {}

  get isUp(): boolean {
    return this.process !== undefined && this.process.state !== 'dead';
  }

  /** Starts a process, unless one is up or the host is gone. */
  async boot(): Promise<void> {
    if (this.isUp || this.isLost) return;
    const { store, time, turns, operations, surroundings } = this.options;
    this.lives += 1;
    const process = new Incarnation(
      `h${this.no}#${this.lives}`,
      time,
      turns,
      operations,
      store.unwindsOnDeath,
    );
    this.process = process;
    this.db = await store.connect(process, this.options.databaseClock);
    const made = createSimulatedEngine(process, this.db, surroundings);
    this.engine = made.engine;
    this.disconnect = made.disconnect;
    // Not awaited: it goes on with the operations that it waits for.
    made.engine.start().catch(error => {
      if (process.isOpen()) {
        surroundings.log('error', `The engine did not start: ${error}`);
      }
    });
  }

  /**
   * The process is gone in this moment.
   *
   * @param noticedAfterMs - until its database connections are known to be gone
   */
  crash(noticedAfterMs: number): void {
    const { process } = this;
    if (!process || process.state === 'dead') return;
    const { store, time } = this.options;
    process.die();
    this.disconnect();
    if (noticedAfterMs > 0) {
      this.unnoticed.add(process.owner);
      time.after(noticedAfterMs, () => this.notice(process.owner));
    } else {
      store.disconnect(process.owner);
    }
  }

  /** What the database did not notice yet, it does now. */
  noticeDeaths(): void {
    this.unnoticed.forEach(owner => this.notice(owner));
  }

  private notice(owner: string): void {
    if (this.unnoticed.delete(owner)) this.options.store.disconnect(owner);
  }

  /** Ends the process as a signal would: in order. */
  async stop(): Promise<void> {
    const { engine, process, db } = this;
    if (!engine || !process || process.state === 'dead') return;
    await engine.stop();
    await db?.close();
    this.crash(0);
  }
}
