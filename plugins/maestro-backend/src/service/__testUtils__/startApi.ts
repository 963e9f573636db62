import {
  coreServices,
  createBackendPlugin,
} from '@backstage/backend-plugin-api';
import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import type { MaestroDatabase } from '../../database/MaestroDatabase';
import { OperationAuthorizer } from '../../permissions/OperationAuthorizer';
import { VersionFactsCache } from '../../views/VersionFactsCache';
import { registerWebhooks } from '../../webhooks/registerWebhooks';
import type { WebhookService } from '../../webhooks/WebhookService';
import { createRouter } from '../createRouter';
import type { HandlerContext } from '../handlers/HandlerContext';

/** What the API and the route of webhooks work with. */
type ApiServices = Omit<HandlerContext, 'views'> & {
  webhooks: Pick<WebhookService, 'authenticate' | 'receive'>;
};

/** Services that refuse to be called, until a test says what they answer. */
export function fakeServices() {
  const unexpected = (name: string) =>
    jest.fn(async (): Promise<any> => {
      throw new Error(`Nothing was said about ${name}`);
    });
  return {
    runControl: {
      triggerRun: unexpected('triggerRun'),
      cancelRun: unexpected('cancelRun'),
      clearTasks: unexpected('clearTasks'),
      clearRange: unexpected('clearRange'),
      setPaused: unexpected('setPaused'),
      markTasks: unexpected('markTasks'),
      setRunNote: unexpected('setRunNote'),
      decideApproval: unexpected('decideApproval'),
    },
    backfillControl: {
      preview: unexpected('backfills.preview'),
      create: unexpected('backfills.create'),
      pause: unexpected('backfills.pause'),
      unpause: unexpected('backfills.unpause'),
      cancel: unexpected('backfills.cancel'),
    },
    history: {
      deleteRun: unexpected('deleteRun'),
      deleteHistory: unexpected('deleteHistory'),
    },
    stepCache: { clear: unexpected('stepCache.clear') },
    engineStatus: { status: unexpected('status') },
    pipelines: { refresh: unexpected('refresh') },
    connections: {
      list: unexpected('connections.list'),
      get: unexpected('connections.get'),
      create: unexpected('connections.create'),
      update: unexpected('connections.update'),
      delete: unexpected('connections.delete'),
      test: unexpected('connections.test'),
    },
    variables: {
      list: unexpected('variables.list'),
      get: unexpected('variables.get'),
      set: unexpected('variables.set'),
      delete: unexpected('variables.delete'),
    },
    pools: {
      list: unexpected('pools.list'),
      set: unexpected('pools.set'),
      delete: unexpected('pools.delete'),
    },
    assets: { emit: unexpected('assets.emit') },
    webhooks: {
      list: unexpected('webhooks.list'),
      rotate: unexpected('webhooks.rotate'),
      authenticate: unexpected('webhooks.authenticate'),
      receive: unexpected('webhooks.receive'),
    },
    logs: {
      read: unexpected('logs.read'),
      readPage: unexpected('logs.readPage'),
      stream: unexpected('logs.stream'),
    },
    artifacts: { open: unexpected('artifacts.open') },
  } satisfies ApiServices;
}

/** The API in a real test backend, over real HTTP, with Backstage's auth. */
export async function startApi(db: MaestroDatabase, services: ApiServices) {
  const decide = jest.fn(
    (_permission: string): AuthorizeResult => AuthorizeResult.ALLOW,
  );
  const conditions = {
    rule: 'BELONGS_TO_PIPELINE',
    resourceType: 'maestro-run',
    params: { pipelines: ['other'] },
  };
  const permissions = mockServices.permissions.mock({
    authorize: async requests =>
      requests.map(({ permission }) => ({
        result: decide(permission.name) as AuthorizeResult.ALLOW,
      })),
    authorizeConditional: async requests =>
      requests.map(({ permission }) => {
        const result = decide(permission.name);
        return result === AuthorizeResult.CONDITIONAL
          ? {
              result,
              pluginId: 'maestro',
              resourceType: 'maestro-run',
              conditions,
            }
          : { result };
      }),
  });
  const success = jest.fn(async () => {});
  const fail = jest.fn(async () => {});
  const auditor = mockServices.auditor.mock({
    createEvent: async () => ({ success, fail }),
  });
  const backend = await startTestBackend({
    features: [
      permissions.factory,
      auditor.factory,
      createBackendPlugin({
        pluginId: 'maestro',
        register(reg) {
          reg.registerInit({
            deps: {
              http: coreServices.httpRouter,
              httpAuth: coreServices.httpAuth,
              permissions: coreServices.permissions,
              permissionsRegistry: coreServices.permissionsRegistry,
              auditor: coreServices.auditor,
              userInfo: coreServices.userInfo,
            },
            init: async ({
              http,
              httpAuth,
              auditor: audit,
              userInfo,
              ...core
            }) => {
              registerWebhooks(http, { ...services, auditor: audit });
              http.use(
                await createRouter({
                  httpAuth,
                  auditor: audit,
                  userInfo,
                  authorizer: OperationAuthorizer.create({ db, ...core }),
                  ...services,
                  views: { db, versions: new VersionFactsCache(db) },
                }),
              );
            },
          });
        },
      }),
    ],
  });
  return {
    server: backend.server,
    stop: () => backend.stop(),
    decide,
    audit: { auditor, success, fail },
  };
}
