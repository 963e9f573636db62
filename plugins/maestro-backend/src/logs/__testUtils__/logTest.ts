import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  LogPlace,
  LogSlice,
  TaskExecutor,
} from '@maestro/plugin-maestro-node';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { FileArtifactStore } from '../../artifacts/FileArtifactStore';
import type { MaestroDatabase } from '../../database/MaestroDatabase';
import {
  eachDatabase,
  type TestDatabaseOptions,
  type TestDatabases,
} from '../../database/testing';
import { LogCollector, type LogCollectorSettings } from '../LogCollector';
import { LogReader } from '../LogReader';

/** Raw logs in memory, with the promises that the contract makes. */
export class FakeExecutor {
  readonly name = 'local';
  readonly instance = 'host-1';
  readonly logs = new Map<string, { bytes: Buffer; end: boolean }>();
  readonly forgotten: string[] = [];
  failReads = 0;
  reads = 0;

  write(attemptId: string, bytes: Buffer | string, end = false) {
    const before = this.logs.get(attemptId)?.bytes ?? Buffer.alloc(0);
    this.logs.set(attemptId, {
      bytes: Buffer.concat([before, Buffer.from(bytes as Buffer)]),
      end,
    });
  }

  async readLog(
    id: string,
    o: { offset: number; limit: number },
  ): Promise<LogSlice> {
    this.reads += 1;
    if (this.failReads > 0) {
      this.failReads -= 1;
      throw new Error('the API server is away');
    }
    const log = this.logs.get(id) ?? { bytes: Buffer.alloc(0), end: true };
    const bytes = log.bytes.subarray(o.offset, o.offset + o.limit);
    return {
      offset: o.offset,
      bytes,
      end: log.end && o.offset + bytes.length >= log.bytes.length,
    };
  }

  async forget(id: string) {
    this.forgotten.push(id);
  }

  async list() {
    return [...this.logs].map(([attemptId, log]) => ({
      attemptId,
      phase: log.end ? ('ended' as const) : ('running' as const),
    }));
  }
}

/** One whose bytes have no offsets where they come from. */
export class PlacedExecutor extends FakeExecutor {
  readonly resumed: (LogPlace | undefined)[] = [];
  doubt?: string;

  async readLog(
    id: string,
    o: { offset: number; limit: number; resume?: { place?: LogPlace } },
  ) {
    if (o.resume) this.resumed.push(o.resume.place);
    const slice = await super.readLog(id, o);
    const at = slice.offset + slice.bytes.length;
    return slice.bytes.length === 0
      ? slice
      : { ...slice, doubt: this.doubt, place: { at, token: `t${at}` } };
  }
}

export const MiB = 1024 * 1024;

/** What a test of logs has around it. */
export type LogTests = ReturnType<typeof logTests>;

/** Runs the tests on both databases, each with a folder of its own. */
export function eachLogDatabase(define: (tests: LogTests) => void): void {
  eachDatabase((_name, databases) => define(logTests(databases)));
}

function logTests(databases: TestDatabases) {
  let directory: string;
  const collectors: LogCollector[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'maestro-logs-'));
  });
  afterEach(async () => {
    for (const collector of collectors.splice(0)) await collector.stop();
    await rm(directory, { recursive: true, force: true });
  });

  async function setUp(options: TestDatabaseOptions = {}) {
    const db = await databases.open(options);
    const executor = new FakeExecutor();
    const store = new FileArtifactStore({ directory });
    const collector = (
      settings: Partial<LogCollectorSettings> = {},
      maxBytes = 100 * MiB,
      of = executor,
    ) => {
      const made = new LogCollector({
        db,
        store,
        openMasks: (_id, sealed) => JSON.parse(sealed),
        maxBytes,
        executors: new Map([['local', of as unknown as TaskExecutor]]),
        logger: mockLogger(),
        settings: {
          flushMs: 5,
          pollMs: 20,
          sealDelayMs: 1,
          giveUpMs: 300,
          ...settings,
        },
      });
      collectors.push(made);
      return made;
    };
    return {
      db,
      executor,
      store,
      collector,
      reader: new LogReader({ db, store }),
    };
  }

  let nextId = 1;
  async function attempt(
    db: MaestroDatabase,
    options: {
      masks?: string[];
      state?: string;
      instance?: string;
    } = {},
  ): Promise<string> {
    const id = nextId++;
    const attemptId = `attempt-${id}`;
    await db.knex('attempts').insert({
      id,
      attempt_id: attemptId,
      run_id: id,
      pipeline_id: 1,
      task_no: 0,
      map_index: -1,
      seq: 1,
      try_number: 1,
      state: options.state ?? 'running',
      executor: 'local',
      executor_instance: options.instance ?? 'host-1',
      claimed_at: Date.UTC(2026, 10, 22),
      masks: JSON.stringify(options.masks ?? []),
    });
    return attemptId;
  }

  async function until(what: () => Promise<boolean>) {
    const end = Date.now() + 60_000;
    while (!(await what())) {
      if (Date.now() > end) throw new Error('waited in vain');
      await sleep(10);
    }
  }

  const whole = async (reader: LogReader, id: string) =>
    buffer(await reader.stream(id));
  const row = (db: MaestroDatabase, id: string) =>
    db.knex('attempts').where({ attempt_id: id }).first();

  return { setUp, attempt, until, whole, row, directory: () => directory };
}
