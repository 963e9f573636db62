/*
 * For developers: a PostgreSQL to test against.
 *
 *   node packages/bootstrap/src/postgres.mjs
 *
 * prints its address on a line of its own and stays until Ctrl-C. Give it to
 * tests as BACKSTAGE_TEST_DATABASE_POSTGRES16_CONNECTION_STRING and
 * MAESTRO_TEST_POSTGRES_URL.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { startPostgres } from './postgresServer.mjs';
import { startGuard } from './processes/guard.mjs';

const root = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  '../../..',
);
const guard = startGuard();
const server = await startPostgres({ root, guard });
process.stdout.write(`${server.url}\n`);

const keepAlive = setInterval(() => undefined, 1 << 30);
let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, async () => {
    if (stopping) return;
    stopping = true;
    await server.stop();
    guard.release();
    clearInterval(keepAlive);
  });
