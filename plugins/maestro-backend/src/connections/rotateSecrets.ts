import type { MaestroDatabase } from '../database/MaestroDatabase';
import {
  replaceSecret,
  storedSecrets,
} from '../database/operations/connections/storedSecrets';
import type { SecretKeyRing } from './encryption';

/** What a rotation did. */
export interface RotationResult {
  /** Secrets that are by the active key now. */
  rotated: number;
  /** One sentence for each secret that could not be decrypted. */
  failed: string[];
}

/**
 * Encrypts with the active key what is stored with another one. Revisions
 * stay: nothing changed that a task would see. One that cannot be decrypted is
 * reported and left as it is.
 */
export async function rotateSecrets(
  db: MaestroDatabase,
  keys: SecretKeyRing,
): Promise<RotationResult> {
  const result: RotationResult = { rotated: 0, failed: [] };
  for await (const secret of storedSecrets(db, db.knex)) {
    if (keys.isActive(secret.stored)) continue;
    let plain: string;
    try {
      plain = keys.decrypt(secret.stored, secret.place);
    } catch (error) {
      if ((error as Error).name !== 'InputError') throw error;
      result.failed.push((error as Error).message);
      continue;
    }
    const renewed = keys.encrypt(plain, secret.place);
    // False when somebody stored a new secret meanwhile, with the active key.
    if (await replaceSecret(db, db.knex, secret, renewed)) result.rotated += 1;
  }
  return result;
}
