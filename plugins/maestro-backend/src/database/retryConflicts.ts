/** Deadlock and serialization failure of PostgreSQL: the other one goes on. */
const CONFLICTS = new Set(['40001', '40P01']);

/**
 * Runs a transaction again when the database gave it up for another one.
 * Nothing of it was committed then, so that it must do nothing outside of the
 * database.
 *
 * @param maxTries - default 5
 */
export async function retryConflicts<T>(
  transaction: () => Promise<T>,
  maxTries = 5,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await transaction();
    } catch (error) {
      const code = (error as { code?: string }).code ?? '';
      if (tries >= maxTries || !CONFLICTS.has(code)) throw error;
    }
  }
}
