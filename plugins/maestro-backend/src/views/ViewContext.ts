import type { MaestroDatabase } from '../database/MaestroDatabase';
import type { VersionFactsCache } from './VersionFactsCache';

/** What every view reads from. */
export interface ViewContext {
  db: MaestroDatabase;
  versions: VersionFactsCache;
}
