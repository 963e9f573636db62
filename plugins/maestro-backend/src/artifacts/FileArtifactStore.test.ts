import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { FileArtifactStore } from './FileArtifactStore';

describe('FileArtifactStore', () => {
  let directory: string;
  let store: FileArtifactStore;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'maestro-artifacts-'));
    store = new FileArtifactStore({ directory });
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('gives back what was put, whole and in parts', async () => {
    expect(await store.put('a/b.txt', Buffer.from('hello'))).toEqual({
      size: 5,
    });
    expect(await store.read('a/b.txt', { start: 1, length: 3 })).toEqual(
      Buffer.from('ell'),
    );
    expect(
      (await store.read('a/b.txt', { start: 4, length: 99 })).toString(),
    ).toBe('o');
    const opened = await store.open('a/b.txt');
    expect(opened.size).toBe(5);
    expect(await text(opened.stream)).toBe('hello');
  });

  it('is readable for this user only', async () => {
    await store.put('a/b.txt', Buffer.from('hello'));
    expect((await stat(join(directory, 'a/b.txt'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, 'a'))).mode & 0o777).toBe(0o700);
  });

  it('keeps the old object and no rest when a write breaks off', async () => {
    await store.put('a/b.txt', Buffer.from('old'));
    async function* broken() {
      yield Buffer.from('ne');
      throw new Error('the client went away');
    }
    await expect(store.put('a/b.txt', broken())).rejects.toThrow(/went away/);
    expect(
      (await store.read('a/b.txt', { start: 0, length: 10 })).toString(),
    ).toBe('old');
    expect(await readdir(join(directory, 'a'))).toEqual(['b.txt']);
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
  ])('never leaves its directory: %j', async key => {
    await expect(store.put(key, Buffer.from('x'))).rejects.toThrow(/no key/);
    await expect(store.open(key)).rejects.toThrow(/no key/);
    await expect(store.delete(key)).rejects.toThrow(/no key/);
  });

  it('says what is missing, and deletes twice', async () => {
    await expect(store.open('a/none')).rejects.toMatchObject({
      name: 'NotFoundError',
    });
    await store.put('a/b', Buffer.from('x'));
    await store.delete('a/b');
    await store.delete('a/b');
    await expect(store.size('a/b')).rejects.toMatchObject({
      name: 'NotFoundError',
    });
  });
});
