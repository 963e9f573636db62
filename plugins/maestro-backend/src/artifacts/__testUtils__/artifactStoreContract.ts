/* eslint-disable jest/no-export -- the tests of every store call these */
import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { ArtifactStore } from '../ArtifactStore';

const MiB = 1024 * 1024;

/** What every artifact store promises; of one test each, a store of its own. */
export function artifactStoreContract(
  setUp: () => Promise<{
    store: ArtifactStore;
    /** What stands there, unfinished writes too. */
    everything(): Promise<string[]>;
    tearDown(): Promise<void>;
  }>,
): void {
  let fixture: Awaited<ReturnType<typeof setUp>>;
  let store: ArtifactStore;
  beforeEach(async () => {
    fixture = await setUp();
    store = fixture.store;
  });
  afterEach(() => fixture.tearDown());

  const whole = async (key: string) => buffer((await store.open(key)).stream);
  async function* pieces(bytes: Buffer, size: number) {
    for (let at = 0; at < bytes.length; at += size) {
      yield bytes.subarray(at, at + size);
    }
  }

  it.each([
    ['nothing', 0],
    ['one byte', 1],
    ['less than a part', 300_001],
    ['exactly a part of S3', 8 * MiB],
    ['several parts', 17 * MiB + 3],
  ])(
    'gives back each byte: %s, as bytes and as a stream',
    async (_, size) => {
      const bytes = randomBytes(size);
      expect(await store.put('a/bytes', bytes)).toEqual({ size });
      expect(await store.put('a/stream', pieces(bytes, 70_001))).toEqual({
        size,
      });
      for (const key of ['a/bytes', 'a/stream']) {
        expect(await store.size(key)).toBe(size);
        expect((await store.open(key)).size).toBe(size);
        expect((await whole(key)).equals(bytes)).toBe(true);
      }
    },
    180_000,
  );

  it.each([
    [{ start: 0, length: 5 }, 'hello'],
    [{ start: 1, length: 3 }, 'ell'],
    [{ start: 4, length: 99 }, 'o'],
    [{ start: 5, length: 1 }, ''],
    [{ start: 99, length: 1 }, ''],
    [{ start: 2, length: 0 }, ''],
  ])('reads a part: %j', async (range, expected) => {
    await store.put('a/b.txt', Buffer.from('hello'));
    expect((await store.read('a/b.txt', range)).toString()).toBe(expected);
  });

  it('reads nothing of an empty object', async () => {
    await store.put('a/empty', Buffer.alloc(0));
    expect(await store.read('a/empty', { start: 0, length: 9 })).toEqual(
      Buffer.alloc(0),
    );
  });

  it('replaces an object, and leaves its neighbours alone', async () => {
    await store.put('a/b', Buffer.from('the first, longer one'));
    await store.put('a/b.c', Buffer.from('neighbour'));
    await store.put('a/b', Buffer.from('second'));
    expect((await whole('a/b')).toString()).toBe('second');
    expect((await whole('a/b.c')).toString()).toBe('neighbour');
  });

  it.each([
    ['at once', 0],
    ['after several parts', 20 * MiB],
  ])(
    'keeps the old object and no rest when the source breaks off %s',
    async (_, size) => {
      await store.put('a/b.txt', Buffer.from('old'));
      const cause = new Error('the client went away');
      async function* broken() {
        yield* pieces(Buffer.alloc(size, 'x'), MiB);
        throw cause;
      }
      await expect(store.put('a/b.txt', broken())).rejects.toBe(cause);
      expect((await whole('a/b.txt')).toString()).toBe('old');
      expect(await fixture.everything()).toEqual(['a/b.txt']);
    },
    180_000,
  );

  it('writes many at once, also one key: then one of them is whole', async () => {
    const all = Array.from({ length: 20 }, (_, i) =>
      Buffer.alloc(50_000, `${i}\n`),
    );
    await Promise.all([
      ...all.map((bytes, i) => store.put(`many/${i}`, bytes)),
      ...all.map(bytes => store.put('many/same', pieces(bytes, 999))),
    ]);
    for (const [i, bytes] of all.entries()) {
      expect((await whole(`many/${i}`)).equals(bytes)).toBe(true);
    }
    const same = await whole('many/same');
    expect(all.some(bytes => bytes.equals(same))).toBe(true);
  });

  it.each([
    '../x',
    'a/../../x',
    '/etc/passwd',
    'a//b',
    'a/./b',
    '',
    'a\\b',
    'a\0',
    'a/b?versionId=1',
    'é',
  ])('refuses what is no key: %j', async key => {
    const refused = { name: 'InputError' };
    await expect(store.put(key, Buffer.from('x'))).rejects.toMatchObject(
      refused,
    );
    await expect(store.open(key)).rejects.toThrow(/no key/);
    await expect(store.delete(key)).rejects.toThrow(/no key/);
    await expect(
      store.read(key, { start: 0, length: 1 }),
    ).rejects.toMatchObject(refused);
    await expect(store.size(key)).rejects.toMatchObject(refused);
    expect(await fixture.everything()).toEqual([]);
  });

  it('says of what is not there which object, where, and what to do', async () => {
    for (const ask of [
      () => store.open('a/none'),
      () => store.size('a/none'),
      () => store.read('a/none', { start: 0, length: 1 }),
      () => store.read('a/none', { start: 0, length: 0 }),
    ]) {
      await expect(ask()).rejects.toMatchObject({
        name: 'NotFoundError',
        message: expect.stringMatching(
          /^The object "a\/none" is not in .+copy it over under the same key/s,
        ),
      });
    }
  });

  it('deletes, twice too, and nothing else', async () => {
    await store.put('a/b', Buffer.from('x'));
    await store.put('a/b2', Buffer.from('y'));
    await store.delete('a/b');
    await store.delete('a/b');
    await store.delete('never/there');
    await expect(store.size('a/b')).rejects.toMatchObject({
      name: 'NotFoundError',
    });
    expect(await fixture.everything()).toEqual(['a/b2']);
  });
}
