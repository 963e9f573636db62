import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  PipelineSource,
  PipelineSourceReading,
  SourcedPipeline,
  SourceFile,
} from '@maestro/plugin-maestro-node';
import type { DagProblem } from '../compile/Findings';
import { DagFolder, type DagPipeline } from '../parse/DagFolder';
import type { ParseProcess } from '../parse/ParseProcess';
import { gitCommit } from './gitCommit';
import { ownerOf } from './ownerOf';
import type { AirflowSourceSettings } from './settings';

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

  constructor(
    private readonly options: {
      settings: AirflowSourceSettings;
      process: ParseProcess;
      intervalMs: number;
    },
  ) {
    const { settings, process, intervalMs } = options;
    this.place = `airflow:${settings.name}/`;
    this.intervalMs = intervalMs;
    this.folder = new DagFolder({
      folder: settings.folder,
      process,
      compile: {
        source: settings.name,
        environment: settings.environment.name,
        ownerOf: ownerOf(settings.owners, settings.owner),
      },
    });
  }

  async read(signal: AbortSignal): Promise<PipelineSourceReading> {
    const { pipelines, problems, hashes } = await this.folder.read(signal);
    return {
      pipelines: pipelines.map(dag => this.pipeline(dag, hashes)),
      problems: problems.map(problem => ({
        location: `${this.place}${problem.dagFile ?? problem.file}`,
        pipeline: problem.dagId,
        problem: {
          path: problem.dagId === undefined ? '' : `DAG ${problem.dagId}`,
          message: problem.message,
          file: join(this.options.settings.folder, problem.file),
          ...(problem.line === undefined ? {} : { line: problem.line }),
          ...tracebackOf(problem),
        },
      })),
    };
  }

  async stop(): Promise<void> {
    await this.options.process.stop();
  }

  private pipeline(
    { definition, title, files }: DagPipeline,
    hashes: ReadonlyMap<string, string>,
  ): SourcedPipeline {
    const { folder } = this.options.settings;
    const signature = createHash('sha256').update(JSON.stringify(definition));
    for (const file of files) {
      signature.update(`\0${file}\0${hashes.get(file) ?? 'absent'}`);
    }
    return {
      definition,
      title,
      location: `${this.place}${definition.airflow!.file}`,
      signature: signature.digest('hex'),
      files: () => readFiles(folder, files, hashes),
      ref: () => gitCommit(folder, files),
    };
  }
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
    const isSame =
      hash.startsWith('stamp:') ||
      createHash('sha256').update(content).digest('hex') === hash;
    if (!isSame) return undefined;
    // eslint-disable-next-line no-bitwise
    files.push({ path, content, executable: (mode & 0o100) !== 0 });
  }
  return files;
}
