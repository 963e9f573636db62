import type { DoorKind, StoreDoor } from './StoreDoor';

/** What a statement is run with, in Knex's clients. */
interface Query {
  sql: string;
}

/** The part of a Knex client that is replaced; Knex has no types for it. */
interface KnexClient {
  _query(connection: object, query: Query): Promise<unknown>;
  acquireConnection(): Promise<object>;
  acquireRawConnection(): Promise<object>;
  destroyRawConnection(connection: object): Promise<void>;
}

type ClientClass = new (config: object) => KnexClient;

/** What the store learns of the connections of its processes. */
export interface ConnectionWatcher {
  /** Runs a statement; may return early with what is still waiting. */
  execute(connection: object, run: () => Promise<unknown>): Promise<unknown>;
  /** Waits for a connection that is being made. */
  connecting(connect: () => Promise<object>): Promise<object>;
  /** Keeps a connection for another process; false when it is not wanted. */
  keep?(connection: object): boolean;
  /** Connections with an open transaction, and whose they are. */
  readonly inTransaction: Map<object, string>;
}

/**
 * A Knex client whose every statement passes the door of its process, `BEGIN`
 * and `COMMIT` among them. A `ROLLBACK` needs no turn: the database does it for
 * a process that is gone, too.
 */
export function gatedClient(
  Base: ClientClass,
  door: StoreDoor,
  watcher: ConnectionWatcher,
  isGated: () => boolean,
): ClientClass {
  return class GatedClient extends Base {
    override async acquireConnection(): Promise<object> {
      if (!door.isOpen()) throw new Error(`Process ${door.owner} is dead`);
      return super.acquireConnection();
    }

    override async acquireRawConnection(): Promise<object> {
      return watcher.connecting(() => super.acquireRawConnection());
    }

    override async destroyRawConnection(connection: object): Promise<void> {
      const isInside = watcher.inTransaction.delete(connection);
      const isKept = !isInside && (watcher.keep?.(connection) ?? false);
      if (!isKept) await super.destroyRawConnection(connection);
    }

    override async _query(connection: object, query: Query): Promise<unknown> {
      const run = () => super._query(connection, query);
      const verb = /^\s*(\w+)/.exec(query.sql)?.[1]?.toUpperCase() ?? '';
      if (!isGated()) return run();
      if (verb === 'ROLLBACK') {
        watcher.inTransaction.delete(connection);
        return run();
      }
      const kind: DoorKind = verb === 'COMMIT' ? 'commit' : 'statement';
      const action = async () => {
        if (verb === 'BEGIN') watcher.inTransaction.set(connection, door.owner);
        if (verb === 'COMMIT') watcher.inTransaction.delete(connection);
        return watcher.execute(connection, run);
      };
      // Knex gives the connection back after a COMMIT that failed; a database
      // that refuses one has ended the transaction.
      const onFault = () => {
        watcher.inTransaction.delete(connection);
        super._query(connection, { ...query, sql: 'ROLLBACK' }).catch(() => {
          // The connection is gone, and its transaction with it.
        });
      };
      return door.pass(
        kind,
        labelOf(query.sql),
        action,
        kind === 'commit' ? onFault : undefined,
      );
    }
  };
}

/** Whose connections are cut has nothing to tell about that. */
export const SILENT = {
  warn() {},
  error() {},
  deprecate() {},
  debug() {},
};

function labelOf(sql: string): string {
  const verb = sql.trim().split(/\s/, 1)[0].toLowerCase();
  const table = /(?:from|into|update)\s+["`](\w+)/i.exec(sql)?.[1] ?? '';
  return `${verb} ${table}`.trim();
}

/** The transactions of a process that is gone are gone too. */
export function forgetTransactions(
  { inTransaction }: ConnectionWatcher,
  owner: string,
): void {
  for (const [connection, whose] of inTransaction) {
    if (whose === owner) inTransaction.delete(connection);
  }
}
