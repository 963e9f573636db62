import { join } from 'node:path';
import { gitCommit } from './gitCommit';

/** Where the files of a source are, and how they get there. */
export interface DagFiles {
  /** Absolute; the same as long as the source lives. */
  readonly folder: string;
  /**
   * Makes the folder what it is now, where somebody else has it.
   *
   * @throws what is in the way, and what to do next: the folder is as it was
   */
  update?(signal: AbortSignal): Promise<void>;
  /** The commit that files of the folder are of. */
  commit(files: readonly string[]): Promise<string | undefined>;
  /** Of a file, for people. */
  placeOf(file: string): string;
}

/** A folder of this machine, read where it is. */
export function localDagFiles(folder: string): DagFiles {
  return {
    folder,
    commit: files => gitCommit(folder, files),
    placeOf: file => join(folder, file),
  };
}
