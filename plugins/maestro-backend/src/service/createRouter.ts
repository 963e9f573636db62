import type {
  AuditorService,
  BackstageCredentials,
  HttpAuthService,
  UserInfoService,
} from '@backstage/backend-plugin-api';
import {
  createValidatedOpenApiRouterFromGeneratedEndpointMap,
  type internal,
} from '@backstage/backend-openapi-utils';
import { apiSpec, type OperationId } from '@maestro/plugin-maestro-common';
import express, { type Request, type Response, type Router } from 'express';
import createPromiseRouter from 'express-promise-router';
import type { OperationAuthorizer } from '../permissions/OperationAuthorizer';
import { AUDITED_OPERATIONS } from './auditedOperations';
import { assetHandlers } from './handlers/assets';
import { connectionHandlers } from './handlers/connections';
import type { HandlerContext } from './handlers/HandlerContext';
import { backfillHandlers } from './handlers/backfills';
import { logHandlers } from './handlers/logs';
import { pipelineHandlers } from './handlers/pipelines';
import { poolHandlers } from './handlers/pools';
import { reportHandlers } from './handlers/reports';
import { runHandlers } from './handlers/runs';
import { statusHandlers } from './handlers/status';
import { variableHandlers } from './handlers/variables';
import type { OperationHandlers, OperationRequest } from './operation';
import {
  bodyErrors,
  MAX_BODY_BYTES,
  problemErrors,
  refuseNames,
  refuseNul,
} from './requestErrors';
import { withAudit } from './withAudit';

/** What the router needs; it builds no services. */
export interface RouterOptions extends HandlerContext {
  httpAuth: HttpAuthService;
  authorizer: OperationAuthorizer;
  auditor: AuditorService;
  userInfo: UserInfoService;
}

/**
 * The HTTP API as `openapi.yaml` describes it. Each request passes, in this
 * order: size and form of the body, the document, credentials, the audit log
 * (writes), the permission of its operation, the handler. Everything but the
 * handler is done here, once, so that no route can leave it out.
 */
export async function createRouter(options: RouterOptions): Promise<Router> {
  const handlers: OperationHandlers = {
    ...pipelineHandlers(options),
    ...backfillHandlers(options),
    ...runHandlers(options),
    ...logHandlers(options),
    ...reportHandlers(options),
    ...connectionHandlers(options),
    ...variableHandlers(options),
    ...poolHandlers(options),
    ...statusHandlers(options),
    ...assetHandlers(options),
  };
  // The types of `createValidatedOpenApiRouter` would be inferred anew from the
  // whole document for each route; `OperationHandlers` has them generated.
  // The validator resolves references in place, so it gets its own copy.
  const validated: Router =
    createValidatedOpenApiRouterFromGeneratedEndpointMap(
      structuredClone(apiSpec) as unknown as internal.RequiredDoc,
    );
  for (const operation of operations()) {
    validated[operation.method](
      operation.path.replace(/\{(\w+)\}/g, ':$1'),
      (req, res, next) => {
        handle(options, handlers, operation, req, res).catch(next);
      },
    );
  }
  const router = createPromiseRouter();
  // Before the validated router, whose error handler makes every error a 400.
  router.use(express.json({ limit: MAX_BODY_BYTES }));
  router.use(bodyErrors);
  router.use(refuseNul);
  router.use(refuseNames);
  router.use(validated);
  router.use(problemErrors);
  return router;
}

interface Operation {
  id: OperationId;
  method: 'get' | 'post' | 'put' | 'delete';
  /** As in the document, with `{name}`. */
  path: string;
}

/** All operations of the document. */
export function operations(): Operation[] {
  return Object.entries(apiSpec.paths).flatMap(([path, item]) =>
    (['get', 'post', 'put', 'delete'] as const).flatMap(method => {
      const operation = (
        item as Record<string, { operationId: OperationId } | undefined>
      )[method];
      return operation ? [{ id: operation.operationId, method, path }] : [];
    }),
  );
}

async function handle(
  options: RouterOptions,
  handlers: OperationHandlers,
  { id }: Operation,
  req: Request,
  res: Response,
): Promise<void> {
  const { httpAuth, authorizer, auditor } = options;
  const credentials = await httpAuth.credentials(req, {
    allow: ['user', 'service'],
  });
  const path = pathParameters(req);
  const perform = async () => {
    const runFilter = await authorizer.authorize(id, req.params, credentials);
    const handler = handlers[id] as unknown as (
      request: OperationRequest<OperationId>,
    ) => ReturnType<OperationHandlers[OperationId]>;
    return handler({
      path: path as OperationRequest<OperationId>['path'],
      query: req.query as OperationRequest<OperationId>['query'],
      body: req.body,
      runFilter,
      ...actorOf(credentials),
      ownership: () => ownershipOf(options.userInfo, credentials),
    });
  };
  const audited = AUDITED_OPERATIONS[id];
  const answer = audited
    ? await withAudit(
        auditor,
        {
          eventId: audited.eventId,
          severityLevel: audited.severityLevel,
          request: req,
          meta: { queryType: audited.queryType, ...path },
        },
        perform,
      )
    : await perform();

  if ('write' in answer) {
    await answer.write(res);
  } else if (answer.status === 204) {
    res.status(204).end();
  } else {
    // Pages poll: with the ETag of Express an answer that did not change is a
    // 304, but a browser must ask each time, and nobody in between may keep it.
    res.set('Cache-Control', 'private, no-cache');
    res.status(answer.status).json(answer.body);
  }
}

/** Parameters of the path, numbers as such. */
function pathParameters(req: Request): Record<string, string | number> {
  const { version, ...names } = req.params;
  return version === undefined ? names : { ...names, version: Number(version) };
}

async function ownershipOf(
  userInfo: UserInfoService,
  credentials: BackstageCredentials,
): Promise<readonly string[]> {
  const { type } = credentials.principal as { type: string };
  if (type !== 'user') return [];
  return (await userInfo.getUserInfo(credentials)).ownershipEntityRefs;
}

function actorOf(credentials: BackstageCredentials): {
  actor: string;
  isUser: boolean;
} {
  const principal = credentials.principal as
    | { type: 'user'; userEntityRef: string }
    | { type: 'service'; subject: string };
  return principal.type === 'user'
    ? { actor: principal.userEntityRef, isUser: true }
    : { actor: `service:${principal.subject}`, isUser: false };
}
