import { createHash, randomBytes } from 'node:crypto';

/**
 * A token for one attempt, and what is stored of it. 256 random bits: the hash
 * needs no salt, and nobody can guess a token or learn it from the database.
 */
export function newAttemptToken(): { token: string; hash: string } {
  const token = `mtk_${randomBytes(32).toString('base64url')}`;
  return { token, hash: hashAttemptToken(token) };
}

/** SHA-256 as hex, as in `attempts.token_hash`. */
export function hashAttemptToken(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex');
}
