import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterApi } from '../cluster/ClusterApi';
import { ClusterError } from '../cluster/ClusterError';
import type { Writable } from 'node:stream';
import { FakeNode } from '../testing/FakeNode';
import { markOf } from './LogMarks';
import { PodLog, type PodLogOptions } from './PodLog';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pod-log-'));
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** The log of a pod that has ended, whose log API gives this error. */
async function logAfter(error: Error) {
  let grew = () => {};
  const told = new Promise<void>(resolve => {
    grew = resolve;
  });
  const log = new PodLog({
    api: { followLog: () => Promise.reject(error) } as unknown as ClusterApi,
    pod: { namespace: 'ml', name: 'maestro-1' },
    file: join(dir, 'log'),
    onGrowth: () => grew(),
    onLimit: () => {},
  });
  log.ended();
  log.follow();
  await told;
  const slice = await log.read(0, 100);
  await log.remove();
  return slice;
}

it('of a container that never ran is empty, and nothing of it is missing', async () => {
  const slice = await logAfter(
    new ClusterError(400, 'BadRequest', 'container is waiting to start'),
  );
  expect(slice).toMatchObject({ offset: 0, end: true });
  expect(slice.bytes).toHaveLength(0);
  expect(slice.missing).toBeUndefined();
});

it('that cannot be read is a gap', async () => {
  const slice = await logAfter(
    new ClusterError(500, undefined, 'the node does not answer'),
  );
  expect(slice).toMatchObject({
    end: true,
    missing: 'the node does not answer',
  });
});

it.each([
  ['with its last line seen', true, undefined],
  ['with nothing of it seen', false, 'the node had removed them'],
])(
  'of which the node rotated all away before the end, %s',
  async (_, isSeen, missing) => {
    const node = new FakeNode('it begins\n');
    const log = new PodLog({
      api: node,
      pod: { namespace: 'ml', name: 'maestro-1' },
      file: join(dir, 'log'),
      begin: Buffer.from('it begins\n'),
      onGrowth: () => {},
      onLimit: () => {},
    });
    if (isSeen) log.follow();
    node.write('one\n', false);
    await node.give();
    node.rotate();
    node.isOver = true;
    await node.give();
    log.ended(true);
    log.follow();
    while (!log.isComplete) {
      await node.give();
      await new Promise(setImmediate);
    }
    const { bytes, ...slice } = await log.read(0, 100);
    expect(Buffer.from(bytes).toString()).toBe(isSeen ? 'one\n' : '');
    expect(slice.end).toBe(true);
    expect(slice.missing).toBe(missing);
    await log.remove();
  },
);

describe('an API server that does not answer', () => {
  function silent() {
    let answer = (_abort: () => void) => {};
    const asked = jest.fn(
      () =>
        new Promise<() => void>(resolve => {
          answer = resolve;
        }),
    );
    const log = new PodLog({
      api: { followLog: asked },
      pod: { namespace: 'ml', name: 'maestro-1' },
      file: join(dir, 'log'),
      onGrowth: () => {},
      onLimit: () => {},
    });
    return { log, asked, answer: (abort: () => void) => answer(abort) };
  }

  it('does not hold up who stops to copy, and its late answer is ended', async () => {
    const { log, asked, answer } = silent();
    log.follow();
    await log.remove();
    expect(asked).toHaveBeenCalledTimes(1);
    const late = jest.fn();
    answer(late);
    await new Promise(setImmediate);
    expect(late).toHaveBeenCalledTimes(1);
  });

  it('is waited for while the container runs, and given up some time after its end', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
    try {
      const { log, asked } = silent();
      log.follow();
      await jest.advanceTimersByTimeAsync(3_600_000);
      expect(asked).toHaveBeenCalledTimes(1);
      log.ended();
      for (let i = 0; i < 40; i++) {
        await jest.advanceTimersByTimeAsync(5_000);
        // Streams close in their own time.
        await new Promise(setImmediate);
      }
      expect(await log.read(0, 100)).toMatchObject({
        end: true,
        missing: expect.stringContaining('30 s'),
      });
      await log.remove();
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('another process goes on with it', () => {
  const at = (second: number) => `2026-11-27T01:00:0${second}.000000000Z`;
  const begin = Buffer.from('it begins\n');
  const lines = [`${at(0)} it begins\n`, `${at(1)} one\n`, `${at(2)} two\n`];

  /** The log of a pod that has ended, of which the node has this. */
  function logOf(text: string, options: Partial<PodLogOptions> = {}) {
    let grew = () => {};
    const log = new PodLog({
      api: {
        followLog: async (_pod, stream: Writable) => {
          stream.end(text);
          return () => {};
        },
      },
      pod: { namespace: 'ml', name: 'maestro-1' },
      file: join(dir, `log-${Math.random()}`),
      begin,
      onGrowth: () => grew(),
      onLimit: () => {},
      ...options,
    });
    const complete = new Promise<void>(resolve => {
      grew = () => {
        if (log.isComplete) resolve();
      };
    });
    log.ended();
    log.follow();
    return { log, complete };
  }

  /** What the first process stored: `one`, and the place behind it. */
  async function stored(bytes = 4) {
    const { log, complete } = logOf(lines[0] + lines[1]);
    await complete;
    const { place } = await log.read(0, 4);
    await log.remove();
    return { offset: bytes, mark: markOf(place) };
  }

  async function rest(text: string, options: Partial<PodLogOptions>) {
    const { log, complete } = logOf(text, options);
    await complete;
    const offset = options.from?.offset ?? 0;
    const { bytes, place, ...slice } = await log.read(offset, 100);
    await log.remove();
    return { text: Buffer.from(bytes).toString(), ...slice };
  }

  it.each([
    ['from where it stood', lines.join(''), 4, 'two\n'],
    ['from the last line that is there', lines[1] + lines[2], 4, 'two\n'],
    ['behind what was stored after the place', lines.join(''), 6, 'o\n'],
    ['when nothing came', lines[0] + lines[1], 4, ''],
  ])('exactly, %s', async (_, text, offset, expected) => {
    const slice = await rest(text, { from: await stored(offset) });
    expect(slice).toEqual({ text: expected, offset, end: true });
  });

  it('and shows what was rotated away meanwhile', async () => {
    expect(await rest(lines[2], { from: await stored() })).toEqual({
      text: 'two\n',
      offset: 4,
      end: true,
      missing: 'nobody was reading and the node had rotated them away',
    });
  });

  it('and shows that all was rotated away', async () => {
    expect(await rest('', { from: await stored() })).toEqual({
      text: '',
      offset: 4,
      end: true,
      missing: 'the node had removed them',
    });
  });

  it('without a place, by its first line', async () => {
    expect(await rest(lines.join(''), { from: { offset: 4 } })).toEqual({
      text: 'two\n',
      offset: 4,
      end: true,
    });
    expect(await rest(lines[2], { from: { offset: 4 } })).toEqual({
      text: 'two\n',
      offset: 4,
      end: true,
      missing: 'the node had rotated its beginning away before it was read',
    });
  });

  it('and is not certain of one that has neither', async () => {
    const unmarked = { begin: undefined };
    const from = { offset: 4 };
    expect(await rest(lines[1] + lines[2], { from, ...unmarked })).toEqual({
      text: 'two\n',
      offset: 4,
      end: true,
      doubt: 'the node may have rotated lines away before it was read here',
    });
  });

  it('unless it counts its bytes differently behind a gap', async () => {
    const whole = logOf(lines.join(''));
    const torn = logOf(lines[2]);
    await Promise.all([whole.complete, torn.complete]);
    const mark = markOf((await torn.log.read(0, 100)).place);
    expect(mark?.gap).toBeDefined();
    expect(torn.log.continues(4, mark)).toBe(true);
    expect(whole.log.continues(4, mark)).toBe(false);
    expect(whole.log.continues(4, undefined)).toBe(true);
    await Promise.all([whole.log.remove(), torn.log.remove()]);
  });

  it('and takes no place that is none', () => {
    expect(markOf(undefined)).toBeUndefined();
    for (const token of ['', '{}', '{"stitch":{"lastTime":1}}']) {
      expect(markOf({ at: 1, token })).toBeUndefined();
    }
  });
});
