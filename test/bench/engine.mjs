import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/*
 * Task instances a second of the engine, with an executor whose tasks are over
 * at once: maps of 1,000 and 10,000, and a pipeline of 5,000 plain tasks, on
 * SQLite and PostgreSQL.
 *
 *   node test/bench/engine.mjs
 *
 * The goal is 1,000 a second on SQLite and 500 on PostgreSQL
 * (MAESTRO_TEST_POSTGRES_URL; "node packages/bootstrap/src/postgres.mjs" starts
 * one). Run it alone. It fails only when something does not work.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = path.join(ROOT, 'plugins/maestro-backend/src/bench/engine.ts');
const require = createRequire(import.meta.url);
const run = promisify(execFile);

const GOALS = { sqlite: 1_000, postgres: 500 };
const LOADS = [
  ['map', 1_000],
  ['map', 10_000],
  ['tasks', 5_000],
];

console.log(
  '| store | load | instances/s | goal | took | of it processor | memory |',
);
console.log('| --- | --- | ---: | ---: | ---: | ---: | ---: |');
for (const store of Object.keys(GOALS)) {
  for (const [shape, size] of LOADS) {
    const { stdout } = await run(
      process.execPath,
      [
        '--require',
        require.resolve('@backstage/cli/config/nodeTransform.cjs'),
        PROGRAM,
        '--store',
        store,
        '--shape',
        shape,
        '--size',
        String(size),
      ],
      { cwd: ROOT },
    );
    const { ms, processorMs, perSecond, memoryMb } = JSON.parse(stdout);
    const load = shape === 'map' ? `a map of ${size}` : `${size} plain tasks`;
    console.log(
      `| ${store} | ${load} | ${perSecond} | ${GOALS[store]} | ${ms} ms | ${processorMs} ms | ${memoryMb} MB |`,
    );
  }
}
