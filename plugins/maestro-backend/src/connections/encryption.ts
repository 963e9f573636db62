import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  randomBytes,
  scryptSync,
} from 'node:crypto';
import type { Config } from '@backstage/config';
import { InputError } from '@backstage/errors';

/*
 * Secrets stand in the database as `v1:keyId:iv:tag:ct`, AES-256-GCM. Table,
 * id and field are additional data: a ciphertext that is copied to another row
 * or column does not decrypt there, so that nobody with write access to the
 * database can make a connection show the password of another one.
 */

/** Where a secret stands; part of what is authenticated. */
export interface SecretPlace {
  table: string;
  /** What names the row for ever, such as the id of a connection. */
  id: string;
  field: string;
}

/** One key of the configuration. */
export interface EncryptionKey {
  /** Stands in each ciphertext; letters, digits, `_`, `-`, `.`. */
  id: string;
  /** Any text of at least 16 characters; the key is derived from it. */
  secret: string;
}

const FORMAT = 'v1';
const KEY_ID = /^[A-Za-z0-9_.-]{1,64}$/;
const MIN_SECRET_LENGTH = 16;

/**
 * The keys of an installation. The first one encrypts; all of them decrypt, so
 * that a key is replaced by putting a new one in front and keeping the old one
 * until everything is encrypted anew (`rotateSecrets`).
 */
export class SecretKeyRing {
  private constructor(
    private readonly keys: ReadonlyMap<string, KeyObject>,
    private readonly activeId: string,
  ) {}

  /**
   * Reads `maestro.encryption.keys`.
   * @throws InputError without a usable key: secrets are never stored in clear
   */
  static fromConfig(config: Config): SecretKeyRing {
    const entries = config.getOptionalConfigArray('maestro.encryption.keys');
    return SecretKeyRing.fromKeys(
      (entries ?? []).map(entry => ({
        id: entry.getString('id'),
        secret: entry.getString('secret'),
      })),
    );
  }

  /** @throws InputError for no key, a doubled id or a secret that is too short */
  static fromKeys(keys: readonly EncryptionKey[]): SecretKeyRing {
    if (keys.length === 0) {
      throw new InputError(
        'maestro.encryption.keys is empty: connections and variables need a key to be stored with; add one with an id and a secret of at least 16 characters, such as the output of "openssl rand -base64 32"',
      );
    }
    const derived = new Map<string, KeyObject>();
    for (const { id, secret } of keys) {
      if (!KEY_ID.test(id)) {
        throw new InputError(
          `maestro.encryption.keys has the id "${id}"; expected letters, digits, "_", "-" and ".", at most 64 characters`,
        );
      }
      if (derived.has(id)) {
        throw new InputError(
          `maestro.encryption.keys has the id "${id}" twice; give each key its own`,
        );
      }
      if (secret.length < MIN_SECRET_LENGTH) {
        throw new InputError(
          `The secret of maestro.encryption.keys "${id}" has ${secret.length} characters; expected at least ${MIN_SECRET_LENGTH}`,
        );
      }
      // Slow on purpose (about 50 ms, once at start): a secret may be a phrase.
      derived.set(id, createSecretKey(scryptSync(secret, `maestro:${id}`, 32)));
    }
    return new SecretKeyRing(derived, keys[0].id);
  }

  /** Encrypts with the active key. */
  encrypt(plain: string, place: SecretPlace): string {
    const iv = randomBytes(12);
    const cipher = createCipheriv(
      'aes-256-gcm',
      this.keys.get(this.activeId)!,
      iv,
    );
    cipher.setAAD(additionalData(place));
    const ct = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return [
      FORMAT,
      this.activeId,
      iv.toString('base64url'),
      cipher.getAuthTag().toString('base64url'),
      ct.toString('base64url'),
    ].join(':');
  }

  /**
   * @throws InputError that names the place, when the key is not configured,
   * has another secret now, or the text was moved or changed
   */
  decrypt(stored: string, place: SecretPlace): string {
    const parts = stored.split(':');
    if (parts.length !== 5 || parts[0] !== FORMAT) {
      throw new InputError(
        `${describe(
          place,
        )} is not in the format ${FORMAT}:key:iv:tag:text; was the database changed by hand? Store the secret again`,
      );
    }
    const [, keyId, iv, tag, ct] = parts;
    const key = this.keys.get(keyId);
    if (!key) {
      throw new InputError(
        `${describe(
          place,
        )} was encrypted with key "${keyId}", which maestro.encryption.keys does not have (it has: ${[
          ...this.keys.keys(),
        ].join(', ')}); add that key again, or store the secret again`,
      );
    }
    try {
      const decipher = createDecipheriv(
        'aes-256-gcm',
        key,
        Buffer.from(iv, 'base64url'),
        { authTagLength: 16 },
      );
      decipher.setAAD(additionalData(place));
      decipher.setAuthTag(Buffer.from(tag, 'base64url'));
      return Buffer.concat([
        decipher.update(Buffer.from(ct, 'base64url')),
        decipher.final(),
      ]).toString('utf8');
    } catch (error) {
      throw new InputError(
        `${describe(
          place,
        )} cannot be decrypted with key "${keyId}": its secret in maestro.encryption.keys is another one than when it was stored, or the stored text was changed; restore the key, or store the secret again`,
        error,
      );
    }
  }

  /** Whether a ciphertext is by the key that encrypts now. */
  isActive(stored: string): boolean {
    return stored.startsWith(`${FORMAT}:${this.activeId}:`);
  }
}

function additionalData({ table, id, field }: SecretPlace): Buffer {
  return Buffer.from(JSON.stringify([table, id, field]), 'utf8');
}

function describe({ table, id, field }: SecretPlace): string {
  return `The ${field} of "${id}" in ${table}`;
}
