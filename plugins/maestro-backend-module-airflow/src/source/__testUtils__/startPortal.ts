import { randomBytes } from 'node:crypto';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBackendPlugin } from '@backstage/backend-plugin-api';
import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import type { JsonObject } from '@backstage/types';
import catalogPlugin from '@backstage/plugin-catalog-backend';
import {
  type CatalogService,
  catalogServiceRef,
} from '@backstage/plugin-catalog-node';
import catalogModuleMaestro from '@maestro/plugin-catalog-backend-module-maestro';
// eslint-disable-next-line @backstage/no-mixed-plugin-imports -- a test of all together
import maestroPlugin from '@maestro/plugin-maestro-backend';
import {
  createMaestroClient,
  type MaestroClient,
} from '@maestro/plugin-maestro-common';
import maestroModuleAirflow from '../../index';

/** One backend with real Airflow, real scheduler and real catalog. */
export interface TestPortal {
  catalog: CatalogService;
  client: MaestroClient;
  /** Of this portal alone. */
  temp: string;
  stop(): Promise<void>;
}

/** Folder for what a portal is to read, before it is started. */
export function portalFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'maestro-airflow-portal-')));
}

/** @param options - `airflow`, `catalog`, `policy`: of the configuration */
export async function startPortal(options: {
  temp: string;
  airflow: JsonObject;
  catalog?: JsonObject;
  policy?: JsonObject;
  more?: JsonObject;
}): Promise<TestPortal> {
  const { temp, airflow } = options;
  const secret = randomBytes(32).toString('base64');
  let catalog: CatalogService;
  const backend = await startTestBackend({
    features: [
      catalogPlugin,
      catalogModuleMaestro,
      maestroPlugin,
      maestroModuleAirflow,
      createBackendPlugin({
        pluginId: 'probe',
        register(reg) {
          reg.registerInit({
            deps: { catalog: catalogServiceRef },
            async init(deps) {
              catalog = deps.catalog;
            },
          });
        },
      }),
      mockServices.rootConfig.factory({
        data: {
          backend: {
            database: { client: 'better-sqlite3', connection: ':memory:' },
          },
          catalog: { processingInterval: { seconds: 1 }, ...options.catalog },
          maestro: {
            embedded: true,
            dataDir: join(temp, 'data'),
            ...(options.policy ? { policy: options.policy } : {}),
            encryption: { keys: [{ id: 'k1', secret }] },
            airflow: {
              pollInterval: { milliseconds: 500 },
              environments: {
                default: { python: process.env.MAESTRO_AIRFLOW_PYTHON! },
              },
              ...airflow,
            },
          },
          ...options.more,
        },
      }),
    ],
  });
  return {
    catalog: catalog!,
    temp,
    client: createMaestroClient({
      baseUrl: `http://localhost:${backend.server.port()}/api/maestro`,
      fetch: (input, init) => {
        const request = new Request(input, init);
        request.headers.set('Authorization', mockCredentials.user.header());
        return fetch(request);
      },
    }),
    async stop() {
      await backend.stop();
      rmSync(temp, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** @throws when it is not there in two minutes: the machine may be busy */
export async function eventually<T>(
  find: () => Promise<T | undefined>,
): Promise<T> {
  const end = Date.now() + 120_000;
  for (;;) {
    const found = await find();
    if (found) return found;
    if (Date.now() > end) throw new Error('it did not appear in time');
    await new Promise(done => setTimeout(done, 200));
  }
}
