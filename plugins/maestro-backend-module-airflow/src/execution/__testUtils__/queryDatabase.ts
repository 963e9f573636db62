import { execFileSync } from 'node:child_process';
import { airflowPython } from './runDag';

const QUERY = `
import json, sqlite3, sys
path, sql = sys.argv[1:]
print(json.dumps(sqlite3.connect(path, timeout=30).execute(sql).fetchall()))`;

/**
 * The rows of a statement on the database of schedulers, which may be running.
 * In a process of its own: two SQLites in one would let go each other's locks.
 */
export function queryDatabase<T extends unknown[]>(
  database: string,
  sql: string,
): T[] {
  return JSON.parse(
    execFileSync(airflowPython(), ['-c', QUERY, database, sql], {
      encoding: 'utf8',
    }),
  );
}
