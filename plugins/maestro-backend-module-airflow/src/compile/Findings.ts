import type { AirflowNote } from '@maestro/plugin-maestro-common';

/** Why a DAG, or a file, cannot be run. @public */
export interface DagProblem {
  /** Where it is, below the folder. */
  file: string;
  /** The DAG file that has it, where that is another one. */
  dagFile?: string;
  /** From 1, where it is known. */
  line?: number;
  dagId?: string;
  message: string;
  /** The DAG is there all the same, and is started by hand only. */
  unscheduled?: true;
  /** Python's own words, where there are some. */
  traceback?: string;
}

/** Of one DAG or task, in characters. */
const MAX_DOCS = 100_000;

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

  /** It runs, but not by itself: Maestro cannot say when it is due. */
  unscheduled(message: string): void {
    this.problems.push({
      ...this.at,
      message: `${message}; until then it is started by hand only`,
      unscheduled: true,
    });
  }

  /** Whether it can be run at all. */
  get canRun(): boolean {
    return this.problems.every(problem => problem.unscheduled);
  }

  /** Its docs, as long as anybody reads; every version keeps them. */
  docs(text: string | null | undefined, whose: string): string | undefined {
    if (!text || text.length <= MAX_DOCS) return text ?? undefined;
    this.note(
      `doc_md of ${whose} has ${text.length} characters, of which ${MAX_DOCS} are kept`,
    );
    // Not half of a character at the end.
    return text.slice(0, MAX_DOCS).replace(/[\ud800-\udbff]$/, '');
  }

  /** It runs, but not just as it is written. */
  note(message: string, line = this.at.line): void {
    this.notes.push({ ...(line === undefined ? {} : { line }), message });
  }
}
