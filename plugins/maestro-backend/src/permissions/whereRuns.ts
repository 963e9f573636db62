import {
  isAndCriteria,
  isNotCriteria,
  isOrCriteria,
} from '@backstage/plugin-permission-node';
import type { PermissionCriteria } from '@backstage/plugin-permission-common';
import type { Knex } from 'knex';
import type { RunFilter } from './runResource';

/**
 * Narrows a query over `runs` joined with `pipelines` to what somebody may
 * see, so that pages and cursors are right without reading what is hidden.
 */
export function whereRuns(
  query: Knex.QueryBuilder,
  criteria: PermissionCriteria<RunFilter>,
): void {
  if (isAndCriteria(criteria)) {
    criteria.allOf.forEach(each => query.where(q => whereRuns(q, each)));
  } else if (isOrCriteria(criteria)) {
    query.where(q =>
      criteria.anyOf.forEach(each => q.orWhere(one => whereRuns(one, each))),
    );
  } else if (isNotCriteria(criteria)) {
    query.whereNot(q => whereRuns(q, criteria.not));
  } else {
    query.whereIn('pipelines.name', criteria.pipelines);
  }
}
