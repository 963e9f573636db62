import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkoutRoot, findDataDir, findInstallation } from './installation';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'maestro-cli-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(dir: string, content: string | object) {
  mkdirSync(join(root, dir), { recursive: true });
  writeFileSync(
    join(root, dir, 'cli.json'),
    typeof content === 'string' ? content : JSON.stringify(content),
  );
}

function around(env: NodeJS.ProcessEnv = {}, cwd = '', commandDir = '') {
  return { env, cwd: join(root, cwd), commandDir: join(root, commandDir) };
}

it('takes address and token of the environment first', () => {
  put('.maestro', { url: 'http://other', token: 't' });
  expect(findInstallation(around({ MAESTRO_URL: 'http://a:1/x/' }))).toEqual({
    url: 'http://a:1/x',
    // Never to an address that it was not made for.
    token: undefined,
  });
});

it('finds the data directory here, above, or in the checkout of the command', () => {
  put('work/.maestro', { url: 'http://work:1', token: 'w' });
  mkdirSync(join(root, 'work/a/b'), { recursive: true });
  expect(findInstallation(around({}, 'work/a/b'))).toEqual({
    url: 'http://work:1',
    token: 'w',
  });
  put('checkout/.maestro', { url: 'http://checkout:1', token: 'c' });
  writeFileSync(join(root, 'checkout/package.json'), '{"workspaces": []}');
  mkdirSync(join(root, 'checkout/packages/cli/dist'), { recursive: true });
  const elsewhere = around({}, '', 'checkout/packages/cli/dist');
  expect(findInstallation(elsewhere).url).toBe('http://checkout:1');
  expect(checkoutRoot(elsewhere.commandDir)).toBe(join(root, 'checkout'));
});

it('uses a named data directory and no other', () => {
  put('.maestro', { url: 'http://here:1', token: 't' });
  const named = around({ MAESTRO_DATA_DIR: 'nowhere' });
  expect(findDataDir(named)).toBe(join(root, 'nowhere'));
  expect(() => findInstallation(named)).toThrow(/nowhere\/cli.json is missing/);
});

it('replaces the token alone', () => {
  put('.maestro', { url: 'http://here:1', token: 't' });
  expect(findInstallation(around({ MAESTRO_TOKEN: 'mine' })).token).toBe(
    'mine',
  );
});

it.each([
  ['nothing', undefined, /npm start.*MAESTRO_URL/],
  ['half a file', '{"url": "ht', /cannot be read/],
  ['no address', { token: 't' }, /should hold an address/],
  ['another protocol', { url: 'file:///x' }, /should hold an address/],
])('says what to do about %s', (_, content, message) => {
  if (content !== undefined) put('.maestro', content);
  expect(() => findInstallation(around())).toThrow(message);
});
