import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  OomWatch,
  oomCounter,
  oomEvidence,
  readCount,
} from '../../launcher/oom.mjs';
import { outcomeOf } from '../../launcher/outcome.mjs';
import { makeMemoryCgroup } from '../conformance/memoryCgroup';

const CGROUP = '/sys/fs/cgroup/app/memory.events';
const MACHINE = '/proc/vmstat';

/** Recorded: what the file said before an attempt and after it. */
function decide(
  end: { code?: number; signal?: string } | undefined,
  file?: string,
  counts: [number?, number?] = [],
) {
  return oomEvidence({
    end,
    before: file && {
      kind: file === MACHINE ? 'machine' : 'cgroup',
      file,
      count: counts[0],
    },
    countNow: () => counts[1],
  });
}

describe('evidence', () => {
  const killed = { signal: 'SIGKILL' };

  it.each<[string, Parameters<typeof decide>, RegExp]>([
    [
      'the cgroup counted a kill',
      [killed, CGROUP, [3, 4]],
      /SIGKILL: the kernel ended it because memory ran out \(oom_kill in .*memory.events rose from 3 to 4/,
    ],
    [
      'only the machine counts',
      [killed, MACHINE, [9, 11]],
      /SIGKILL, probably because memory ran out .*vmstat rose from 9 to 11/,
    ],
    [
      'a shell reports the kill of its child',
      [{ code: 137 }, CGROUP, [0, 1]],
      /exit code 137, as of a process ended by SIGKILL: the kernel/,
    ],
  ])('%s', (_, facts, words) => {
    expect(decide(...facts)).toMatch(words);
  });

  it.each<[string, Parameters<typeof decide>]>([
    ['the counter did not rise', [killed, CGROUP, [3, 3]]],
    ['the counter began anew', [killed, CGROUP, [3, 0]]],
    ['the counter could not be read before', [killed, CGROUP, [undefined, 1]]],
    ['the counter is gone', [killed, CGROUP, [0, undefined]]],
    ['there is no counter', [killed]],
    ['another signal ended it', [{ signal: 'SIGSEGV' }, CGROUP, [0, 1]]],
    // Python's MemoryError: the process ended by itself.
    ['it ended by itself', [{ code: 1 }, CGROUP, [0, 1]]],
    ['it succeeded', [{ code: 0 }, CGROUP, [0, 1]]],
    ['nobody knows how it ended', [undefined, CGROUP, [0, 1]]],
  ])('none: %s', (_, facts) => {
    expect(decide(...facts)).toBeUndefined();
  });

  it('does not change what Maestro ended itself', () => {
    expect(
      outcomeOf({
        end: killed,
        reason: { failure: 'cancelled', message: 'The attempt was cancelled' },
        outputs: {},
        oom: 'memory ran out',
      }),
    ).toMatchObject({ failure: 'cancelled' });
    expect(
      outcomeOf({
        end: killed,
        reason: undefined,
        outputs: {},
        oom: 'memory ran out',
      }),
    ).toEqual({
      result: 'failed',
      failure: 'oom',
      signal: 'SIGKILL',
      message: 'memory ran out',
    });
  });
});

describe('counters', () => {
  let dir: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'maestro-oom-'));
  });
  afterEach(() => {
    rmSync(dir, { recursive: true });
  });

  it('are read from files of both versions of cgroups', () => {
    const file = join(dir, 'counter');
    for (const [text, count] of [
      ['low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n', 2],
      ['oom_kill_disable 0\nunder_oom 0\noom_kill 7\n', 7],
      ['oom_kill_disable 0\nunder_oom 0\n', undefined],
      ['', undefined],
    ] as const) {
      writeFileSync(file, text);
      expect(readCount(file)).toBe(count);
    }
    expect(readCount(join(dir, 'none'))).toBeUndefined();
  });

  it('that are not there leave the machine, and nonsense leaves no error', () => {
    const kind = (text: string) => oomCounter(text)?.kind;
    const here = readCount(MACHINE) === undefined ? undefined : 'machine';
    expect(kind('')).toBe(here);
    expect(kind('nonsense\n0::/not/there\n4:memory:/nor/there')).toBe(here);
  });

  it('are not read for each of many launches', () => {
    const file = join(dir, 'counter');
    writeFileSync(file, 'oom_kill 1\n');
    const watch = new OomWatch(() => ({ kind: 'cgroup', file }));
    const first = watch.before();
    writeFileSync(file, 'oom_kill 2\n');
    expect(watch.before()).toBe(first);
    expect(first).toEqual({ kind: 'cgroup', file, count: 1 });
  });
});

describe('a kill by the kernel', () => {
  const cgroup = makeMemoryCgroup(48);

  afterAll(() => cgroup.remove?.());

  if ('problem' in cgroup) {
    it(`cannot be had here (${cgroup.problem}): the table above decides with recorded counters`, () => {
      expect(cgroup.problem).not.toBe('');
    });
    return;
  }

  it('is told from a kill by somebody', () => {
    const watch = new OomWatch(() => ({
      kind: 'cgroup',
      file: cgroup.counter,
    }));
    const before = watch.before();
    const run = (program: string) => {
      const { status, signal } = spawnSync(
        '/bin/sh',
        ['-c', cgroup.enter(`exec ${program}`)],
        { stdio: 'ignore', timeout: 60_000 },
      );
      return { code: status ?? undefined, signal: signal ?? undefined };
    };
    const byHand = run("sh -c 'kill -9 $$'");
    expect(byHand).toEqual({ code: undefined, signal: 'SIGKILL' });
    expect(oomEvidence({ end: byHand, before })).toBeUndefined();
    const byKernel = run(cgroup.glutton);
    expect(byKernel).toEqual({ code: undefined, signal: 'SIGKILL' });
    expect(oomEvidence({ end: byKernel, before })).toMatch(
      /because memory ran out/,
    );
  });
});
