import type { ResponseFacts } from '@maestro/plugin-maestro-common';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { num } from '../../../database/conversion';
import type { MaestroDatabase } from '../../../database/MaestroDatabase';
import type { TestDatabases } from '../../../database/testing';
import type { WaitRow } from '../../../database/tables';
import { SYSTEM_CLOCK } from '../../ProcessClock';
import {
  createTestEngine,
  ScriptedExecutor,
  type TestEngine,
} from '../../testing';
import type {
  ObjectFacts,
  OutsideRequest,
  OutsideWorld,
  S3ObjectRequest,
} from '../OutsideWorld';

/** A server and files that do what a test says, and remember what was asked. */
export class ScriptedOutside implements OutsideWorld {
  readonly asked: OutsideRequest[] = [];
  answer: (
    request: OutsideRequest,
    signal: AbortSignal,
  ) => ResponseFacts | Promise<ResponseFacts> = () => {
    throw new Error('nothing listens there');
  };
  files: Record<string, ObjectFacts> = {};
  lookAtS3: (bucket: string, key: string) => ObjectFacts | undefined = () =>
    undefined;

  async request(request: OutsideRequest, signal: AbortSignal) {
    this.asked.push(request);
    return this.answer(request, signal);
  }

  async object(path: string): Promise<ObjectFacts | undefined> {
    return this.files[path];
  }

  async s3Object({ bucket, key }: S3ObjectRequest) {
    return this.lookAtS3(bucket, key);
  }
}

/** An answer with a JSON body. */
export function answer(status: number, body: unknown = null): ResponseFacts {
  return { status, headers: {}, body };
}

/** An engine whose clock a test moves, with a scripted world around it. */
export interface WaitTest extends TestEngine {
  db: MaestroDatabase;
  outside: ScriptedOutside;
  /** Moves the clock of the database. */
  pass(ms: number): void;
  /** Moves the steady clock of the process, whose timers stay as they are. */
  passSteady(ms: number): void;
  now(): number;
  waits(): Promise<WaitRow[]>;
  timers(kind?: string): Promise<Array<{ ref: string; dueAt: number }>>;
  /** Another process on the same database and clock. */
  secondProcess(): Promise<{ outside: ScriptedOutside; stop(): Promise<void> }>;
  /** Another process that schedules, with the same executor. */
  successor(): Promise<TestEngine>;
  /** Waits for a condition, and says what was there instead. */
  until(what: () => Promise<unknown>, wanted: unknown): Promise<void>;
}

/** Makes a {@link WaitTest}. */
export async function createWaitTest(
  databases: TestDatabases,
  executor = new ScriptedExecutor(),
): Promise<WaitTest> {
  let now = Date.parse('2026-06-01T02:00:00Z');
  const db = await databases.open({ clock: () => now });
  const outside = new ScriptedOutside();
  let ahead = 0;
  const clock = {
    ...SYSTEM_CLOCK,
    elapsed: () => SYSTEM_CLOCK.elapsed() + ahead,
  };
  const options = {
    logger: mockLogger(),
    settings: {
      pollMs: 10,
      reconcileMs: 50,
      instanceTtlMs: 10 ** 9,
      // A launch has half of it by a clock that goes on by itself.
      leaseMs: 60_000,
    },
  };
  const test = await createTestEngine(db, {
    ...options,
    executor,
    outside,
    clock,
  });
  return {
    ...test,
    db,
    outside,
    pass: ms => {
      now += ms;
    },
    passSteady: ms => {
      ahead += ms;
    },
    now: () => now,
    secondProcess: async () => {
      const another = new ScriptedOutside();
      const { stop } = await createTestEngine(db, {
        ...options,
        outside: another,
      });
      return { outside: another, stop };
    },
    successor: async () => {
      const another = await createTestEngine(db, {
        ...options,
        executor,
        outside,
        clock,
        start: false,
      });
      Object.assign(another.variables, test.variables);
      await another.engine.start();
      return another;
    },
    waits: async () => (await db.table(db.knex, 'waits')) as WaitRow[],
    timers: async (kind = 'wait') =>
      (await db.table(db.knex, 'timers').where({ kind } as never)).map(row => ({
        ref: row.ref,
        dueAt: num(row.due_at),
      })),
    until: async (what, wanted) => {
      const end = Date.now() + 60_000;
      let seen = await what();
      while (JSON.stringify(seen) !== JSON.stringify(wanted)) {
        if (Date.now() > end) break;
        await new Promise(resolve => setTimeout(resolve, 10));
        seen = await what();
      }
      expect(seen).toEqual(wanted);
    },
  };
}
