import type {
  PipelineDefinition,
  PipelineProblem,
} from '@maestro/plugin-maestro-common';
import type { SourceFile } from './executor/types';

/**
 * Where pipelines come from that are in no catalog file, such as a folder of
 * DAG files. The scheduler asks it again and again, and makes versions of what
 * it says; the catalog has an entity of each because the scheduler has it.
 *
 * @public
 */
export interface PipelineSource {
  /**
   * Where its pipelines are: the beginning of each `location`, such as
   * `airflow:ml/`. No other source begins so.
   */
  readonly place: string;
  /** Milliseconds between two looks. */
  readonly intervalMs: number;
  /**
   * Everything that is there now.
   *
   * @throws when it cannot be looked at: then what is known stays
   */
  read(signal: AbortSignal): Promise<PipelineSourceReading>;
  /** Ends what it has started. */
  stop(): Promise<void>;
}

/**
 * Finds sources that nobody has named in the configuration, such as those of
 * entities of the catalog. The scheduler asks it again and again, and looks at
 * the sources it has found as long as it finds them.
 *
 * @public
 */
export interface PipelineSourceFinder {
  /**
   * Beginning of the places of all its sources, and of nobody else's, such as
   * `airflow:catalog:`.
   */
  readonly place: string;
  /** Milliseconds between two looks. */
  readonly intervalMs: number;
  /**
   * All sources that are there now: the same object as long as a source is the
   * same. Pipelines of one that is not found any more are removed after a while.
   *
   * @throws when it cannot be looked at: then the known ones stay
   */
  find(signal: AbortSignal): Promise<FoundSources>;
  /** Ends what it has started, after its sources were stopped. */
  stop(): Promise<void>;
}

/** @public */
export interface FoundSources {
  sources: PipelineSource[];
  /** What is no source, and why. */
  problems: SourcedProblem[];
}

/** @public */
export interface PipelineSourceReading {
  pipelines: SourcedPipeline[];
  problems: SourcedProblem[];
  /**
   * There is more, which the next reading goes on with at once: what is not in
   * this one is not gone. So many files of so many are read.
   */
  unfinished?: { done: number; total: number };
}

/**
 * A pipeline that can be run.
 *
 * @public
 */
export interface SourcedPipeline {
  definition: PipelineDefinition;
  /** For people, when it is not the name. */
  title?: string;
  /** Begins with the place of its source. */
  location: string;
  /** Another one whenever the definition or a file is another. */
  signature: string;
  /**
   * The files that belong to it, pinned with its version.
   *
   * @returns undefined when they are not those of the signature any more: it is
   * read again next time
   */
  files(): Promise<SourceFile[] | undefined>;
  /** Commit that the files are of, when they are of one. */
  ref?(): Promise<string | undefined>;
}

/**
 * What cannot be run, or not as it is written. Pipelines that were read from
 * that location before, or the one of that name, go on with their last good
 * version.
 *
 * @public
 */
export interface SourcedProblem {
  /** Begins with the place of its source. */
  location: string;
  /** Of the pipeline, where it is about one. */
  pipeline?: string;
  problem: PipelineProblem;
}
