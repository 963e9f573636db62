import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../__testUtils__/eventually';
import { BoundedWrites } from './BoundedWrites';

async function* parts(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

/** A store whose writes wait until they are let go. */
function setUp(limitMs = 50) {
  const stored = new Map<string, string>();
  const waiting: (() => void)[] = [];
  let pauseMs = 0;
  let hangs = true;
  const writes = new BoundedWrites(
    {
      put: async (key, content) => {
        if (hangs) await new Promise<void>(resolve => waiting.push(resolve));
        let text = '';
        for await (const part of content as AsyncIterable<Uint8Array>) {
          await sleep(pauseMs);
          text += Buffer.from(part).toString();
        }
        stored.set(key, text);
        return { size: text.length };
      },
      delete: async key => {
        stored.delete(key);
      },
    },
    limitMs,
  );
  return {
    stored,
    waiting,
    put: (key: string, ...texts: string[]) => writes.put(key, parts(...texts)),
    remove: (key: string) => writes.remove(key),
    slow(ms: number) {
      hangs = false;
      pauseMs = ms;
    },
  };
}

/** Waits until nothing is stored. */
async function isEmpty(stored: Map<string, string>): Promise<void> {
  await eventually(() => stored.size === 0);
}

it('gives up a store that never answers, and says how long it waited', async () => {
  const { put, stored } = setUp();
  await expect(put('a', 'text')).rejects.toThrow(
    'took nothing of "a" for 0.05 s (maestro.logs.writeTimeout)',
  );
  expect(stored.size).toBe(0);
});

it('bears with one that is slow, and goes on', async () => {
  const { put, stored, slow } = setUp(2_000);
  slow(400);
  await put('a', '1', '2', '3', '4', '5', '6');
  expect(stored.get('a')).toBe('123456');
});

it('lets no write that was given up be stored late', async () => {
  const { put, stored, waiting } = setUp();
  await expect(put('a', 'old')).rejects.toThrow('took nothing');
  waiting.forEach(go => go());
  await sleep(20);
  expect(stored.size).toBe(0);
});

it('writes a key anew only when its earlier write is over', async () => {
  const { put, stored, waiting, slow } = setUp(2_000);
  await expect(put('a', 'old')).rejects.toThrow('took nothing');
  slow(0);
  const second = put('a', 'new');
  await sleep(20);
  expect(stored.size).toBe(0);
  waiting.forEach(go => go());
  await second;
  expect(stored.get('a')).toBe('new');
});

it('does not pile up writes in a store that hangs', async () => {
  const { put, waiting } = setUp();
  const first = Array.from({ length: 8 }, (_, i) => put(`key${i}`, 'text'));
  for (const one of await Promise.allSettled(first)) {
    expect(one.status).toBe('rejected');
  }
  await expect(put('more', 'text')).rejects.toThrow('answers none of 8 writes');
  expect(waiting).toHaveLength(8);
  // Asked again for one that hangs, it waits for that one.
  await expect(put('key1', 'text')).rejects.toThrow('took nothing');
  expect(waiting).toHaveLength(8);
});

it('removes what was written, also where that is over only later', async () => {
  const { stored, waiting, put, remove, slow } = setUp(1_000);
  await expect(put('hung')).rejects.toThrow('took nothing');
  remove('hung');
  slow(0);
  await put('done', 'text');
  remove('done');
  await isEmpty(stored);
  stored.set('hung', 'as the write left it');
  waiting[0]();
  await isEmpty(stored);
});
