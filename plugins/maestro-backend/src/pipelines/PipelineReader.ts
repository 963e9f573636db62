import { fileURLToPath } from 'node:url';
import type { UrlReaderService } from '@backstage/backend-plugin-api';
import {
  ANNOTATION_LOCATION,
  ANNOTATION_ORIGIN_LOCATION,
  type Entity,
  parseLocationRef,
  stringifyEntityRef,
} from '@backstage/catalog-model';
import type {
  PipelineDefinition,
  PipelineProblem,
} from '@maestro/plugin-maestro-common';
import { type ReadPipeline, readPipeline } from './pipelineDocument';
import { readLocalFolder } from './sources/localFolder';
import { readRemoteTree } from './sources/remoteTree';
import { SourceProblem, type SourceTree } from './sources/SourceTree';

/** What was found out about one entity. */
export type PipelineReading =
  /** As at the last time. */
  | { kind: 'unchanged' }
  | {
      kind: 'valid';
      read: Extract<ReadPipeline, { kind: 'valid' }>;
      tree: SourceTree | undefined;
    }
  | Extract<ReadPipeline, { kind: 'invalid' }>
  /** Not now: the repository is away, or the file is being changed. */
  | { kind: 'later'; reason?: string };

interface Known {
  location: string;
  etag?: string;
  signature?: string;
  /** Of the last read, monotonic ms. */
  readAt: number;
  /** Kept so that a problem is still told while nothing changes. */
  invalid?: Extract<ReadPipeline, { kind: 'invalid' }>;
}

/** Sources in a repository can change without the entity: looked at this often. */
const REMOTE_RECHECK_MS = 5 * 60_000;

/**
 * Reads the folders of pipelines, and only what changed since the last time:
 * local folders by their file times, repositories by etag.
 */
export class PipelineReader {
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly options: {
      urlReader: UrlReaderService;
      /** What the installation has against it; absent means nothing. */
      refusals?(
        definition: PipelineDefinition,
        file: string,
      ): PipelineProblem[];
    },
  ) {}

  /** Where an entity comes from, such as `file:/repo/x/catalog-info.yaml`. */
  static locationOf(entity: Entity): string | undefined {
    const { annotations } = entity.metadata;
    return (
      annotations?.[ANNOTATION_LOCATION] ??
      annotations?.[ANNOTATION_ORIGIN_LOCATION]
    );
  }

  /**
   * @param force - ask repositories also when it is not time for it
   */
  async read(entity: Entity, force: boolean): Promise<PipelineReading> {
    const ref = stringifyEntityRef(entity);
    const location = PipelineReader.locationOf(entity) ?? '';
    const { etag } = entity.metadata;
    const before = this.known.get(ref);
    const same = before?.location === location ? before : undefined;
    const { type, target } = parse(location);
    const entityChanged = same === undefined || same.etag !== etag;
    const due =
      entityChanged ||
      force ||
      performance.now() - same.readAt >= REMOTE_RECHECK_MS;

    // What the catalog fills in may have changed without the folder.
    const signature = entityChanged ? undefined : same.signature;
    let tree: SourceTree | undefined;
    let result: ReadPipeline;
    const next: Known = { location, etag, readAt: performance.now() };
    try {
      if (type === 'file') {
        tree = await readLocalFolder(localPath(target), signature);
        if (!tree) return unchanged(same);
      } else if (type === 'url') {
        if (!due) return unchanged(same);
        tree = await readRemoteTree(this.options.urlReader, target, signature);
        if (!tree) {
          this.known.set(ref, { ...same, ...next });
          return unchanged(same);
        }
      } else if (!entityChanged) {
        return unchanged(same);
      }
      result = readPipeline(tree, entity, target);
    } catch (error) {
      if (!(error instanceof SourceProblem)) {
        return { kind: 'later', reason: (error as Error).message };
      }
      // Without a signature: a local folder is looked at again, a repository
      // when it is time.
      next.invalid = { kind: 'invalid', problems: [error.problem] };
      this.known.set(ref, next);
      return next.invalid;
    }
    if (result.kind === 'absent') return { kind: 'later' };
    if (result.kind === 'valid') {
      const refusals = this.options.refusals?.(result.definition, target) ?? [];
      if (refusals.length > 0) result = { kind: 'invalid', problems: refusals };
    }
    next.signature = tree?.signature;
    if (result.kind === 'invalid') next.invalid = result;
    this.known.set(ref, next);
    return result.kind === 'valid'
      ? { kind: 'valid', read: result, tree }
      : result;
  }

  /** The reading could not be stored, or another process must be followed. */
  forget(entityRef: string): void {
    this.known.delete(entityRef);
  }

  /** Forgets all but those that are listed. */
  keep(entityRefs: ReadonlySet<string>): void {
    for (const ref of this.known.keys()) {
      if (!entityRefs.has(ref)) this.known.delete(ref);
    }
  }
}

/** As it was; "later" when it never was anything. */
function unchanged(same: Known | undefined): PipelineReading {
  if (!same) return { kind: 'later' };
  return same.invalid ?? { kind: 'unchanged' };
}

function parse(location: string): { type: string; target: string } {
  try {
    return parseLocationRef(location);
  } catch {
    // No annotation, or one of a provider of its own: there are no sources.
    return { type: 'none', target: location };
  }
}

function localPath(target: string): string {
  return target.startsWith('file:') ? fileURLToPath(target) : target;
}
