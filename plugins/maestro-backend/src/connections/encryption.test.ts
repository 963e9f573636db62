import { ConfigReader } from '@backstage/config';
import { SecretKeyRing } from './encryption';

const place = { table: 'connections', id: 'db', field: 'password' };
const old = { id: 'k1', secret: 'an old phrase of the house' };
const fresh = { id: 'k2', secret: 'a new phrase of the house' };

describe('SecretKeyRing', () => {
  const ring = SecretKeyRing.fromKeys([old]);

  it('gives back what was stored, also empty and beyond ASCII', () => {
    for (const text of [
      '',
      'x',
      'pä$$ wörd \n"\u{1f600}',
      'y'.repeat(20_000),
    ]) {
      const stored = ring.encrypt(text, place);
      expect(stored).toMatch(/^v1:k1:[\w-]{16}:[\w-]{22}:[\w-]*$/);
      expect(stored.split(':')[4].length).toBe(
        Math.ceil((Buffer.byteLength(text) * 4) / 3),
      );
      expect(ring.decrypt(stored, place)).toBe(text);
    }
  });

  it('never makes the same ciphertext twice', () => {
    expect(ring.encrypt('same', place)).not.toBe(ring.encrypt('same', place));
  });

  it.each([
    ['table', { ...place, table: 'variables' }],
    ['row', { ...place, id: 'other' }],
    ['field', { ...place, field: 'extra' }],
  ])('refuses a ciphertext moved to another %s', (_, elsewhere) => {
    const stored = ring.encrypt('secret', place);
    expect(() => ring.decrypt(stored, elsewhere)).toThrow(
      /cannot be decrypted with key "k1"/,
    );
  });

  it('refuses a changed bit and a shortened tag', () => {
    const parts = ring.encrypt('secret', place).split(':');
    const flipped = [...parts];
    flipped[4] = (parts[4][0] === 'A' ? 'B' : 'A') + parts[4].slice(1);
    expect(() => ring.decrypt(flipped.join(':'), place)).toThrow(/cannot be/);
    const short = [...parts];
    short[3] = parts[3].slice(0, 6);
    expect(() => ring.decrypt(short.join(':'), place)).toThrow(/cannot be/);
    expect(() => ring.decrypt('plain text', place)).toThrow(
      /not in the format/,
    );
  });

  it('says which key is missing, and that a key has another secret', () => {
    const stored = ring.encrypt('secret', place);
    expect(() =>
      SecretKeyRing.fromKeys([fresh]).decrypt(stored, place),
    ).toThrow(
      'The password of "db" in connections was encrypted with key "k1", which maestro.encryption.keys does not have (it has: k2)',
    );
    const changed = SecretKeyRing.fromKeys([{ ...old, secret: fresh.secret }]);
    expect(() => changed.decrypt(stored, place)).toThrow(
      /its secret in maestro.encryption.keys is another one/,
    );
  });

  it('reads old ciphertexts and writes new ones after a rotation', () => {
    const both = SecretKeyRing.fromKeys([fresh, old]);
    const stored = ring.encrypt('secret', place);
    expect(both.isActive(stored)).toBe(false);
    expect(both.decrypt(stored, place)).toBe('secret');
    expect(both.isActive(both.encrypt('secret', place))).toBe(true);
  });

  it('refuses a configuration that would not protect anything', () => {
    expect(() => SecretKeyRing.fromConfig(new ConfigReader({}))).toThrow(
      /maestro.encryption.keys is empty/,
    );
    expect(() =>
      SecretKeyRing.fromKeys([{ id: 'k', secret: 'short' }]),
    ).toThrow(/5 characters; expected at least 16/);
    expect(() => SecretKeyRing.fromKeys([old, old])).toThrow(/twice/);
    expect(() => SecretKeyRing.fromKeys([{ ...old, id: 'a:b' }])).toThrow(
      /a:b/,
    );
  });
});
