/**
 * SQLSTATE of PostgreSQL, a code of SQLite, or one of a connection that broke.
 */
const CODE = /^(SQLITE_\w+|[0-9A-Z]{5}|E[A-Z]+)$/;

/**
 * Whether the database failed, and not what was asked of it. Who catches errors
 * in a transaction to make an outcome of them hands these on: on SQLite the
 * transaction could be committed all the same, with a wrong outcome in it.
 */
export function isStoreError(error: unknown): boolean {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return (
    name === 'KnexTimeoutError' || (typeof code === 'string' && CODE.test(code))
  );
}
