/**
 * One thing that is wrong with a pipeline, told so that its author finds it.
 *
 * @public
 */
export interface PipelineProblem {
  /** Such as `spec.tasks[2].dependsOn[0]`; empty for the whole. */
  path: string;
  message: string;
  /** What would have been right. */
  expected?: string;
  file?: string;
  /** From 1, where the text is known. */
  line?: number;
  /** From 1. */
  column?: number;
  /** Python's own words, where a DAG file failed. */
  traceback?: string;
}

/** A path as keys and indices. @internal */
export type ProblemPath = ReadonlyArray<string | number>;

/** `['spec', 'tasks', 2, 'id']` as `spec.tasks[2].id`. @internal */
export function formatPath(path: ProblemPath): string {
  return path
    .map((part, i) => {
      const isName = /^[A-Za-z_$][\w$-]*$/.test(String(part));
      if (!isName) return `[${JSON.stringify(part)}]`;
      return i === 0 ? part : `.${part}`;
    })
    .join('');
}

/** A problem as one line for terminals and logs. @public */
export function formatProblem(problem: PipelineProblem): string {
  const { file, line, column, path, message, expected } = problem;
  const place = [file, line, column].filter(part => part !== undefined);
  return [
    place.length > 0 ? `${place.join(':')}: ` : '',
    path ? `${path}: ` : '',
    message,
    expected ? ` (expected ${expected})` : '',
  ].join('');
}

/** @internal */
export interface FoundProblem {
  path: ProblemPath;
  message: string;
  expected?: string;
}

/** Of a hopeless file the first hundred problems help as much as all. */
const MAX_PROBLEMS = 100;

/** Collects problems and warnings while a pipeline is looked through. @internal */
export class ProblemList {
  readonly problems: FoundProblem[] = [];
  readonly warnings: FoundProblem[] = [];

  /** Looking further is of no use. */
  get isFull(): boolean {
    return this.problems.length >= MAX_PROBLEMS;
  }

  add(path: ProblemPath, message: string, expected?: string): void {
    // What is wrong in the defaults is found once for each task.
    const isKnown = this.problems.some(
      known => known.message === message && known.path.join() === path.join(),
    );
    if (!isKnown && !this.isFull) {
      this.problems.push({ path, message, expected });
    }
  }

  warn(path: ProblemPath, message: string): void {
    if (this.warnings.length < MAX_PROBLEMS) {
      this.warnings.push({ path, message });
    }
  }
}
