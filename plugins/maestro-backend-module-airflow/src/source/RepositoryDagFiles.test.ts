import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NotFoundError, NotModifiedError } from '@backstage/errors';
import { mockServices } from '@backstage/backend-test-utils';
import { RepositoryDagFiles } from './RepositoryDagFiles';

let temp: string;
beforeEach(() => {
  temp = mkdtempSync(join(tmpdir(), 'maestro-repository-'));
});
afterEach(() => rmSync(temp, { recursive: true, force: true }));

/** A host of one folder, which a test changes. */
function host(options: { filters?: boolean } = {}) {
  const { filters = true } = options;
  const self = {
    etag: 'c1',
    files: {} as Record<string, string>,
    fails: undefined as Error | undefined,
    fetched: 0,
  };
  const urlReader = mockServices.urlReader.mock({
    async readTree(_url, asked) {
      if (self.fails) throw self.fails;
      if (asked?.etag === self.etag) throw new NotModifiedError();
      self.fetched += 1;
      const files = Object.entries(self.files)
        .filter(
          ([path, text]) =>
            !filters || asked!.filter!(path, { size: text.length }),
        )
        .map(([path, text]) => ({
          path,
          // As an archive gives an empty file.
          content: async () => (text ? Buffer.from(text) : ([] as never)),
        }));
      return {
        etag: self.etag,
        files: async () => files,
        archive: undefined as never,
        dir: undefined as never,
      };
    },
  });
  const files = new RepositoryDagFiles({
    urlReader,
    url: 'https://git.example/r/tree/main/dags',
    folder: join(temp, 'copy'),
    limits: { files: 5, bytes: 1024 * 1024 },
    who: 'component:default/flights',
  });
  const signal = new AbortController().signal;
  return Object.assign(self, {
    copy: files,
    update: () => files.update(signal),
  });
}

const tree = () =>
  (readdirSync(join(temp, 'copy'), { recursive: true }) as string[]).sort();
const text = (path: string) => readFileSync(join(temp, 'copy', path), 'utf8');

it('copies one commit after another, and writes only what is different', async () => {
  const repository = host();
  repository.files = {
    'a.py': 'one',
    'lib/b.py': 'two',
    'lib/__init__.py': '',
    '.airflowignore': 'x',
  };
  await repository.update();
  expect(tree()).toEqual([
    '.airflowignore',
    'a.py',
    'lib',
    'lib/__init__.py',
    'lib/b.py',
  ]);
  expect(await repository.copy.commit()).toBe('c1');
  const before = statSync(join(temp, 'copy/a.py')).mtimeMs;
  await repository.update();
  expect(repository.fetched).toBe(1);

  repository.etag = 'c2';
  // What was a folder is a file, and what was a file a folder.
  repository.files = { 'a.py': 'one', lib: 'file', 'x/y.py': 'new' };
  await repository.update();
  expect(tree()).toEqual(['a.py', 'lib', 'x', 'x/y.py']);
  expect(statSync(join(temp, 'copy/a.py')).mtimeMs).toBe(before);
  expect(await repository.copy.commit()).toBe('c2');
});

it('mends a copy that somebody has changed, and follows no link there', async () => {
  const repository = host();
  repository.files = { 'a.py': 'one', 'lib/b.py': 'two' };
  await repository.update();
  const outside = join(temp, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'b.py'), 'not ours');
  rmSync(join(temp, 'copy/lib'), { recursive: true });
  symlinkSync(outside, join(temp, 'copy/lib'));
  writeFileSync(join(temp, 'copy/a.py'), 'changed');
  writeFileSync(join(temp, 'copy/more.py'), 'more');
  repository.etag = 'c2';
  await repository.update();
  expect(tree()).toEqual(['a.py', 'lib', 'lib/b.py']);
  expect([text('a.py'), text('lib/b.py')]).toEqual(['one', 'two']);
  expect(readFileSync(join(outside, 'b.py'), 'utf8')).toBe('not ours');
});

it.each([true, false])(
  'writes nothing outside, and nothing of tools (host filters: %s)',
  async filters => {
    const repository = host({ filters });
    repository.files = {
      'a.py': 'one',
      '../escaped.py': 'x',
      'b/../../escaped.py': 'x',
      '/etc/escaped.py': 'x',
      '.git/config': 'x',
      '__pycache__/a.pyc': 'x',
    };
    await repository.update();
    expect(tree()).toEqual(['a.py']);
    expect(existsSync(join(temp, 'escaped.py'))).toBe(false);
  },
);

it.each<[string, Record<string, string>]>([
  [
    'too many files',
    Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`${i}.py`, 'x'])),
  ],
  ['too large files', { 'a.py': 'x'.repeat(1024 * 1024 + 1) }],
])(
  'takes nothing of a folder with %s, and says what to do',
  async (_, more) => {
    for (const filters of [true, false]) {
      const repository = host({ filters });
      repository.files = { 'a.py': 'one' };
      await repository.update();
      repository.etag = 'c2';
      repository.files = more;
      await expect(repository.update()).rejects.toThrow(
        /more than 5 files or 1 MiB; point the annotation of component:default\/flights at/,
      );
      expect(text('a.py')).toBe('one');
      expect(await repository.copy.commit()).toBe('c1');
    }
  },
);

it('says what to do when the host has no such folder, and goes on afterwards', async () => {
  const repository = host();
  repository.files = { 'a.py': 'one' };
  await repository.update();
  repository.fails = new NotFoundError('404');
  await expect(repository.update()).rejects.toThrow(
    'https://git.example/r/tree/main/dags cannot be read: 404; name a folder that is there in the annotation of component:default/flights',
  );
  expect(text('a.py')).toBe('one');
  repository.fails = undefined;
  await repository.update();
  expect(repository.fetched).toBe(1);
});

it('names a file as its host does', () => {
  expect(host().copy.placeOf('x/a.py')).toBe(
    'https://git.example/r/tree/main/dags/x/a.py',
  );
});
