import { randomUUID } from 'node:crypto';
import { InputError, NotFoundError } from '@backstage/errors';
import {
  aliasName,
  MAX_ASSET_EXTRA_BYTES,
  partitionKeyProblem,
} from '@maestro/plugin-maestro-common';
import { num } from '../database/conversion';
import type { MaestroDatabase, Tx } from '../database/MaestroDatabase';
import { insertAssetEvent } from '../database/operations/assets/insertAssetEvent';
import { retryConflicts } from '../database/retryConflicts';

/** An event of an asset that a person or a program tells. */
export interface EmitRequest {
  asset: string;
  /** Any JSON, at most {@link MAX_ASSET_EXTRA_BYTES}. */
  extra?: unknown;
  /** Key of the partition of the asset that it is about. */
  partitionKey?: string;
  /** The same key again is the same event. */
  eventKey?: string;
  actor: string;
}

/** Events of assets that come from outside of runs. */
export class AssetCommands {
  constructor(
    private readonly options: {
      db: MaestroDatabase;
      /** Whether some pipeline produces or awaits it now. */
      isKnown(asset: string): Promise<boolean>;
      /** Called after the commit: schedules and tasks may wait for it. */
      onEvent(): void;
    },
  ) {}

  /**
   * @returns id of the event, and whether this request made it
   * @throws InputError for too much `extra`, for an alias and for a key that is
   * none, NotFoundError for an asset that no pipeline names: a slip of the pen would start nothing,
   * silently
   */
  async emit(request: EmitRequest): Promise<{ id: number; created: boolean }> {
    const { db, isKnown, onEvent } = this.options;
    const { asset, actor, eventKey, partitionKey } = request;
    const extra =
      request.extra === undefined ? null : JSON.stringify(request.extra);
    const size = extra === null ? 0 : Buffer.byteLength(extra);
    if (size > MAX_ASSET_EXTRA_BYTES) {
      throw new InputError(
        `request/body/extra has ${size} bytes of JSON, at most ${MAX_ASSET_EXTRA_BYTES} fit in an asset event; store the data elsewhere and give its address`,
      );
    }
    if (aliasName(asset) !== undefined) {
      throw new InputError(
        `request/body/asset "${asset}" is an alias, through which only tasks give events; tell an event of the asset that it stands for`,
      );
    }
    const problem =
      partitionKey === undefined
        ? undefined
        : partitionKeyProblem(partitionKey);
    if (problem) throw new InputError(`request/body/partitionKey: ${problem}`);
    if (!(await isKnown(asset))) {
      throw new NotFoundError(
        `No pipeline produces or awaits the asset "${asset}"; "maestro assets list" shows those there are`,
      );
    }
    // Both may hold a colon: two assets never share a key.
    const key = `manual:${JSON.stringify([asset, eventKey ?? randomUUID()])}`;
    const store = async (tx: Tx) => {
      const made = await insertAssetEvent(
        db,
        tx,
        {
          asset,
          source: 'manual',
          source_key: key,
          actor,
          extra,
          partition_key: partitionKey ?? null,
        },
        await db.now(tx),
      );
      if (made) {
        const { id, consumers, waits } = made;
        return { id, created: true, isAwaited: consumers + waits > 0 };
      }
      const existing = await db
        .table(tx, 'asset_events')
        .where({ source_key: key })
        .first('id');
      return { id: num(existing!.id), created: false, isAwaited: false };
    };
    // A run may end what waits for this asset and produce it in one transaction.
    const { isAwaited, ...result } = await retryConflicts(() =>
      db.transaction(store),
    );
    if (isAwaited) onEvent();
    return result;
  }
}
