import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

/*
 * Tasks outlive the scheduler that started them, and know the task API by an
 * address with its port. So a port that was "any free one" is taken again by
 * the next scheduler of the same data directory, unless somebody else has it
 * meanwhile.
 */

const fileOf = (dataDir: string) => join(dataDir, 'task-api-port');

/** The port of the last time if it is free, else 0 for any. */
export async function rememberedPort(
  dataDir: string,
  host: string,
): Promise<number> {
  const text = await readFile(fileOf(dataDir), 'utf8').catch(() => '');
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return 0;
  return (await isFree(host, port)) ? port : 0;
}

/** Keeps the port for the next time. */
export async function rememberPort(
  dataDir: string,
  port: number,
): Promise<void> {
  // An executor that needs no folder of this host has made none.
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFile(fileOf(dataDir), `${port}\n`, { mode: 0o600 });
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}
