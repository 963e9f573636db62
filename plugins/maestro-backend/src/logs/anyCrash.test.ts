import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { LogSlice, TaskExecutor } from '@maestro/plugin-maestro-node';
import fc from 'fast-check';
import { FileArtifactStore } from '../artifacts/FileArtifactStore';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { attemptLog } from '../database/operations/logs/openLogs';
import { eachDatabase } from '../database/testing';
import { AttemptLog, type AttemptLogContext, removeChunks } from './AttemptLog';
import { LogReader } from './LogReader';
import { LogMasker } from './maskStream';

/*
 * A process that copies a log may die between any two statements, requests and
 * writes; the next one goes on from the row. Then every byte is stored once and
 * every gap is told once, and there is no object that neither the row nor a note
 * knows.
 */

const SECRET = 'hunter22';
const AWAY = 'the node had rotated them away';

interface Source {
  /** What can be read, with a gap between each two. */
  parts: string[];
  isTorn: boolean;
}

interface Turn {
  /** Bytes that are there now, and were not before. */
  grows: number;
  /** Most bytes that come at once. */
  piece: number;
  /** Before which of the things that it does the process dies. */
  diesAt: number;
  /** It is done all the same. */
  isDone: boolean;
}

const sources: fc.Arbitrary<Source> = fc.record({
  parts: fc.array(
    fc
      .array(
        fc.constantFrom('a line\n', `pw ${SECRET}\n`, 'hunt\n', 'hunter2'),
        {
          minLength: 1,
          maxLength: 6,
        },
      )
      .map(words => words.join('')),
    { minLength: 1, maxLength: 3 },
  ),
  isTorn: fc.boolean(),
});

const turns: fc.Arbitrary<Turn[]> = fc.array(
  fc.record({
    grows: fc.integer({ min: 0, max: 40 }),
    piece: fc.constantFrom(1, 5, 1_000),
    diesAt: fc.integer({ min: 1, max: 12 }),
    isDone: fc.boolean(),
  }),
  { maxLength: 8, size: 'max' },
);

/** Gives what is there, as one whose bytes have no offsets. */
function executorOf(
  { parts, isTorn }: Source,
  there: () => number,
  isOver: () => boolean,
  piece: number,
) {
  const raw = Buffer.from(parts.join(''));
  let at = 0;
  const gaps = parts.slice(1).map((_, i) => (at += parts[i].length));
  const readLog = async (
    _id: string,
    { offset }: { offset: number },
  ): Promise<LogSlice> => {
    const next = gaps.find(gap => gap > offset) ?? raw.length;
    const to = Math.min(offset + piece, next, there());
    const bytes = raw.subarray(offset, Math.max(offset, to));
    const end = isOver() && offset + bytes.length === raw.length;
    const isGap =
      (bytes.length > 0 && gaps.includes(offset)) ||
      (end && bytes.length === 0 && isTorn);
    return {
      offset,
      bytes,
      // As of a pod: a torn end is told behind the last byte.
      end: end && (!isTorn || bytes.length === 0),
      ...(isGap && { missing: AWAY }),
      ...(bytes.length > 0 && {
        place: { at: offset + bytes.length, token: 'here' },
      }),
    };
  };
  return { readLog } as unknown as TaskExecutor;
}

/** What must be stored. */
function storedOf({ parts, isTorn }: Source): string {
  const masked = parts.map(part => {
    const masker = new LogMasker([SECRET]);
    const bytes = [masker.push(Buffer.from(part)), masker.flush()];
    return Buffer.concat(bytes).toString();
  });
  const marker = `\n[maestro] Gap: executor "pods" could not read some lines: ${AWAY}.\n`;
  return masked.join(marker) + (isTorn ? marker : '');
}

class Death extends Error {}

eachDatabase((_name, databases) => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'maestro-logs-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  /** The database and the store of a process that dies at the n-th thing it does. */
  function mortal(
    db: MaestroDatabase,
    store: FileArtifactStore,
    { diesAt, isDone }: Turn,
  ) {
    let done = 0;
    const die = () => {
      done += 1;
      if (done >= diesAt) throw new Death('the process died');
    };
    const around = async <T>(act: () => Promise<T>): Promise<T> => {
      if (!isDone) die();
      const result = await act();
      if (isDone) die();
      return result;
    };
    const context = {
      db: new Proxy(db, {
        get(of, name) {
          if (name === 'transaction') {
            return (act: Parameters<typeof db.transaction>[0]) =>
              around(() => db.transaction(act));
          }
          if (name === 'table') {
            return (...args: Parameters<typeof db.table>) => {
              die();
              return db.table(...args);
            };
          }
          const value = Reflect.get(of, name);
          const isMethod = typeof value === 'function' && name !== 'knex';
          return isMethod ? value.bind(of) : value;
        },
      }),
      put: async (key, content) => {
        await around(() => store.put(key, content));
      },
      // A process that dies removes nothing.
      remove: () => {},
      openMasks: () => [SECRET],
      maxBytes: 100 * 1024 * 1024,
    } as AttemptLogContext;
    return { context, around };
  }

  it('stores every byte and every gap once, whenever a process dies', async () => {
    const db = await databases.open();
    const store = new FileArtifactStore({ directory });
    const reader = new LogReader({ db, store });
    let id = 0;
    await fc.assert(
      fc.asyncProperty(
        sources,
        turns,
        fc.nat({ max: 8 }),
        async (source, history, endsAt) => {
          id += 1;
          const attemptId = `attempt-${id}`;
          await db.knex('attempts').insert({
            ...{ id, attempt_id: attemptId, run_id: id, pipeline_id: 1 },
            ...{ task_no: 0, map_index: -1, seq: 1, try_number: 1 },
            ...{ state: 'running', executor: 'pods', executor_instance: 'i' },
            ...{ claimed_at: Date.UTC(2026, 10, 22), masks: '[]' },
          });
          const now = { there: 0 };
          const last = {
            grows: Infinity,
            piece: 1_000,
            diesAt: Infinity,
            isDone: false,
          };
          for (const [i, turn] of [...history, last].entries()) {
            now.there += turn.grows;
            const isOver = turn === last || i >= endsAt;
            if (isOver) now.there = Infinity;
            const row = (await attemptLog(db, db.knex, attemptId))!;
            if (row.log_state !== 'open') break;
            const { context, around } = mortal(db, store, turn);
            const executor = executorOf(
              source,
              () => now.there,
              () => isOver,
              turn.piece,
            );
            const { readLog } = executor;
            executor.readLog = (...args) => around(() => readLog(...args));
            const log = new AttemptLog(context, executor, row);
            try {
              while ((await log.step(isOver)) === 'more');
            } catch (error) {
              const { cause = error } = error as Error;
              if (!(cause instanceof Death)) throw error;
            }
          }
          // As the next process does.
          await removeChunks(db, id);
          expect(
            (await buffer(await reader.stream(attemptId))).toString(),
          ).toBe(storedOf(source));
          const row = (await attemptLog(db, db.knex, attemptId))!;
          const known: string[] = await db.knex('garbage').pluck('location');
          const folder = 'logs/2026/11';
          const made = (await readdir(join(directory, folder))).filter(name =>
            name.startsWith(`${attemptId}.`),
          );
          const shown = [row.log_location, ...known];
          expect(
            made.filter(name => !shown.includes(`${folder}/${name}`)),
          ).toEqual([]);
          expect(known).not.toContain(row.log_location);
        },
      ),
      { numRuns: 150 },
    );
  });
});
