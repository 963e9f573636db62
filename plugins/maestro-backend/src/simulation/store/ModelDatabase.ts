import type { Knex } from 'knex';
import { MaestroDatabase, type Tx } from '../../database/MaestroDatabase';
import type { Tables } from '../../database/tables';
import type { StoreDoor } from './StoreDoor';
import { ModelQuery } from './ModelQuery';
import {
  Blocked,
  ModelError,
  type ModelStore,
  type ModelTransaction,
} from './ModelStore';

/** Stands where a Knex transaction does: nothing of Knex is in it. */
class ModelSession {
  constructor(readonly tx: ModelTransaction) {}
}

/**
 * The model store as one process has it. Every statement and every commit goes
 * through the door of the process, where it may wait, fail, or be the last.
 */
export class ModelDatabase extends MaestroDatabase {
  constructor(
    private readonly store: ModelStore,
    private readonly door: StoreDoor,
    clock: () => number,
  ) {
    // The row locks of PostgreSQL are what the model has.
    super({} as Knex, 'postgres', clock);
  }

  override table<T extends keyof Tables>(
    tx: Tx | Knex,
    name: T,
  ): Knex.QueryBuilder<Tables[T], Tables[T][]> {
    const session = tx instanceof ModelSession ? tx : undefined;
    const table = this.store.table(name);
    const query = new ModelQuery(table, (label, statement) =>
      session
        ? this.inTransaction(session.tx, label, statement)
        : this.alone(label, statement),
    );
    return query as unknown as Knex.QueryBuilder<Tables[T], Tables[T][]>;
  }

  override async transaction<R>(fn: (tx: Tx) => Promise<R>): Promise<R> {
    // A pool that is closed gives no connection any more.
    if (!this.door.isOpen())
      throw new Error(`Process ${this.door.owner} is dead`);
    const tx = this.store.begin(this.door.owner);
    try {
      const result = await fn(new ModelSession(tx) as unknown as Tx);
      await this.door.pass('commit', 'commit', () => this.store.commit(tx));
      return result;
    } catch (error) {
      // A process that is gone takes nothing back: the server does, later.
      if (this.door.isOpen()) this.store.rollback(tx);
      throw error;
    }
  }

  override async close(): Promise<void> {
    this.store.rollbackAll(this.door.owner);
  }

  private inTransaction(
    tx: ModelTransaction,
    label: string,
    statement: (tx: ModelTransaction) => unknown,
  ): Promise<unknown> {
    return this.door.pass(
      'statement',
      label,
      () => {
        if (tx.state === 'failed') {
          throw new ModelError(
            '25P02',
            'current transaction is aborted, commands ignored until end of transaction block',
          );
        }
        if (tx.state === 'over') {
          throw new Error(`"${label}" came after the end of its transaction`);
        }
        tx.waitsFor = undefined;
        try {
          return statement(tx);
        } catch (error) {
          if (!(error instanceof Blocked)) tx.state = 'failed';
          throw error;
        }
      },
      () => {
        if (tx.state === 'open') tx.state = 'failed';
      },
    );
  }

  /** A statement outside of any transaction is one by itself. */
  private alone(
    label: string,
    statement: (tx: ModelTransaction) => unknown,
  ): Promise<unknown> {
    let tx: ModelTransaction | undefined;
    return this.door.pass(
      'statement',
      label,
      () => {
        tx ??= this.store.begin(this.door.owner);
        tx.waitsFor = undefined;
        try {
          const result = statement(tx);
          this.store.commit(tx);
          return result;
        } catch (error) {
          if (!(error instanceof Blocked)) this.store.rollback(tx);
          throw error;
        }
      },
      () => tx && this.store.rollback(tx),
    );
  }
}
