import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { LoggerService } from '@backstage/backend-plugin-api';
import createKnex, { type Knex } from 'knex';
import { num } from '../database/conversion';
import { MaestroDatabase } from '../database/MaestroDatabase';
import {
  type TestEngine,
  ScriptedExecutor,
  createTestEngine,
} from '../engine/testing';

/*
 * Task instances a second of the real engine on a real database, with an
 * executor whose tasks are over at once; see test/bench/engine.mjs.
 *
 *   --store sqlite|postgres   default sqlite
 *   --shape map|tasks         one mapped task, or so many plain ones
 *   --size 1000               how many
 *   --parallel 256            what the executor takes at a time
 *
 * Prints one line of JSON.
 */

const print = (text: string) => process.stdout.write(`${text}\n`);

const silent = () => {};
const logger: LoggerService = {
  debug: silent,
  info: silent,
  warn: silent,
  error: message => process.stderr.write(`${message}\n`),
  child: () => logger,
};

/** Takes more at a time than a test needs. */
function noOpExecutor(maxParallel: number): ScriptedExecutor {
  const executor = new ScriptedExecutor();
  Object.assign(executor.capabilities, { maxParallel });
  return executor;
}

async function openStore(
  store: string,
): Promise<{ knex: Knex; close(): Promise<void> }> {
  if (store === 'sqlite') {
    const directory = await mkdtemp(join(tmpdir(), 'maestro-bench-'));
    const knex = createKnex({
      client: 'better-sqlite3',
      connection: { filename: join(directory, 'maestro.sqlite') },
      useNullAsDefault: true,
      pool: { min: 1, max: 1 },
    });
    return {
      knex,
      close: async () => {
        await knex.destroy();
        await rm(directory, { recursive: true, force: true });
      },
    };
  }
  const connection = process.env.MAESTRO_TEST_POSTGRES_URL;
  if (!connection) throw new Error('MAESTRO_TEST_POSTGRES_URL is not set');
  const schema = `bench_${randomUUID().replaceAll('-', '')}`;
  const knex = createKnex({
    client: 'pg',
    connection,
    searchPath: [schema],
    pool: { min: 0, max: 5 },
  });
  await knex.raw(`create schema ${schema}`);
  return {
    knex,
    close: async () => {
      await knex.raw(`drop schema ${schema} cascade`);
      await knex.destroy();
    },
  };
}

const run = { command: ['true'] };

function tasksOf(shape: string, size: number): object[] {
  if (shape === 'tasks') {
    return Array.from({ length: size }, (_, no) => ({ id: `t${no}`, run }));
  }
  const over = Array.from({ length: size }, (_, no) => no);
  return [
    { id: 'all', map: { over, maxItems: Math.max(1000, size) }, run },
    { id: 'end', dependsOn: ['all'], run },
  ];
}

async function measure(
  test: TestEngine,
  shape: string,
  size: number,
): Promise<{ ms: number; processorMs: number }> {
  const name = `${shape}_${size}`;
  await test.register(name, { tasks: tasksOf(shape, size) });
  const begin = process.hrtime.bigint();
  const used = process.cpuUsage();
  const runId = await test.trigger(name);
  for (;;) {
    const { state } = await test.run(runId);
    if (state === 'success') break;
    if (state === 'failed') throw new Error(`The run of ${name} failed`);
    await new Promise(resolve => {
      setTimeout(resolve, 25);
    });
  }
  const { user, system } = process.cpuUsage(used);
  return {
    ms: Number(process.hrtime.bigint() - begin) / 1e6,
    processorMs: (user + system) / 1e3,
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      store: { type: 'string', default: 'sqlite' },
      shape: { type: 'string', default: 'map' },
      size: { type: 'string', default: '1000' },
      parallel: { type: 'string', default: '256' },
    },
  });
  const size = num(values.size!);
  const opened = await openStore(values.store!);
  const db = await MaestroDatabase.open(opened.knex, { migrate: true });
  const test = await createTestEngine(db, {
    logger,
    executor: noOpExecutor(num(values.parallel!)),
  });
  try {
    // Prepared statements, connections and the compiler of the process.
    await measure(test, values.shape!, 200);
    const { ms, processorMs } = await measure(test, values.shape!, size);
    print(
      JSON.stringify({
        store: values.store,
        shape: values.shape,
        size,
        ms: Math.round(ms),
        processorMs: Math.round(processorMs),
        perSecond: Math.round((size / ms) * 1000),
        memoryMb: Math.round(process.memoryUsage().rss / 1e6),
      }),
    );
  } finally {
    await test.stop();
    await opened.close();
  }
}

main().catch(error => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
