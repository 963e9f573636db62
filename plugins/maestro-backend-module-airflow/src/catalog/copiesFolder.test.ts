import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { copiesFolder, removeUnusedBeside, useFolder } from './copiesFolder';

const DAY = 24 * 60 * 60;
/** Above the largest that Linux gives. */
const NOBODY = 2 ** 22 + 1;

let temp: string;
beforeEach(() => {
  temp = mkdtempSync(join(tmpdir(), 'maestro-copies-'));
});
afterEach(() => rmSync(temp, { recursive: true, force: true }));

it('is of this host and process alone', () => {
  expect(copiesFolder('/data/airflow-tasks')).toBe(
    `/data/airflow-tasks/repositories/${hostname()}-${process.pid}`,
  );
});

it('removes those of processes that are gone, and no others', async () => {
  const own = copiesFolder(temp);
  await useFolder(own);
  const beside = (name: string, ageDays: number) => {
    const path = join(temp, 'repositories', name);
    mkdirSync(join(path, 'component+default+x'), { recursive: true });
    const at = Date.now() / 1000 - ageDays * DAY;
    utimesSync(path, at, at);
    return name;
  };
  const kept = [
    basename(own),
    beside(`${hostname()}-1`, 30),
    beside('elsewhere-7', 6),
    beside('not one of ours', 30),
  ];
  beside(`${hostname()}-${NOBODY}`, 0);
  beside('elsewhere-8', 8);
  await removeUnusedBeside(own);
  expect(readdirSync(join(temp, 'repositories')).sort()).toEqual(kept.sort());
});

it('is in use again with each look', async () => {
  const own = copiesFolder(temp);
  await useFolder(own);
  expect(existsSync(own)).toBe(true);
  utimesSync(own, 1, 1);
  await useFolder(own);
  expect(statSync(own).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
});
