import type { MaestroDatabase } from '../database/MaestroDatabase';
import type { Tables } from '../database/tables';
import { ModelDatabase } from './store/ModelDatabase';
import { ModelStore } from './store/ModelStore';
import { type ModelTable, readModelSchema } from './store/modelSchema';
import type { StoreDoor } from './store/StoreDoor';

/** The database of one history, shared by all its processes. */
export interface SimulatedStore {
  readonly kind: 'model' | 'sqlite' | 'postgres';
  /** See `Incarnation`: what waits when a process dies must fail. */
  readonly unwindsOnDeath: boolean;
  /** How a process connects. */
  connect(door: StoreDoor, clock: () => number): Promise<MaestroDatabase>;
  /** The connections of a dead process are noticed to be gone. */
  disconnect(owner: string): void;
  /** Committed rows, for those who check. */
  rows<T extends keyof Tables>(table: T): Promise<Tables[T][]>;
  /** Committed rows at once, where that is possible. */
  peek?<T extends keyof Tables>(table: T): Tables[T][];
  /** Resolves when every statement was answered, or waits for a lock. */
  settle?(): Promise<void>;
  /** Transactions that nobody ended. */
  openTransactions(): number;
  close(): Promise<void>;
}

/** Makes a fresh store for each history. */
export interface StoreFactory {
  open(): Promise<SimulatedStore>;
  close(): Promise<void>;
}

/** Stores in plain maps; a mutant may replace its class. */
export class ModelStores implements StoreFactory {
  private schema: Map<string, ModelTable> | undefined;

  constructor(
    private readonly create: (
      schema: ReadonlyMap<string, ModelTable>,
    ) => ModelStore = schema => new ModelStore(schema),
  ) {}

  async open(): Promise<SimulatedStore> {
    this.schema ??= await readModelSchema();
    const store = this.create(this.schema);
    const peek = <T extends keyof Tables>(table: T) =>
      store.rows(table) as unknown as Tables[T][];
    return {
      kind: 'model',
      unwindsOnDeath: false,
      connect: async (door, clock) => new ModelDatabase(store, door, clock),
      disconnect: owner => store.rollbackAll(owner),
      rows: async table => peek(table),
      peek,
      openTransactions: () => store.openTransactions(),
      close: async () => {},
    };
  }

  async close(): Promise<void> {}
}
