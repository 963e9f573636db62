import type { LoggerService } from '@backstage/backend-plugin-api';
import type { PipelineDefinition } from '@maestro/plugin-maestro-common';
import { num, optionalNum } from '../database/conversion';
import type { MaestroDatabase, Tx } from '../database/MaestroDatabase';
import {
  markListed,
  markMissing,
  markSeen,
} from '../database/operations/pipelines/markMissing';
import {
  type StoredPipeline,
  storePipeline,
} from '../database/operations/pipelines/storePipeline';
import type { PipelineRow } from '../database/tables';
import { decideRemoval } from './removal';
import { contentHash, versionHash } from './versionHash';

/*
 * What the registry of the catalog and that of the sources do alike: a
 * pipeline that was read becomes a version, and one that is not listed any more
 * is removed after a while.
 */

/** `seen_at` need not be exact: rows that nothing happens to stay untouched. */
const SEEN_EVERY_MS = 5 * 60_000;

/** A pipeline of the store, as a listing is compared with it. */
export type KnownPipeline = Pick<
  PipelineRow,
  | 'id'
  | 'name'
  | 'entity_ref'
  | 'location'
  | 'seen_at'
  | 'missing_since'
  | 'removed_at'
>;

/** What happens on a change, in its transaction. */
export interface PipelineHooks {
  /** It has another current version, or is back: arm its timers there. */
  onPipelineChanged(
    tx: Tx,
    pipelineId: number,
    definition: PipelineDefinition,
  ): Promise<void>;
  /** It was removed: its timers go. */
  onPipelineRemoved(tx: Tx, pipelineId: number): Promise<void>;
}

/** What keeping needs around it. */
export type KeepContext = PipelineHooks & {
  db: MaestroDatabase;
  logger: LoggerService;
};

/** All of them, removed ones too. */
export async function knownPipelines(
  db: MaestroDatabase,
): Promise<KnownPipeline[]> {
  return (await db
    .table(db.knex, 'pipelines')
    .select(
      'id',
      'name',
      'entity_ref',
      'location',
      'seen_at',
      'missing_since',
      'removed_at',
    )) as KnownPipeline[];
}

/**
 * Makes what was read the current version of its pipeline.
 *
 * @returns whether it has another version than before
 */
export async function keepVersion(
  { db, logger, onPipelineChanged }: KeepContext,
  read: Omit<
    StoredPipeline,
    'hash' | 'files' | 'ownerRef' | 'description' | 'definition'
  > & {
    definition: PipelineDefinition;
    files: { path: string; content: Buffer; executable: boolean }[];
  },
): Promise<boolean> {
  const { definition } = read;
  const files = read.files.map(file => ({
    ...file,
    hash: contentHash(file.content),
  }));
  const changed = await db.transaction(async tx => {
    const stored = await storePipeline(
      db,
      tx,
      {
        ...read,
        ownerRef: definition.owner,
        description: definition.description,
        hash: versionHash(definition, files),
        files,
      },
      await db.now(tx),
    );
    if (stored.changed) {
      await onPipelineChanged(tx, stored.pipelineId, definition);
    }
    return stored.changed;
  });
  if (changed) logger.info(`Pipeline ${definition.name} has a new version`);
  return changed;
}

/**
 * What a listing means for the pipelines that are known. It writes many of them in
 * an order of its own, and who decides their due times locks them in another: the
 * database may give the transaction up.
 *
 * @param listing.has - `gone` for one that must not wait to be removed
 * @param listing.where - for people: what has it no more
 */
export async function followListing(
  { db, logger, onPipelineRemoved }: KeepContext,
  tx: Tx,
  listing: {
    known: readonly KnownPipeline[];
    has(row: KnownPipeline): boolean | 'gone';
    where: string;
    now: number;
    removeAfterMs: number;
  },
): Promise<void> {
  const { now } = listing;
  const seen: number[] = [];
  for (const row of listing.known) {
    const id = num(row.id);
    const has = listing.has(row);
    const listed = has === true;
    const decision =
      has === 'gone' && row.removed_at === null
        ? 'remove'
        : decideRemoval({
            listed,
            missingSince: optionalNum(row.missing_since),
            removedAt: optionalNum(row.removed_at),
            now,
            removeAfterMs: listing.removeAfterMs,
          });
    if (decision === 'missing' || decision === 'remove') {
      const done = await markMissing(db, tx, id, decision, now);
      if (done && decision === 'remove') {
        await onPipelineRemoved(tx, id);
        logger.info(`Pipeline ${row.name} is not in ${listing.where} any more`);
      }
    } else if (decision === 'restore' && row.removed_at === null) {
      await markListed(db, tx, id, now);
    } else if (listed && now - num(row.seen_at) >= SEEN_EVERY_MS) {
      seen.push(id);
    }
  }
  await markSeen(db, tx, seen, now);
}
