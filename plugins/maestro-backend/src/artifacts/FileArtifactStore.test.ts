import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { artifactStoreContract } from './__testUtils__/artifactStoreContract';
import { FileArtifactStore } from './FileArtifactStore';

describe('FileArtifactStore', () => {
  let directory: string;
  const make = async () => {
    directory = await mkdtemp(join(tmpdir(), 'maestro-artifacts-'));
    return new FileArtifactStore({ directory });
  };
  const tearDown = () => rm(directory, { recursive: true, force: true });

  artifactStoreContract(async () => ({
    store: await make(),
    everything: async () =>
      (await readdir(directory, { recursive: true, withFileTypes: true }))
        .filter(entry => entry.isFile())
        .map(entry => relative(directory, join(entry.parentPath, entry.name)))
        .sort(),
    tearDown,
  }));

  describe('of its own', () => {
    let store: FileArtifactStore;
    beforeEach(async () => {
      store = await make();
    });
    afterEach(tearDown);

    it('is readable for this user only', async () => {
      await store.put('a/b.txt', Buffer.from('hello'));
      expect((await stat(join(directory, 'a/b.txt'))).mode & 0o777).toBe(0o600);
      expect((await stat(join(directory, 'a'))).mode & 0o777).toBe(0o700);
    });

    it('says which folder is full, and what to do', async () => {
      async function* full(): AsyncGenerator<Uint8Array> {
        yield Buffer.from('x');
        throw Object.assign(new Error('ENOSPC: no space left on device'), {
          code: 'ENOSPC',
        });
      }
      await expect(store.put('a/b', full())).rejects.toMatchObject({
        name: 'ServiceUnavailableError',
        message: `The artifact store, the folder ${directory}, is full: make room, or let retention remove more; caused by Error: ENOSPC: no space left on device`,
      });
    });

    it('does not take a file for a folder', async () => {
      await mkdir(join(directory, 'a'));
      await writeFile(join(directory, 'a/b'), '');
      await expect(store.size('a/b/c')).rejects.toMatchObject({
        name: 'NotFoundError',
      });
    });
  });
});
