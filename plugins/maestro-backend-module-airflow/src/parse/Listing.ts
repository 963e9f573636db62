import { dirname } from 'node:path';
import type { ParsedFile } from './ParsedFile';
import type { ScannedFile } from './ParseProcess';

/**
 * All files of a folder at one moment. Of thousands of DAG files most ask the
 * same of it, so each answer is looked for once.
 */
export class Listing {
  /** Hash of each file by path. */
  readonly hashes: ReadonlyMap<string, string>;
  private readonly names: string[];
  private readonly templates = new Map<string, string[]>();
  private byFolder: Map<string, string[]> | undefined;
  private everything: string | undefined;

  constructor(
    private readonly scanned: Record<string, ScannedFile>,
    /** Another one when the Python environment is. */
    readonly environment: string,
  ) {
    this.names = Object.keys(scanned).sort();
    this.hashes = new Map(this.names.map(name => [name, scanned[name].hash]));
  }

  /** Those that Airflow would look for DAGs in, by name. */
  dagFiles(): string[] {
    return this.names.filter(name => this.scanned[name].dag);
  }

  /** Files that tasks may render: which ones only they know. */
  templatesOf({ templates }: ParsedFile['reads']): string[] {
    const places = Object.entries(templates);
    const key = JSON.stringify(places);
    let found = this.templates.get(key);
    if (!found) {
      found = this.names.filter(name =>
        places.some(
          ([folder, endings]) =>
            (folder === '' || name.startsWith(`${folder}/`)) &&
            endings.some(ending => name.endsWith(ending)),
        ),
      );
      this.templates.set(key, found);
    }
    return found;
  }

  /** Names directly in a folder, as one text. */
  namesIn(folder: string): string {
    if (!this.byFolder) {
      this.byFolder = new Map();
      for (const name of this.names) {
        const own = dirname(name);
        const list = this.byFolder.get(own);
        if (list) list.push(name);
        else this.byFolder.set(own, [name]);
      }
    }
    return (this.byFolder.get(folder || '.') ?? []).join('\0');
  }

  /** Every file with its content, as one text. */
  all(): string {
    this.everything ??= [...this.hashes]
      .map(([name, hash]) => `${name}\0${hash}\0`)
      .join('');
    return this.everything;
  }
}
