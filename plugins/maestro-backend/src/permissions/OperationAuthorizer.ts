import type {
  BackstageCredentials,
  PermissionsRegistryService,
  PermissionsService,
} from '@backstage/backend-plugin-api';
import { NotAllowedError, NotFoundError } from '@backstage/errors';
import {
  AuthorizeResult,
  isResourcePermission,
  type Permission,
  type PermissionCriteria,
} from '@backstage/plugin-permission-common';
import {
  createConditionTransformer,
  type ConditionTransformer,
} from '@backstage/plugin-permission-node';
import {
  maestroPermissions,
  OPERATION_PERMISSIONS,
  RESOURCE_TYPE_MAESTRO_RUN,
  type OperationId,
} from '@maestro/plugin-maestro-common';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import { belongsToPipeline } from './rules/belongsToPipeline';
import {
  runResourceRef,
  type RunFilter,
  type RunResource,
} from './runResource';

/** What was asked for, as far as a decision may depend on it. */
export interface OperationTarget {
  runId?: string;
  attemptId?: string;
}

/**
 * Decides whether somebody may do an operation of the API. Only an outright
 * allowance counts; a decision that depends on the run is asked for with the
 * run, or, for a list, comes back as a filter.
 */
export class OperationAuthorizer {
  private constructor(
    private readonly options: {
      db: MaestroDatabase;
      permissions: PermissionsService;
    },
    private readonly toFilter: ConditionTransformer<RunFilter>,
  ) {}

  /** Registers permissions and rules, so that policies can use them. */
  static create(options: {
    db: MaestroDatabase;
    permissions: PermissionsService;
    permissionsRegistry: PermissionsRegistryService;
  }): OperationAuthorizer {
    const { db, permissionsRegistry } = options;
    const ofRuns = (permission: Permission) =>
      isResourcePermission(permission, RESOURCE_TYPE_MAESTRO_RUN);
    permissionsRegistry.addPermissions(
      maestroPermissions.filter(permission => !ofRuns(permission)),
    );
    permissionsRegistry.addResourceType({
      resourceRef: runResourceRef,
      permissions: maestroPermissions.filter(ofRuns),
      rules: [belongsToPipeline],
      getResources: runIds => readResources(db, runIds),
    });
    return new OperationAuthorizer(
      options,
      createConditionTransformer(
        permissionsRegistry.getPermissionRuleset(runResourceRef),
      ),
    );
  }

  /**
   * @returns what a list must be narrowed to, undefined for all
   * @throws NotAllowedError
   */
  async authorize(
    operation: OperationId,
    target: OperationTarget,
    credentials: BackstageCredentials,
  ): Promise<PermissionCriteria<RunFilter> | undefined> {
    const { permissions } = this.options;
    const permission = OPERATION_PERMISSIONS[operation];
    if (!isResourcePermission(permission)) {
      const [decision] = await permissions.authorize([{ permission }], {
        credentials,
      });
      return this.demand(permission, decision.result);
    }
    const runId = await this.runOf(target);
    if (runId !== undefined) {
      const [decision] = await permissions.authorize(
        [{ permission, resourceRef: runId }],
        { credentials },
      );
      return this.demand(permission, decision.result);
    }
    const [decision] = await permissions.authorizeConditional(
      [{ permission }],
      { credentials },
    );
    return decision.result === AuthorizeResult.CONDITIONAL
      ? this.toFilter(decision.conditions)
      : this.demand(permission, decision.result);
  }

  private demand(permission: Permission, result: AuthorizeResult): undefined {
    if (result !== AuthorizeResult.ALLOW) {
      throw new NotAllowedError(
        `You lack the permission "${permission.name}"; ask those who run this portal for it`,
      );
    }
  }

  private async runOf(target: OperationTarget): Promise<string | undefined> {
    const { attemptId } = target;
    if (attemptId === undefined) return target.runId;
    const { knex } = this.options.db;
    const row: { run_id: string } | undefined = await knex('attempts')
      .join('runs', 'runs.id', 'attempts.run_id')
      .where('attempts.attempt_id', attemptId)
      .first('runs.run_id as run_id');
    if (!row) {
      throw new NotFoundError(
        `There is no attempt "${attemptId}"; the page of its run lists those there are`,
      );
    }
    return row.run_id;
  }
}

/** Runs by id, in the order asked for; undefined for one that does not exist. */
async function readResources(
  db: MaestroDatabase,
  runIds: string[],
): Promise<(RunResource | undefined)[]> {
  const rows: { run_id: string; name: string }[] = await db
    .knex('runs')
    .join('pipelines', 'pipelines.id', 'runs.pipeline_id')
    .whereIn('runs.run_id', runIds)
    .select('runs.run_id', 'pipelines.name');
  const found = new Map(
    rows.map(row => [row.run_id, { runId: row.run_id, pipeline: row.name }]),
  );
  return runIds.map(runId => found.get(runId));
}
