import type { AirflowNote } from '@maestro/plugin-maestro-common';

/** Why a DAG, or a file, cannot be run. @public */
export interface DagProblem {
  /** Below the folder. */
  file: string;
  /** From 1, where it is known. */
  line?: number;
  dagId?: string;
  message: string;
  /** Python's own words, where there are some. */
  traceback?: string;
}

/** Collects what is said of one DAG while it is compiled. */
export class Findings {
  readonly problems: DagProblem[] = [];
  readonly notes: AirflowNote[] = [];

  constructor(
    private readonly at: { file: string; line?: number; dagId: string },
  ) {}

  /** It cannot be run as it is. */
  problem(message: string, line = this.at.line): void {
    this.problems.push({ ...this.at, line, message });
  }

  /** It runs, but not just as it is written. */
  note(message: string, line = this.at.line): void {
    this.notes.push({ ...(line === undefined ? {} : { line }), message });
  }
}
