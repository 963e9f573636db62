import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoggerService } from '@backstage/backend-plugin-api';
import {
  type EntityProvider,
  type EntityProviderConnection,
  locationSpecToLocationEntity,
} from '@backstage/plugin-catalog-node';

/** Name of the file that makes a folder a pipeline. */
const FILE = 'catalog-info.yaml';

/**
 * Gives the catalog one location for each folder below some folders of this
 * machine that has a `catalog-info.yaml`.
 *
 * One location a folder, not one pattern for all: the catalog refuses a
 * location as a whole when one of its files is broken, and then nobody's new
 * pipeline would appear.
 */
export class PipelineFolderProvider implements EntityProvider {
  private connection: EntityProviderConnection | undefined;
  private last = '';
  private complained = false;

  constructor(
    private readonly options: { folders: string[]; logger: LoggerService },
  ) {}

  getProviderName(): string {
    return 'maestro-pipeline-folders';
  }

  async connect(connection: EntityProviderConnection): Promise<void> {
    this.connection = connection;
    await this.refresh();
  }

  /**
   * Looks at the folders and tells the catalog what changed. A folder that
   * cannot be read changes nothing: its pipelines stay.
   */
  async refresh(): Promise<void> {
    if (!this.connection) return;
    const files: string[] = [];
    try {
      for (const folder of this.options.folders) {
        files.push(...(await pipelineFiles(folder)));
      }
      this.complained = false;
    } catch (error) {
      if (!this.complained) {
        this.options.logger.warn(
          `Folders with pipelines could not be read, what is known stays: ${error}`,
        );
      }
      this.complained = true;
      return;
    }
    const now = files.join('\n');
    if (now === this.last) return;
    await this.connection.applyMutation({
      type: 'full',
      entities: files.map(target => ({
        locationKey: `maestro-pipeline-folder:${target}`,
        entity: locationSpecToLocationEntity({
          location: { type: 'file', target, presence: 'optional' },
        }),
      })),
    });
    this.last = now;
  }
}

/** Sorted; a folder that does not exist yet has none. */
async function pipelineFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(
    error => {
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  const files: string[] = [];
  for (const entry of entries) {
    // Hidden ones are half-written or of a tool.
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
    const inside = await readdir(join(folder, entry.name)).catch(error => {
      // Removed between the two looks.
      if (error.code === 'ENOENT') return [] as string[];
      throw error;
    });
    if (inside.includes(FILE)) files.push(join(folder, entry.name, FILE));
  }
  return files.sort();
}
