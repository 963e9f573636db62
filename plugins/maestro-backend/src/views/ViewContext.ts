import type { MaestroDatabase } from '../database/MaestroDatabase';
import type { VersionFactsCache } from './VersionFactsCache';

/** What every view reads from. */
export interface ViewContext {
  db: MaestroDatabase;
  versions: VersionFactsCache;
  /** See `EngineContext.ownerSlots`; absent means any number for everybody. */
  ownerSlots?(owner: string): number | undefined;
}
