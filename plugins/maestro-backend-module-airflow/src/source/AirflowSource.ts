import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  PipelineSource,
  PipelineSourceReading,
  SourcedPipeline,
  SourceFile,
} from '@maestro/plugin-maestro-node';
import type { AirflowPods } from '../compile/inPod';
import type { DagProblem } from '../compile/Findings';
import { DagFolder, type DagPipeline } from '../parse/DagFolder';
import type { ParseProcess } from '../parse/ParseProcess';
import type { DagFiles } from './DagFiles';
import { ownerOf } from './ownerOf';

/** A folder of many files is told in parts: the first does not wait for the last. */
const TELL_AFTER_MS = 3_000;

/** What an {@link AirflowSource} is of. */
export interface AirflowSourceOptions {
  /** That its DAGs tell as theirs; unique. */
  name: string;
  /** Beginning of the locations of its pipelines; unique. */
  place: string;
  files: DagFiles;
  /** Name of the Python environment that its tasks run in. */
  environment: string;
  /** Who answers for a DAG that none of `owners` fits. */
  owner: string;
  /** Of all its DAGs, as an entity reference; default none. */
  system?: string;
  /** By owner of a DAG's tasks, or by `tag:NAME`. */
  owners: ReadonlyMap<string, string>;
  /** Why its tasks of a KubernetesPodOperator are left to Python, if they are. */
  podsInPython?: string;
  /** The same of a BashOperator. */
  bashInPython?: string;
  /** Of its tasks in Python, where they run as pods. */
  pods?: AirflowPods;
  intervalMs: number;
  process: ParseProcess;
  /** Whether the process is its own and is stopped with it. Default: false */
  ownsProcess?: boolean;
}

/** Longest traceback that is kept, in characters. */
const MAX_TRACEBACK = 16_000;

/**
 * A folder of DAG files as a source of pipelines. Each DAG is pinned to the
 * content of its file and of what that imports or reads of the folder.
 */
export class AirflowSource implements PipelineSource {
  readonly place: string;
  readonly intervalMs: number;
  private readonly folder: DagFolder;
  private isUnfinished = false;
  /** Hashes of definitions; one stays the same object until its file is run. */
  private readonly hashes = new WeakMap<object, string>();

  constructor(private readonly options: AirflowSourceOptions) {
    const { name, place, files, environment, process } = options;
    this.place = place;
    this.intervalMs = options.intervalMs;
    this.folder = new DagFolder({
      folder: files.folder,
      process,
      compile: {
        source: name,
        environment,
        ownerOf: ownerOf(options.owners, options.owner),
        system: options.system,
        podsInPython: options.podsInPython,
        bashInPython: options.bashInPython,
        pods: options.pods,
      },
    });
  }

  async read(signal: AbortSignal): Promise<PipelineSourceReading> {
    const { files } = this.options;
    if (!this.isUnfinished) await files.update?.(signal);
    this.isUnfinished = false;
    const { pipelines, problems, hashes, unfinished } = await this.folder.read({
      signal,
      budgetMs: TELL_AFTER_MS,
    });
    this.isUnfinished = unfinished !== undefined;
    return {
      unfinished,
      pipelines: pipelines.map(dag => this.pipeline(dag, hashes)),
      problems: problems.map(problem => ({
        location: `${this.place}${problem.dagFile ?? problem.file}`,
        pipeline: problem.dagId,
        problem: {
          path: problem.dagId === undefined ? '' : `DAG ${problem.dagId}`,
          message: problem.message,
          file: files.placeOf(problem.file),
          ...(problem.line === undefined ? {} : { line: problem.line }),
          ...tracebackOf(problem),
        },
      })),
    };
  }

  async stop(): Promise<void> {
    if (this.options.ownsProcess) await this.options.process.stop();
  }

  private pipeline(
    { definition, title, files }: DagPipeline,
    hashes: ReadonlyMap<string, string>,
  ): SourcedPipeline {
    const source = this.options.files;
    let hash = this.hashes.get(definition);
    if (hash === undefined) {
      hash = sha256(JSON.stringify(definition));
      this.hashes.set(definition, hash);
    }
    const signature = createHash('sha256').update(hash);
    for (const file of files) {
      signature.update(`\0${file}\0${hashes.get(file) ?? 'absent'}`);
    }
    return {
      definition,
      title,
      location: `${this.place}${definition.airflow!.file}`,
      signature: signature.digest('hex'),
      files: () => readFiles(source.folder, files, hashes),
      ref: () => source.commit(files),
    };
  }
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Its end says what happened; the beginning of a long one goes. */
function tracebackOf({ traceback }: DagProblem): { traceback?: string } {
  // One line is the message already.
  if (!traceback?.trim().includes('\n')) return {};
  return {
    traceback:
      traceback.length <= MAX_TRACEBACK
        ? traceback
        : `…${traceback.slice(-MAX_TRACEBACK)}`,
  };
}

/** The content of files; undefined when one is not what was parsed. */
async function readFiles(
  folder: string,
  paths: readonly string[],
  hashes: ReadonlyMap<string, string>,
): Promise<SourceFile[] | undefined> {
  const files: SourceFile[] = [];
  for (const path of paths) {
    const hash = hashes.get(path);
    // Read while it was parsed, and not one of the folder's own: hidden.
    if (hash === undefined) continue;
    const full = join(folder, path);
    let content: Buffer;
    let mode: number;
    try {
      content = await readFile(full);
      mode = (await stat(full)).mode;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const isSame = hash.startsWith('stamp:') || sha256(content) === hash;
    if (!isSame) return undefined;
    // eslint-disable-next-line no-bitwise
    files.push({ path, content, executable: (mode & 0o100) !== 0 });
  }
  return files;
}
