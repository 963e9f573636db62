import type { AuthService } from '@backstage/backend-plugin-api';
import { type Entity, stringifyEntityRef } from '@backstage/catalog-model';
import type { CatalogService } from '@backstage/plugin-catalog-node';

const PAGE = 500;

/**
 * Every Pipeline entity, or an error: never a part of them.
 *
 * @throws errors of the catalog as they come
 */
export async function listPipelineEntities(
  catalog: CatalogService,
  auth: AuthService,
): Promise<Entity[]> {
  const credentials = await auth.getOwnServiceCredentials();
  const found = new Map<string, Entity>();
  let cursor: string | undefined;
  do {
    const page = await catalog.queryEntities(
      cursor
        ? { cursor, limit: PAGE }
        : { filter: { kind: 'pipeline' }, limit: PAGE },
      { credentials },
    );
    for (const entity of page.items) {
      // Entities that move between pages come twice.
      found.set(stringifyEntityRef(entity), entity);
    }
    cursor = page.pageInfo.nextCursor;
  } while (cursor);
  return [...found.values()];
}

/** What the catalog itself says is wrong with an entity that it lists. */
export function catalogErrorsOf(entity: Entity): string[] {
  const status = entity as Entity & {
    status?: { items?: { type: string; level: string; message: string }[] };
  };
  return (status.status?.items ?? [])
    .filter(item => item.level === 'error')
    .map(item => item.message);
}
