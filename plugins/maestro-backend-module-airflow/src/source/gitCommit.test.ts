import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitCommit } from './gitCommit';

let dir: string;
const git = (...args: string[]) =>
  execFileSync('git', ['-C', dir, ...args], { encoding: 'utf8' }).trim();

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'maestro-git-'));
  git('init', '-q');
  writeFileSync(join(dir, 'a.py'), 'x = 1\n');
  git('add', 'a.py');
  git('-c', 'user.name=x', '-c', 'user.email=x@y', 'commit', '-qm', 'x');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

it('is the commit of files that are as they are there', async () => {
  expect(await gitCommit(dir, ['a.py'])).toBe(git('rev-parse', 'HEAD'));
  writeFileSync(join(dir, 'a.py'), 'x = 2\n');
  expect(await gitCommit(dir, ['a.py'])).toBeUndefined();
});

it('runs no program that the folder names, and takes no other repository', async () => {
  const program = join(dir, 'program');
  const env = join(dir, 'env');
  writeFileSync(program, `#!/bin/sh\nenv > ${env}\n`);
  chmodSync(program, 0o755);
  git('config', 'core.fsmonitor', program);
  process.env.GIT_DIR = '/nowhere';
  try {
    const commit = await gitCommit(dir, ['a.py']);
    delete process.env.GIT_DIR;
    expect(existsSync(env)).toBe(false);
    expect(commit).toBe(git('rev-parse', 'HEAD'));
  } finally {
    delete process.env.GIT_DIR;
  }
});
