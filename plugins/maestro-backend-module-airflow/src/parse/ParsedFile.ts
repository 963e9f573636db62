import type { DescribedDag } from '../compile/serialized';

/** What a file says of itself. */
export interface ParsedFile {
  dags: DescribedDag[];
  errors: {
    file: string;
    line: number | null;
    message: string;
    dagId?: string;
    traceback?: string;
  }[];
  notes: { file: string | null; line: number | null; message: string }[];
  /** What else of the folder it depends on. */
  reads: {
    files: string[];
    folders: string[];
    /** By folder the endings of files below it that its tasks may render. */
    templates: Record<string, string[]>;
  };
  /** It was ended before it was read. */
  killed?: string;
  /** Because its time was over. */
  late?: boolean;
  /** What it has imported of the Python environment. */
  imported?: string[];
}

/** Longest name of a DAG or a file, in characters. */
const MAX_NAME = 4_096;

/** Of a file that was ended before it said something. */
export const NOTHING_READ: ParsedFile = {
  dags: [],
  errors: [],
  notes: [],
  reads: { files: [], folders: [], templates: {} },
};

/**
 * The answer of a file, which runs in the process that writes it and may write
 * anything. Of its DAGs only what they are called: the rest fails where it is
 * compiled.
 *
 * @throws what is wrong with it
 */
export function checkParsedFile(said: unknown): ParsedFile {
  if (!isObject(said)) throw new TypeError('it is no object');
  for (const dag of list(said, 'dags')) {
    const described = isObject(dag) ? dag.dag : undefined;
    texts('a DAG', described, ['dag_id', 'relative_fileloc']);
    storable('a DAG', described, [
      'dag_id',
      'relative_fileloc',
      'dag_display_name',
      'description',
    ]);
  }
  for (const error of list(said, 'errors')) {
    texts('an error', error, ['file', 'message']);
    storable('an error', error, ['file', 'dagId']);
    optional('an error', error, 'line', 'number');
    optional('an error', error, 'dagId', 'string');
    optional('an error', error, 'traceback', 'string');
  }
  for (const note of list(said, 'notes')) {
    texts('a note', note, ['message']);
    optional('a note', note, 'file', 'string');
    optional('a note', note, 'line', 'number');
  }
  const { reads, killed } = said;
  if (
    !isObject(reads) ||
    !isObject(reads.templates) ||
    ![reads.files, reads.folders, ...Object.values(reads.templates)].every(
      names =>
        Array.isArray(names) && names.every(name => typeof name === 'string'),
    )
  ) {
    throw new TypeError('"reads" names no files, folders and templates');
  }
  if (killed !== undefined && typeof killed !== 'string') {
    throw new TypeError('"killed" is no text');
  }
  optional('it', said, 'late', 'boolean');
  return said as unknown as ParsedFile;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function list(said: Record<string, unknown>, name: string): unknown[] {
  const value = said[name];
  if (!Array.isArray(value)) throw new TypeError(`"${name}" is no list`);
  return value;
}

function texts(what: string, value: unknown, names: readonly string[]): void {
  for (const name of names) {
    if (!isObject(value) || typeof value[name] !== 'string') {
      throw new TypeError(`${what} has no "${name}"`);
    }
  }
}

/** Texts that have a column of their own: not every database takes any text. */
function storable(
  what: string,
  value: unknown,
  names: readonly string[],
): void {
  for (const name of names) {
    const text = isObject(value) ? value[name] : undefined;
    if (typeof text !== 'string') continue;
    // eslint-disable-next-line no-control-regex
    if (/[\0\ud800-\udfff]/u.test(text)) {
      throw new TypeError(`${what} has a "${name}" that is no text`);
    }
    if (text.length > MAX_NAME && name !== 'description') {
      throw new TypeError(
        `${what} has a "${name}" of more than ${MAX_NAME} characters`,
      );
    }
  }
}

function optional(
  what: string,
  value: unknown,
  name: string,
  type: 'string' | 'number' | 'boolean',
): void {
  const found = isObject(value) ? value[name] : undefined;
  if (found !== undefined && found !== null && typeof found !== type) {
    throw new TypeError(`${what} has a "${name}" that is no ${type}`);
  }
}
