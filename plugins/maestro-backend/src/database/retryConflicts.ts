/** Deadlock and serialization failure of PostgreSQL: the other one goes on. */
const CONFLICTS = new Set(['40001', '40P01']);
const MAX_TRIES = 5;

/**
 * Runs a transaction again when the database gave it up for another one, five
 * times at most. Nothing of it was committed then, so that it must do nothing
 * outside of the database.
 */
export async function retryConflicts<T>(
  transaction: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await transaction();
    } catch (error) {
      const code = (error as { code?: string }).code ?? '';
      if (tries >= MAX_TRIES || !CONFLICTS.has(code)) throw error;
    }
  }
}
