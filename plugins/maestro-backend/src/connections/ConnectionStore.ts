import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import type {
  Connection,
  ConnectionTest,
  ConnectionWrite,
} from '@maestro/plugin-maestro-common';
import type { Knex } from 'knex';
import { json, num, optionalText } from '../database/conversion';
import type { MaestroDatabase, Tx } from '../database/MaestroDatabase';
import { insertConnection } from '../database/operations/connections/insertConnection';
import { listConnections } from '../database/operations/connections/listConnections';
import { storeConnectionTest } from '../database/operations/connections/storeConnectionTest';
import { updateConnection } from '../database/operations/connections/updateConnection';
import type { ConnectionRow } from '../database/tables';
import { testConnection } from './connectionTest';
import type { SecretKeyRing } from './encryption';
import { passwordsOfUrl } from './maskForms';
import type { UsageIndex } from './usage';

/** A connection with its secrets. Never leaves the backend but to its task. */
export interface ResolvedConnection {
  connId: string;
  connType: string;
  host?: string;
  port?: number;
  login?: string;
  password?: string;
  schema?: string;
  extra?: Record<string, unknown>;
  revision: number;
}

const CONN_ID = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/;
const MAX_EXTRA_BYTES = 65_536;

/**
 * Connections: how to reach another system, with secrets that are stored
 * encrypted and returned by {@link ConnectionStore.resolve} only.
 */
export class ConnectionStore {
  constructor(
    private readonly options: {
      db: MaestroDatabase;
      keys: SecretKeyRing;
      usage: UsageIndex;
    },
  ) {}

  /** All of them by id, without secrets. */
  async list(): Promise<Connection[]> {
    const { db, usage } = this.options;
    const rows = await listConnections(db, db.knex);
    const { connections } = await usage.read();
    return rows.map(row => this.view(row, connections.get(row.conn_id) ?? []));
  }

  /** @throws NotFoundError */
  async get(connId: string): Promise<Connection> {
    const { db, usage } = this.options;
    const row = await this.row(db.knex, connId);
    const { connections } = await usage.read();
    return this.view(row, connections.get(connId) ?? []);
  }

  /**
   * @param actor - entity reference of the person, for `updatedBy`
   * @throws ConflictError when the id exists, InputError for bad fields
   */
  async create(write: ConnectionWrite, actor: string): Promise<Connection> {
    checkWrite(write);
    const { db } = this.options;
    await db.transaction(async tx => {
      const now = await db.now(tx);
      const inserted = await insertConnection(db, tx, {
        conn_id: write.connId,
        ...this.columns(write, undefined),
        created_at: now,
        updated_at: now,
        updated_by: actor,
      });
      if (!inserted) {
        throw new ConflictError(
          `Connection "${write.connId}" exists already; change it, or choose another id`,
        );
      }
    });
    return this.get(write.connId);
  }

  /**
   * Replaces all but secrets: a password or extra that is absent stays as it
   * is, an empty one is removed.
   *
   * @throws NotFoundError, InputError for bad fields, ConflictError when
   * somebody else changed it at the same time
   */
  async update(
    connId: string,
    write: ConnectionWrite,
    actor: string,
  ): Promise<Connection> {
    if (write.connId !== connId) {
      throw new InputError(
        `The id of connection "${connId}" cannot be changed to "${write.connId}"; create a new one and delete the old one`,
      );
    }
    checkWrite(write);
    const { db } = this.options;
    await db.transaction(async tx => {
      const current = await this.row(tx, connId);
      const now = await db.now(tx);
      const done = await updateConnection(db, tx, current, {
        ...this.columns(write, current),
        updated_at: now,
        updated_by: actor,
      });
      if (!done) throw changedMeanwhile(connId);
    });
    return this.get(connId);
  }

  /** @throws NotFoundError */
  async delete(connId: string): Promise<void> {
    const { db } = this.options;
    const deleted = await db
      .table(db.knex, 'connections')
      .where({ conn_id: connId })
      .delete();
    if (deleted === 0) throw notFound(connId);
  }

  /**
   * With secrets, for a task or a test.
   *
   * @throws NotFoundError, InputError when a secret cannot be decrypted
   */
  async resolve(
    connId: string,
    tx: Tx | Knex = this.options.db.knex,
  ): Promise<ResolvedConnection> {
    return this.decrypted(await this.row(tx, connId));
  }

  /** Those of the named ones that exist, with secrets, by one query. */
  async resolveMany(
    tx: Tx | Knex,
    connIds: readonly string[],
  ): Promise<Map<string, ResolvedConnection>> {
    if (connIds.length === 0) return new Map();
    const rows = await listConnections(this.options.db, tx, connIds);
    return new Map(rows.map(row => [row.conn_id, this.decrypted(row)]));
  }

  /**
   * Tries the connection (resolve, connect, authenticate, answer; at most 5 s)
   * and keeps the result. A connection that does not work is a result, not an
   * error.
   *
   * @throws NotFoundError
   */
  async test(connId: string): Promise<ConnectionTest> {
    const { db } = this.options;
    const row = await this.row(db.knex, connId);
    const at = await db.now();
    const result = await testConnection(this.decrypted(row), { at });
    await db.transaction(tx => storeConnectionTest(db, tx, row, result));
    return result;
  }

  private async row(tx: Tx | Knex, connId: string): Promise<ConnectionRow> {
    const [row] = await listConnections(this.options.db, tx, [connId]);
    if (!row) throw notFound(connId);
    return row;
  }

  private columns(write: ConnectionWrite, current: ConnectionRow | undefined) {
    const { keys } = this.options;
    const place = { table: 'connections', id: write.connId };
    let password = current?.password ?? null;
    if (write.password === '') password = null;
    else if (write.password !== undefined) {
      password = keys.encrypt(write.password, { ...place, field: 'password' });
    }
    let extra = current?.extra ?? null;
    if (write.extra !== undefined) {
      extra =
        Object.keys(write.extra).length === 0
          ? null
          : keys.encrypt(JSON.stringify(write.extra), {
              ...place,
              field: 'extra',
            });
    }
    return {
      conn_type: write.connType,
      host: write.host || null,
      port: write.port ?? null,
      login: write.login || null,
      schema: write.schema || null,
      description: write.description || null,
      password,
      extra,
    };
  }

  private decrypted(row: ConnectionRow): ResolvedConnection {
    const { keys } = this.options;
    const place = { table: 'connections', id: row.conn_id };
    return {
      connId: row.conn_id,
      connType: row.conn_type,
      host: optionalText(row.host),
      port: row.port ?? undefined,
      login: optionalText(row.login),
      password:
        row.password === null
          ? undefined
          : keys.decrypt(row.password, { ...place, field: 'password' }),
      schema: optionalText(row.schema),
      extra:
        row.extra === null
          ? undefined
          : JSON.parse(keys.decrypt(row.extra, { ...place, field: 'extra' })),
      revision: num(row.revision),
    };
  }

  private view(row: ConnectionRow, usedBy: readonly string[]): Connection {
    return {
      connId: row.conn_id,
      connType: row.conn_type,
      host: optionalText(row.host),
      port: row.port ?? undefined,
      login: optionalText(row.login),
      schema: optionalText(row.schema),
      hasPassword: row.password !== null,
      extraKeys: this.extraKeys(row),
      description: optionalText(row.description),
      revision: num(row.revision),
      updatedAt: num(row.updated_at),
      updatedBy: row.updated_by,
      usedBy: [...usedBy],
      lastTest:
        row.test_result === null
          ? undefined
          : json<ConnectionTest>(row.test_result),
    };
  }

  /** A list must not fail because one row is by a key that is gone. */
  private extraKeys(row: ConnectionRow): string[] {
    if (row.extra === null) return [];
    try {
      return Object.keys(
        this.decrypted({ ...row, password: null }).extra ?? {},
      );
    } catch (error) {
      if ((error as Error).name !== 'InputError') throw error;
      return ['(cannot be decrypted)'];
    }
  }
}

function checkWrite(write: ConnectionWrite): void {
  const { connId, connType, host, port, extra } = write;
  if (!CONN_ID.test(connId)) {
    throw new InputError(
      `Connection id "${connId.slice(
        0,
        200,
      )}" is not valid; expected letters, digits, "_", "-" and ".", at most 200 characters`,
    );
  }
  if (connType === '' || connType.length > 100) {
    throw new InputError(
      `Connection "${connId}" needs a type of 1 to 100 characters, such as http`,
    );
  }
  if (
    port !== undefined &&
    !(Number.isInteger(port) && port >= 1 && port <= 65_535)
  ) {
    throw new InputError(
      `Connection "${connId}" has port ${port}; expected 1 to 65535`,
    );
  }
  // The host is shown to everybody who may see connections.
  if (host && passwordsOfUrl(host).length > 0) {
    throw new InputError(
      `The host of connection "${connId}" holds a password; put user and password into login and password`,
    );
  }
  if (extra && Buffer.byteLength(JSON.stringify(extra)) > MAX_EXTRA_BYTES) {
    throw new InputError(
      `The extra of connection "${connId}" is larger than ${MAX_EXTRA_BYTES} bytes of JSON`,
    );
  }
}

function notFound(connId: string): NotFoundError {
  return new NotFoundError(
    `Connection "${connId}" does not exist; "maestro connections list" shows those there are`,
  );
}

function changedMeanwhile(connId: string): ConflictError {
  return new ConflictError(
    `Connection "${connId}" was changed by somebody else at the same time; look at it and try again`,
  );
}
