import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createBackendPlugin,
  type BackendFeature,
} from '@backstage/backend-plugin-api';
import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import {
  maestroExecutorsExtensionPoint,
  type TaskExecutor,
} from '@maestro/plugin-maestro-node';
import maestroModuleLocalExecutor from './index';

let dataDir: string;

beforeEach(() => {
  dataDir = realpathSync(mkdtempSync(join(tmpdir(), 'maestro-module-')));
});

afterEach(() => {
  rmSync(dataDir, { recursive: true });
});

/** Stands for the scheduler: takes what modules give. */
function collector(executors: TaskExecutor[]): BackendFeature {
  return createBackendPlugin({
    pluginId: 'maestro',
    register(env) {
      env.registerExtensionPoint(maestroExecutorsExtensionPoint, {
        addExecutor: executor => executors.push(executor),
      });
      env.registerInit({ deps: {}, init: async () => {} });
    },
  });
}

async function executorsFor(local: object): Promise<TaskExecutor[]> {
  const executors: TaskExecutor[] = [];
  const backend = await startTestBackend({
    features: [
      collector(executors),
      maestroModuleLocalExecutor,
      mockServices.rootConfig.factory({
        data: { maestro: { dataDir, executors: { local } } },
      }),
    ],
  });
  await backend.stop();
  return executors;
}

it('gives the scheduler an executor of the configured data directory', async () => {
  const [executor] = await executorsFor({ maxParallel: 3 });
  expect(executor).toMatchObject({
    name: 'local',
    capabilities: {
      maxParallel: 3,
      honoursImage: false,
      honoursResources: false,
      exactLogs: true,
    },
  });
  const [again] = await executorsFor({});
  expect(again.instance).toBe(executor.instance);
});

it('gives none when it is switched off', async () => {
  expect(await executorsFor({ enabled: false })).toEqual([]);
});

it('refuses a parallelism of 0', async () => {
  await expect(executorsFor({ maxParallel: 0 })).rejects.toThrow(/maxParallel/);
});

it('with several hosts needs a folder of this host alone', async () => {
  await expect(executorsFor({ several: true })).rejects.toThrow(
    'maestro.executors.local.dataDir',
  );
  const [executor] = await executorsFor({ several: true, dataDir: 'host' });
  expect(executor.capabilities).toMatchObject({
    sharedByReplicas: false,
    severalHosts: true,
  });
  expect(existsSync(join(dataDir, 'host'))).toBe(true);
});

it('is for one host unless it is said, and is the same place at each start', async () => {
  const [executor] = await executorsFor({});
  expect(executor.capabilities.severalHosts).toBe(false);
  const [again] = await executorsFor({});
  expect(again.place).toBe(executor.place);
  const [other] = await executorsFor({ dataDir: 'other' });
  expect(other.place).not.toBe(executor.place);
});
