import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { V1Pod } from '@kubernetes/client-node';
import type { ClusterApi } from '../cluster/ClusterApi';
import type { WatchListener } from '../cluster/watchObjects';
import type { Ledger } from './ledger';
import type { Ledgers } from './Ledgers';
import type { ClusterObject } from './ResourceApi';
import type { ResourceLog } from './ResourceLog';
import { ResourceLogs } from './ResourceLogs';

const pod = (name: string, state: object): V1Pod => ({
  metadata: { name, namespace: 'ml', uid: name },
  spec: { containers: [{ name: 'main' }] },
  status: {
    containerStatuses: [
      {
        name: 'main',
        image: 'x',
        imageID: '',
        ready: true,
        restartCount: 0,
        state,
      },
    ],
  },
});

let dir: string;
let logs: ResourceLogs;
let asked: string[];
let ledger: Partial<Ledger>;
let object: ClusterObject | undefined;
let told: WatchListener<V1Pod>;
let listed: V1Pod[];
/** Resolves when the node answers with a log. */
let answers: Promise<void>;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
  dir = mkdtempSync(join(tmpdir(), 'resource-logs-'));
  asked = [];
  listed = [];
  answers = Promise.resolve();
  object = {
    metadata: { name: 'maestro-1' },
    status: { cluster: 'maestro-1' },
  } as unknown as ClusterObject;
  ledger = {
    attemptId: '1',
    name: 'maestro-1',
    namespace: 'ml',
    logLimitBytes: 1_000_000,
    created: true,
    asked: { logs: { pods: 'ray=${{ status.cluster }}' } } as Ledger['asked'],
  };
  logs = new ResourceLogs({
    api: {
      listPods: async () => {
        asked.push('list pods');
        return { items: listed };
      },
      watchPods: async (
        _namespace: string,
        selector: string,
        listener: WatchListener<V1Pod>,
      ) => {
        asked.push(`watch ${selector}`);
        told = listener;
      },
      followLog: async (_pod: unknown, stream: Writable) => {
        await answers;
        stream.end('2026-11-27T01:00:00.000000000Z it works\n');
        return () => {};
      },
    } as unknown as ClusterApi,
    ledgers: {
      find: async () => {
        asked.push('ledger');
        return ledger as Ledger;
      },
      objectOf: async () => {
        asked.push('object');
        return object;
      },
    } as unknown as Ledgers,
    dir,
    onGrowth: () => {},
    onLimit: () => {},
    failed: () => {},
  });
});

afterEach(async () => {
  await logs.remove('1');
  await logs.close();
  jest.useRealTimers();
  rmSync(dir, { recursive: true, force: true });
});

const minutes = (count: number) =>
  jest.advanceTimersByTimeAsync(count * 60_000);

it('is told of the pods of one that runs, and hardly asks', async () => {
  await logs.follow('1');
  expect(asked).toEqual(['ledger', 'ledger', 'object', 'watch ray=maestro-1']);
  asked = [];
  await minutes(10);
  expect(asked).toHaveLength(20);
  expect(new Set(asked)).toEqual(new Set(['ledger']));
});

it('asks for the pods while the watch is broken, less and less', async () => {
  await logs.follow('1');
  told.failed(new Error('the connection broke'));
  await minutes(1);
  asked = [];
  await minutes(10);
  expect(asked.filter(what => what === 'list pods').length).toBeGreaterThan(18);
  expect(asked.filter(what => what === 'list pods').length).toBeLessThan(22);
  told.changed(pod('a', { running: {} }));
  await minutes(1);
  asked = [];
  await minutes(10);
  expect(asked).not.toContain('list pods');
});

it('waits longer each time for a controller that does not name the pods, and looks when the object changes', async () => {
  object = { metadata: { name: 'maestro-1' } } as ClusterObject;
  await logs.follow('1');
  asked = [];
  await minutes(10);
  expect(asked.length).toBeLessThan(2 * 25);
  object = {
    metadata: { name: 'maestro-1' },
    status: { cluster: 'maestro-1' },
  } as unknown as ClusterObject;
  logs.changed('1');
  await jest.advanceTimersByTimeAsync(0);
  expect(asked).toContain('watch ray=maestro-1');
  asked = [];
  logs.changed('1');
  await jest.advanceTimersByTimeAsync(0);
  expect(asked).toEqual([]);
});

/** All of it, as soon as its pod has told what it has to tell. */
async function textOf(log: ResourceLog): Promise<string> {
  jest.useRealTimers();
  let text = '';
  for (let i = 0; i < 6_000 && !text.includes('works'); i++) {
    const { bytes } = await log.read(0, 1_000);
    const more = await log.read(bytes.length, 1_000);
    text = Buffer.concat([bytes, more.bytes]).toString();
    await new Promise(resolve => setTimeout(resolve, 10));
  }
  return text;
}

it('has the log of a pod that the watch told of and that is gone', async () => {
  const log = (await logs.follow('1'))!;
  const ended = pod('a', { terminated: { exitCode: 0 } });
  told.changed(ended);
  told.gone(ended);
  expect(await textOf(log)).toBe('--- pod a, container main\nit works\n');
});

/** The log of a resource that is done, with a pod that the watch did not tell of. */
async function endedWith(state: Parameters<typeof pod>[1]) {
  const log = (await logs.follow('1'))!;
  listed = [pod('a', state)];
  ledger.settled = {} as Ledger['settled'];
  logs.ended('1');
  return log;
}

it('has the log of a pod that the watch did not tell of before the end', async () => {
  const log = await endedWith({ terminated: { exitCode: 0 } });
  await jest.advanceTimersByTimeAsync(0);
  expect(log.isOver).toBe(false);
  expect(await textOf(log)).toBe('--- pod a, container main\nit works\n');
});

it('has the log of a pod that ended, however long its node takes', async () => {
  let answer = () => {};
  answers = new Promise(resolve => {
    answer = resolve;
  });
  const log = await endedWith({ terminated: { exitCode: 0 } });
  await jest.advanceTimersByTimeAsync(25_000);
  expect(log.isOver).toBe(false);
  answer();
  expect(await textOf(log)).toBe('--- pod a, container main\nit works\n');
});

it('leaves a pod that still runs long after the end', async () => {
  answers = new Promise(() => {});
  const log = await endedWith({ running: {} });
  await jest.advanceTimersByTimeAsync(10_000);
  expect(log.isOver).toBe(false);
  await jest.advanceTimersByTimeAsync(10_000);
  expect(log.isOver).toBe(true);
});

it('does not look at each change of one whose pods nobody asks for', async () => {
  ledger.asked = {} as Ledger['asked'];
  await logs.follow('1');
  asked = [];
  for (let i = 0; i < 3; i++) {
    logs.changed('1');
    await jest.advanceTimersByTimeAsync(0);
  }
  expect(asked).toEqual([]);
  ledger.settled = {} as Ledger['settled'];
  logs.ended('1');
  await jest.advanceTimersByTimeAsync(0);
  expect(asked).toEqual(['ledger']);
});

it('is not certain of a log of which another process had read a part', async () => {
  const log = (await logs.follow('1'))!;
  told.changed(pod('a', { terminated: { exitCode: 0 } }));
  expect(await log.read(8, 100)).toMatchObject({
    doubt: expect.stringContaining('another process had read'),
  });
  expect(await log.read(9, 100)).not.toHaveProperty('doubt');
});

it('copies once what two ask for at the same time', async () => {
  const [one, two] = await Promise.all([logs.follow('1'), logs.follow('1')]);
  expect(two).toBe(one);
  expect(asked.filter(what => what.startsWith('watch'))).toHaveLength(1);
});

it('looks at nothing any more behind its removal, also when a look was under way', async () => {
  await logs.follow('1');
  logs.ended('1');
  await logs.remove('1');
  told.failed(new Error('the connection broke'));
  await jest.advanceTimersByTimeAsync(0);
  asked = [];
  logs.ended('1');
  logs.changed('1');
  await minutes(10);
  expect(asked).toEqual([]);
});
