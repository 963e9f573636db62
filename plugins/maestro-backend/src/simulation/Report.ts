import type { FaultKind } from './history/History';

/** A rule that was broken, and how. */
export interface Violation {
  rule: string;
  detail: string;
}

/** Messages of the engine that only a defect brings about. */
const DEFECTS: ReadonlyArray<[RegExp, string]> = [
  [/had ready tasks that no change had planned/, 'each change is planned'],
  [
    /although (the|its) run was locked|did not hold its lock/,
    'a run changes under its lock only',
  ],
  [
    /TypeError|RangeError|ReferenceError|The model store|There is no table|has no column|came after the end/,
    'the engine meets no programming error',
  ],
];

/** Messages that show that the engine took a path. */
const PATHS: ReadonlyArray<[RegExp, string]> = [
  [/was not launched: half its lease/, 'launch given up after a sleep'],
  [/gave no answer/, 'launch without an answer'],
  [/are applied again in/, 'observations applied again'],
  [/waits for the next listing/, 'observation left to the listing'],
  [/did not start; its tasks wait/, 'executor started later'],
  [/Reconciling failed/, 'reconciling tried again'],
  [/could not be cancelled yet/, 'cancel asked again'],
  [/^Timer .* failed and is tried again/, 'timer tried again'],
  [/Timers could not be read/, 'timers read again'],
  [/^Claim failed/, 'claim tried again'],
  [/could not go on/, 'run passed over for now'],
  [/found is looked at again/, 'look tried again'],
  [/due times were decided together/, 'due times decided together'],
  [/are decided one by one/, 'due times decided one by one'],
  [/runs were changed together/, 'runs changed together'],
  [/are (started|applied) one by one/, 'runs changed one by one'],
];

/** What one history showed. */
export class Report {
  readonly violations: Violation[] = [];
  readonly paths = new Map<string, number>();
  faults: ReadonlyMap<FaultKind, number> = new Map();
  operations = 0;

  get failed(): boolean {
    return this.violations.length > 0;
  }

  violate(rule: string, detail: string): void {
    this.violations.push({ rule, detail });
  }

  /** A path of the engine was taken. */
  took(path: string, times = 1): void {
    if (times > 0) this.paths.set(path, (this.paths.get(path) ?? 0) + times);
  }

  log(level: string, message: string): void {
    for (const [pattern, rule] of DEFECTS) {
      if (pattern.test(message)) this.violate(rule, message);
    }
    for (const [pattern, path] of PATHS) {
      if (pattern.test(message)) this.took(path);
    }
    if (level === 'error' && /is not a function/.test(message)) {
      this.violate('the engine meets no programming error', message);
    }
  }
}
