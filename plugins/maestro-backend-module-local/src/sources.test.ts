import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SourceStore } from './sources';

const DAY_MS = 24 * 60 * 60 * 1000;

let dir: string;
let store: SourceStore;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'maestro-sources-'));
  store = new SourceStore(dir);
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

const file = (path: string, content: string, executable?: boolean) => ({
  path,
  content: Buffer.from(content),
  executable,
});

it('lays a version out once, read-only, with its folders', async () => {
  const sources = {
    versionHash: 'abc',
    files: [file('a.py', 'a'), file('lib/deep/b.sh', 'b', true)],
  };
  const [one, two] = await Promise.all([
    store.layOut(sources),
    new SourceStore(dir).layOut(sources),
  ]);
  expect(one).toEqual(two);
  expect(one.entries.sort()).toEqual(['a.py', 'lib']);
  // eslint-disable-next-line no-bitwise
  expect(statSync(join(one.dir, 'a.py')).mode & 0o777).toBe(0o400);
  // eslint-disable-next-line no-bitwise
  expect(statSync(join(one.dir, 'lib/deep/b.sh')).mode & 0o777).toBe(0o500);
  expect(readdirSync(dir)).toEqual(['abc']);
});

it('lays it out again when somebody removed it', async () => {
  const sources = { versionHash: 'abc', files: [file('a.py', 'a')] };
  const first = await store.layOut(sources);
  rmSync(first.dir, { recursive: true });
  const second = await store.layOut(sources);
  expect(readFileSync(join(second.dir, 'a.py'), 'utf8')).toBe('a');
});

it('leaves nothing half done behind', async () => {
  await expect(
    store.layOut({
      versionHash: 'abc',
      files: [file('a', 'a file'), file('a/b', 'that is a folder too')],
    }),
  ).rejects.toMatchObject({ name: 'ExecutorError', failure: 'config' });
  expect(readdirSync(dir)).toEqual([]);
});

it.each(['../../etc', 'a/b', '', '.', 'x'.repeat(500)])(
  'keeps the hash %p inside its folder',
  async versionHash => {
    const { dir: made } = await store.layOut({
      versionHash,
      files: [file('a', 'a')],
    });
    expect(join(made, '..')).toBe(dir);
  },
);

it('removes what was not used for 30 days, unless an older attempt runs', async () => {
  const { dir: made } = await store.layOut({
    versionHash: 'old',
    files: [file('a', 'a')],
  });
  const now = Date.now();
  const old = (now - 31 * DAY_MS) / 1000;
  utimesSync(made, old, old);
  await store.prune(now, now - 5 * DAY_MS);
  expect(existsSync(made)).toBe(true);
  await store.prune(now);
  expect(existsSync(made)).toBe(false);
});
