import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoggerService } from '@backstage/backend-plugin-api';

/*
 * Tasks outlive the scheduler that started them, and know the task API by an
 * address with its port. So a port that was "any free one" is taken again by
 * the next scheduler of the same data directory, unless somebody else has it
 * meanwhile (`TaskApiServer.start`).
 */

const fileOf = (dataDir: string) => join(dataDir, 'task-api-port');

/** The port of the last time, else 0 for any. */
export async function rememberedPort(dataDir: string): Promise<number> {
  const text = await readFile(fileOf(dataDir), 'utf8').catch(() => '');
  const port = Number(text);
  return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : 0;
}

/** Keeps the port for the next time; where it cannot, says what that means. */
export async function rememberPort(
  dataDir: string,
  port: number,
  logger: LoggerService,
): Promise<void> {
  try {
    // An executor that needs no folder of this host has made none.
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await writeFile(fileOf(dataDir), `${port}\n`, { mode: 0o600 });
  } catch (error) {
    // With a full disk, say: what is to be run does not wait for that.
    logger.warn(
      `The port of the task API was not written down: tasks that run across a restart of this scheduler may not reach it any more (${error})`,
    );
  }
}
