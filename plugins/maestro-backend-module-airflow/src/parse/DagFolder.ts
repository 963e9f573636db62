import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { compileDag, type CompiledDag } from '../compile/compileDag';
import type { CompileOptions } from '../compile/compileDag';
import type { DagProblem } from '../compile/Findings';
import { Listing } from './Listing';
import { checkParsedFile, NOTHING_READ, type ParsedFile } from './ParsedFile';
import { notesOf, type ParseProcess } from './ParseProcess';

/** A DAG that can be run, with what of the folder belongs to it. @public */
export interface DagPipeline
  extends Omit<CompiledDag, 'definition' | 'problems'> {
  definition: NonNullable<CompiledDag['definition']>;
  /**
   * Paths below the folder: its file, what that imports or reads, and templates
   * that its tasks may render.
   */
  files: string[];
}

/** A folder of DAG files as it is now. @public */
export interface DagFolderReading {
  pipelines: DagPipeline[];
  problems: DagProblem[];
  /** Hash of each file by path, as of this reading. */
  hashes: ReadonlyMap<string, string>;
  /** Files that were run for this reading; the others are as they were. */
  parsed: number;
  /** Some files were left to the next reading: so many of so many are read. */
  unfinished?: { done: number; total: number };
}

interface Known {
  /** Of all that the result depends on. */
  key: string;
  /** Of the content of `files`, which is what the result says. */
  pin: string;
  /** It was read beside the others, since it takes its time. */
  wasBeside?: boolean;
  reads: ParsedFile['reads'];
  /** What is pinned with it: itself, what it reads, what its tasks may render. */
  files: string[];
  /** It could not be imported: any change of the folder may mend it. */
  dependsOnAll: boolean;
  /**
   * It was ended while it was read, which may be a busy machine's fault: it is
   * read again from then on, monotonic ms.
   */
  againAt?: number;
  compiled: CompiledDag[];
  problems: DagProblem[];
}

/** DAGs that are compiled before others have their turn; some 10 ms. */
const DAGS_AT_A_TIME = 50;

/** Until what was ended is read again unchanged. */
const AGAIN_MS = 5 * 60_000;

/**
 * What takes longer is read beside the others, so that they do not wait for it:
 * a file that loops takes all its time, and others are to be live in 10 s.
 */
const QUICK_SECONDS = 5;

/** For so long others go before a file that had to be ended last time. */
const SLOW_WAITS_MS = 5_000;

/** For so long a reading waits for what is read beside it, if there is nothing else. */
const BESIDE_MS = 1_000;

/** A file that is read beside the others. */
interface Beside {
  reading: Promise<void>;
  /** What came of it; undefined while it is read. */
  found?: { known: Known } | { error: Error };
}

/**
 * A folder of DAG files, read again and again: a file is run when it, or what
 * it imports or reads below the folder, has another content than before.
 */
export class DagFolder {
  private known = new Map<string, Known>();
  private readonly beside = new Map<string, Beside>();
  /** Since when a changed file waits to be read, monotonic ms. */
  private readonly waiting = new Map<string, number>();

  constructor(
    private readonly options: {
      /** Absolute. */
      folder: string;
      process: ParseProcess;
      compile: Omit<CompileOptions, 'notes' | 'airflowVersion'>;
    },
  ) {}

  /**
   * @param options.signal - ends it between two files
   * @param options.budgetMs - after so long the files that were read are told,
   * and the others left to the next reading; one that alone takes longer than 5 s
   * is read beside the others. Default: all are read
   * @throws ParseProcessError when the folder or the process is away: then
   * nothing is known, and what was known stays
   */
  async read({
    signal,
    budgetMs = Infinity,
  }: {
    signal?: AbortSignal;
    budgetMs?: number;
  } = {}): Promise<DagFolderReading> {
    const { folder, process } = this.options;
    const begin = performance.now();
    const scanned = await process.scan(folder);
    const listing = new Listing(scanned.files, process.environmentKey);
    const next = new Map<string, Known>();
    const changed: string[] = [];
    /** Those that took their time, and are as they were. */
    const again = new Set<string>();
    for (const file of listing.dagFiles()) {
      const before = this.known.get(file);
      const isDue = performance.now() >= (before?.againAt ?? Infinity);
      const isSame = before && keyOf(file, before, listing) === before.key;
      if (isSame && !isDue) {
        next.set(file, before);
        continue;
      }
      changed.push(file);
      const takesAsLong =
        before?.wasBeside && pinOf(file, before.reads, listing) === before.pin;
      if (isSame || takesAsLong) again.add(file);
    }
    for (const [file, { found }] of this.beside) {
      // It is gone, or as it was before.
      if (found && !changed.includes(file)) this.beside.delete(file);
    }
    const left: string[] = [];
    let parsed = 0;
    for (const file of this.inTurn(changed, begin)) {
      signal?.throwIfAborted();
      if (parsed > 0 && performance.now() >= begin + budgetMs) {
        left.push(file);
        continue;
      }
      const known =
        budgetMs === Infinity
          ? await this.parse(file, listing)
          : await this.parseInTime(file, listing, again.has(file));
      if (known) {
        next.set(file, known);
        this.waiting.delete(file);
        parsed += 1;
      } else left.push(file);
    }
    if (parsed === 0 && left.length > 0) await this.waitForOneBeside();
    // As it was is not told, and is known to be slow all the same.
    this.known = new Map([
      ...left.flatMap(file => {
        const before = this.known.get(file);
        return before ? [[file, { ...before, key: '' }] as const] : [];
      }),
      ...next,
    ]);
    const sorted = [...next].sort(([a], [b]) => (a < b ? -1 : 1));
    const { pipelines, problems } = withoutDoubles(sorted);
    return {
      pipelines,
      problems: [...scanned.problems.map(withoutNull), ...problems],
      hashes: listing.hashes,
      parsed,
      ...(left.length > 0
        ? { unfinished: { done: next.size, total: next.size + left.length } }
        : {}),
    };
  }

  /**
   * What is read already comes first, then who waits longest: a file that always
   * changes takes its turn behind the others. What had to be ended last time may
   * take its whole time again, and waits a little longer.
   */
  private inTurn(changed: readonly string[], now: number): string[] {
    const isChanged = new Set(changed);
    for (const file of this.waiting.keys()) {
      if (!isChanged.has(file)) this.waiting.delete(file);
    }
    const turns = changed.map(file => {
      const since = this.waiting.get(file) ?? now;
      this.waiting.set(file, since);
      const wasEnded = this.known.get(file)?.againAt !== undefined;
      return {
        file,
        since,
        isRead: this.beside.get(file)?.found !== undefined,
        isLast: wasEnded && now - since < SLOW_WAITS_MS,
      };
    });
    turns.sort(
      (a, b) =>
        Number(b.isRead) - Number(a.isRead) ||
        Number(a.isLast) - Number(b.isLast) ||
        a.since - b.since,
    );
    return turns.map(({ file }) => file);
  }

  /**
   * @param isSlow - as it was known before
   * @returns undefined while it is read beside the others
   */
  private async parseInTime(
    file: string,
    listing: Listing,
    isSlow: boolean,
  ): Promise<Known | undefined> {
    const { folder, process } = this.options;
    const found = this.beside.get(file)?.found;
    if (found) {
      this.beside.delete(file);
      if ('error' in found) throw found.error;
      const { known } = found;
      // It may have changed meanwhile. Where only others have, it is read again
      // the next time: it is told first, or in a folder in which there is always
      // something new it never would be.
      if (pinOf(file, known.reads, listing) === known.pin) {
        return { ...known, wasBeside: true };
      }
    }
    if (!this.beside.has(file) && !isSlow) {
      const said = await process.parse(folder, file, QUICK_SECONDS);
      const isLate = said.late && process.limits.seconds > QUICK_SECONDS;
      if (!isLate) return this.parse(file, listing, said);
    }
    if (!this.beside.has(file)) this.parseBeside(file, listing);
    return undefined;
  }

  private parseBeside(file: string, listing: Listing): void {
    const { folder, process } = this.options;
    const own: Beside = { reading: Promise.resolve() };
    own.reading = process
      .parseBeside(folder, file)
      .then(said => this.parse(file, listing, said))
      .then(
        known => {
          own.found = { known };
        },
        error => {
          own.found = { error };
        },
      );
    this.beside.set(file, own);
  }

  private async waitForOneBeside(): Promise<void> {
    const waiting = [...this.beside.values()].map(({ reading }) => reading);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, BESIDE_MS);
    });
    await Promise.race([late, ...waiting]);
    clearTimeout(timer);
  }

  private async parse(
    file: string,
    listing: Listing,
    said?: unknown,
  ): Promise<Known> {
    const { result, compiled } = await this.compiled(file, said);
    const problems: DagProblem[] = [
      ...result.errors.map(error => ({
        ...withoutNull(error),
        ...(error.file === file ? {} : { dagFile: file }),
      })),
      ...(result.killed ? [{ file, message: result.killed }] : []),
      ...compiled.flatMap(dag => dag.problems),
    ];
    const known: Known = {
      key: '',
      pin: pinOf(file, result.reads, listing),
      reads: result.reads,
      files: [
        ...new Set([
          file,
          ...result.reads.files,
          ...listing.templatesOf(result.reads),
        ]),
      ],
      dependsOnAll: result.errors.length > 0,
      ...(result.killed ? { againAt: performance.now() + AGAIN_MS } : {}),
      compiled,
      problems,
    };
    return { ...known, key: keyOf(file, known, listing) };
  }

  /** What a file says may be anything: it is its own fault, and only its. */
  private async compiled(
    file: string,
    before?: unknown,
  ): Promise<{ result: ParsedFile; compiled: CompiledDag[] }> {
    const { folder, process, compile } = this.options;
    const said = before ?? (await process.parse(folder, file));
    try {
      const result = checkParsedFile(said);
      const notes = notesOf(file, result);
      const compiled: CompiledDag[] = [];
      const options = {
        ...compile,
        notes,
        airflowVersion: process.airflowVersion,
      };
      for (const dag of result.dags) {
        compiled.push(compileDag(dag, options));
        // A file can have thousands, and others wait.
        if (compiled.length % DAGS_AT_A_TIME === 0) await setImmediate();
      }
      return { result, compiled };
    } catch (error) {
      const killed = `what it says of itself cannot be used: ${
        (error as Error).message
      }`;
      return { result: { ...NOTHING_READ, killed }, compiled: [] };
    }
  }
}

function withoutNull<T extends { line?: number | null }>({
  line,
  ...problem
}: T): Omit<T, 'line'> & { line?: number } {
  return line === null || line === undefined ? problem : { ...problem, line };
}

/** Everything that a result depends on, as one hash. */
function keyOf(
  file: string,
  { reads, dependsOnAll }: Pick<Known, 'reads' | 'dependsOnAll'>,
  listing: Listing,
): string {
  const hash = createHash('sha256');
  hash.update(
    dependsOnAll
      ? `${listing.environment}\0${listing.all()}`
      : pinOf(file, reads, listing),
  );
  for (const folder of reads.folders) {
    hash.update(`${folder}\0${listing.namesIn(folder)}\0`);
  }
  return hash.digest('hex');
}

/** What is read of the folder for it, as one hash. */
function pinOf(file: string, reads: Known['reads'], listing: Listing): string {
  const hash = createHash('sha256').update(`${listing.environment}\0`);
  for (const name of [file, ...reads.files, ...listing.templatesOf(reads)]) {
    hash.update(`${name}\0${listing.hashes.get(name) ?? 'absent'}\0`);
  }
  return hash.digest('hex');
}

/** Of DAGs with one id the first by file is the one. */
function withoutDoubles(
  files: readonly (readonly [string, Known])[],
): Pick<DagFolderReading, 'pipelines' | 'problems'> {
  const pipelines = new Map<string, DagPipeline>();
  const problems: DagProblem[] = [];
  for (const [file, known] of files) {
    problems.push(...known.problems);
    for (const { definition, problems: _, ...dag } of known.compiled) {
      if (!definition) continue;
      const other = pipelines.get(dag.dagId);
      if (other) {
        problems.push({
          file,
          dagId: dag.dagId,
          message: `the DAG id "${dag.dagId}" is that of ${
            other.definition.airflow!.file
          } already`,
        });
        continue;
      }
      pipelines.set(dag.dagId, {
        ...dag,
        definition,
        files: known.files,
      });
    }
  }
  return { pipelines: [...pipelines.values()], problems };
}
