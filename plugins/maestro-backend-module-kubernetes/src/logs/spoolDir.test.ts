import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { makeSpoolDir } from './spoolDir';

it('removes what dead processes of this host left, and nothing else', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'spool-'));
  try {
    const own = basename(await makeSpoolDir(parent));
    const host = own.replace(/-\d+-.{6}$/, '');
    expect(host).toContain(hostname().slice(0, 3));
    const names = {
      dead: `${host}-4711-abcdef`,
      living: `${host}-4712-abcdef`,
      elsewhere: `other-4711-abcdef`,
      foreign: 'something',
    };
    for (const name of Object.values(names)) mkdirSync(join(parent, name));
    await makeSpoolDir(parent, pid => pid === 4712);
    const left = Object.fromEntries(
      Object.entries(names).map(([key, name]) => [
        key,
        existsSync(join(parent, name)),
      ]),
    );
    expect(left).toEqual({
      dead: false,
      living: true,
      elsewhere: true,
      foreign: true,
    });
    expect(existsSync(join(parent, own))).toBe(true);
  } finally {
    rmSync(parent, { recursive: true });
  }
});
