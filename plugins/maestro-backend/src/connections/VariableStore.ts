import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import type { Variable, VariableWrite } from '@maestro/plugin-maestro-common';
import type { Knex } from 'knex';
import { num, optionalText } from '../database/conversion';
import type { MaestroDatabase, Tx } from '../database/MaestroDatabase';
import { insertVariable } from '../database/operations/connections/insertVariable';
import { listVariables } from '../database/operations/connections/listVariables';
import { updateVariable } from '../database/operations/connections/updateVariable';
import type { VariableRow } from '../database/tables';
import type { SecretKeyRing } from './encryption';
import type { UsageIndex } from './usage';

/** A variable with its text, also when it is secret. */
export interface ResolvedVariable {
  key: string;
  value: string;
  secret: boolean;
  revision: number;
}

const KEY = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/;
const MAX_VALUE_BYTES = 65_536;

/**
 * Variables: texts that tasks read. The text is kept as it was given, byte by
 * byte: `0.80` stays `0.80`, and spaces and line ends stay.
 */
export class VariableStore {
  constructor(
    private readonly options: {
      db: MaestroDatabase;
      keys: SecretKeyRing;
      usage: UsageIndex;
    },
  ) {}

  /** All of them by key; no values of secret ones. */
  async list(): Promise<Variable[]> {
    const { db, usage } = this.options;
    const rows = await listVariables(db, db.knex);
    const { variables } = await usage.read();
    return rows.map(row => view(row, variables.get(row.key) ?? []));
  }

  /** @throws NotFoundError */
  async get(key: string): Promise<Variable> {
    const { db, usage } = this.options;
    const [row] = await listVariables(db, db.knex, [key]);
    if (!row) throw notFound(key);
    const { variables } = await usage.read();
    return view(row, variables.get(key) ?? []);
  }

  /**
   * Creates or changes a variable. What is absent of `secret` and
   * `description` stays as it is; a new variable is not secret.
   *
   * @throws InputError for a bad key or a value over 64 KiB, ConflictError
   * when somebody else changed it at the same time
   */
  async set(
    key: string,
    write: VariableWrite,
    actor: string,
  ): Promise<Variable> {
    checkWrite(key, write);
    const { db } = this.options;
    await db.transaction(async tx => {
      const now = await db.now(tx);
      const [current] = await listVariables(db, tx, [key]);
      const secret = write.secret ?? (current ? isSecret(current) : false);
      const columns = {
        ...this.valueColumns(key, write.value, secret),
        description: write.description ?? current?.description ?? null,
        updated_at: now,
        updated_by: actor,
      };
      const done = current
        ? await updateVariable(db, tx, current, columns)
        : await insertVariable(db, tx, { key, created_at: now, ...columns });
      if (!done) {
        throw new ConflictError(
          `Variable "${key}" was changed by somebody else at the same time; look at it and try again`,
        );
      }
    });
    return this.get(key);
  }

  /** @throws NotFoundError */
  async delete(key: string): Promise<void> {
    const { db } = this.options;
    const deleted = await db
      .table(db.knex, 'variables')
      .where({ key })
      .delete();
    if (deleted === 0) throw notFound(key);
  }

  /**
   * Those of the named ones that exist, secret ones with their text, by one
   * query.
   *
   * @throws InputError when a secret cannot be decrypted
   */
  async resolveMany(
    tx: Tx | Knex,
    keys: readonly string[],
  ): Promise<Map<string, ResolvedVariable>> {
    if (keys.length === 0) return new Map();
    const rows = await listVariables(this.options.db, tx, keys);
    return new Map(rows.map(row => [row.key, this.decrypted(row)]));
  }

  private decrypted(row: VariableRow): ResolvedVariable {
    return {
      key: row.key,
      value: isSecret(row)
        ? this.options.keys.decrypt(row.secret_value!, secretPlace(row.key))
        : row.value ?? '',
      secret: isSecret(row),
      revision: num(row.revision),
    };
  }

  private valueColumns(key: string, value: string, secret: boolean) {
    return secret
      ? {
          value: null,
          secret_value: this.options.keys.encrypt(value, secretPlace(key)),
        }
      : { value, secret_value: null };
  }
}

function isSecret(row: VariableRow): boolean {
  return row.secret_value !== null;
}

function secretPlace(key: string) {
  return { table: 'variables', id: key, field: 'secret_value' };
}

function view(row: VariableRow, usedBy: readonly string[]): Variable {
  return {
    key: row.key,
    value: isSecret(row) ? undefined : row.value ?? '',
    secret: isSecret(row),
    description: optionalText(row.description),
    revision: num(row.revision),
    updatedAt: num(row.updated_at),
    updatedBy: row.updated_by,
    usedBy: [...usedBy],
  };
}

function checkWrite(key: string, write: VariableWrite): void {
  if (!KEY.test(key)) {
    throw new InputError(
      `Variable key "${key.slice(
        0,
        200,
      )}" is not valid; expected letters, digits, "_", "-" and ".", at most 200 characters`,
    );
  }
  const bytes = Buffer.byteLength(write.value);
  if (bytes > MAX_VALUE_BYTES) {
    throw new InputError(
      `The value of variable "${key}" has ${bytes} bytes; expected at most ${MAX_VALUE_BYTES}. Put larger things into a file beside the pipeline`,
    );
  }
  // PostgreSQL cannot store it in text, and no environment can hold it.
  if (write.value.includes('\0')) {
    throw new InputError(
      `The value of variable "${key}" holds a NUL character, which no environment variable can`,
    );
  }
}

function notFound(key: string): NotFoundError {
  return new NotFoundError(
    `Variable "${key}" does not exist; "maestro variables list" shows those there are`,
  );
}
