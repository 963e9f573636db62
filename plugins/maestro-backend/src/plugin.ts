import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  coreServices,
  createBackendPlugin,
  resolvePackagePath,
} from '@backstage/backend-plugin-api';
import { type Config, readDurationFromConfig } from '@backstage/config';
import { ConflictError, InputError } from '@backstage/errors';
import { durationToMilliseconds } from '@backstage/types';
import { catalogServiceRef } from '@backstage/plugin-catalog-node';
import { eventsServiceRef } from '@backstage/plugin-events-node';
import { signalsServiceRef } from '@backstage/plugin-signals-node';
import type { RefreshResult } from '@maestro/plugin-maestro-common';
import {
  maestroExecutorsExtensionPoint,
  maestroPipelineSourcesExtensionPoint,
  type PipelineSource,
  type PipelineSourceFinder,
  resolveDataDir,
  type TaskExecutor,
} from '@maestro/plugin-maestro-node';
import {
  createArtifactStore,
  readS3Settings,
} from './artifacts/readArtifactStore';
import { AssetCommands } from './assets/AssetCommands';
import { SecretKeyRing } from './connections/encryption';
import { rotateSecrets } from './connections/rotateSecrets';
import { HistoryCommands } from './housekeeping/HistoryCommands';
import { HouseKeeping } from './housekeeping/HouseKeeping';
import { readHouseKeepingSettings } from './housekeeping/settings';
import { StepCacheCommands } from './housekeeping/stepCache';
import { applySeeds, readSeeds } from './connections/seeds';
import { MaestroDatabase } from './database/MaestroDatabase';
import type { SchedulerRole } from './database/tables';
import type { EngineSettings } from './engine/types';
import { RealWorld } from './engine/waits/RealWorld';
import { engineStatus } from './engineStatus';
import { readOwnerLimits } from './engine/ownerLimits';
import { readPolicy } from './policy/readPolicy';
import { MaestroSystem } from './MaestroSystem';
import { OperationAuthorizer } from './permissions/OperationAuthorizer';
import type { LogCollectorSettings } from './logs/LogCollector';
import { CatalogErrors } from './pipelines/CatalogErrors';
import { PipelineRegistry } from './pipelines/PipelineRegistry';
import { readPipelineSettings } from './pipelines/settings';
import type { PipelineHooks } from './pipelines/keepPipelines';
import { SourceFinders } from './pipelines/SourceFinders';
import { SourceRegistry } from './pipelines/SourceRegistry';
import { createFirstRun } from './scheduling/firstRun';
import { armSchedules } from './scheduling/ticks';
import { createRouter } from './service/createRouter';
import { RunSignals } from './service/RunSignals';
import { readTaskApiSettings } from './taskapi/TaskApiServer';
import { isKnownAsset } from './views/listAssets';
import { VersionFactsCache } from './views/VersionFactsCache';
import { registerWebhooks } from './webhooks/registerWebhooks';
import { WebhookService } from './webhooks/WebhookService';

/**
 * The scheduler, its store and its HTTP API.
 *
 * @public
 */
export const maestroPlugin = createBackendPlugin({
  pluginId: 'maestro',
  register(env) {
    const executors = new Map<string, TaskExecutor>();
    env.registerExtensionPoint(maestroExecutorsExtensionPoint, {
      addExecutor(executor) {
        if (executors.has(executor.name)) {
          throw new ConflictError(
            `There are two executors named "${executor.name}"; install one module for it`,
          );
        }
        executors.set(executor.name, executor);
      },
    });
    const sources: PipelineSource[] = [];
    const finders: PipelineSourceFinder[] = [];
    const assertOwnPlace = (place: string) => {
      const other = [...sources, ...finders].find(
        one => one.place.startsWith(place) || place.startsWith(one.place),
      );
      if (other) {
        throw new ConflictError(
          `There are two sources of pipelines at "${place}"; give each a name of its own`,
        );
      }
    };
    env.registerExtensionPoint(maestroPipelineSourcesExtensionPoint, {
      addSource(source) {
        assertOwnPlace(source.place);
        sources.push(source);
      },
      addFinder(finder) {
        assertOwnPlace(finder.place);
        finders.push(finder);
      },
    });

    env.registerInit({
      deps: {
        auditor: coreServices.auditor,
        auth: coreServices.auth,
        catalog: catalogServiceRef,
        config: coreServices.rootConfig,
        database: coreServices.database,
        events: eventsServiceRef,
        httpAuth: coreServices.httpAuth,
        httpRouter: coreServices.httpRouter,
        lifecycle: coreServices.rootLifecycle,
        logger: coreServices.logger,
        permissions: coreServices.permissions,
        permissionsRegistry: coreServices.permissionsRegistry,
        signals: signalsServiceRef,
        urlReader: coreServices.urlReader,
        userInfo: coreServices.userInfo,
      },
      async init(deps) {
        const { config, logger } = deps;
        const db = await MaestroDatabase.open(await deps.database.getClient(), {
          migrate: !deps.database.migrations?.skip,
        });
        const dataDir = resolveDataDir(config);
        const role = readRole(config);
        const keys = SecretKeyRing.fromConfig(config);
        const rotation = await rotateSecrets(db, keys);
        rotation.failed.forEach(sentence => logger.error(sentence));
        const signals = new RunSignals({ signals: deps.signals, logger });
        const ownerSlots = readOwnerLimits(config);
        const policy = readPolicy(config);
        const system = new MaestroSystem({
          db,
          logger,
          keys,
          executors: [...executors.values()],
          defaultExecutor: config.getOptionalString(
            'maestro.engine.defaultExecutor',
          ),
          dataDir,
          artifacts: await createArtifactStore({
            dataDir,
            s3: readS3Settings(config),
          }),
          hostDir: resolve(
            dataDir,
            config.getOptionalString('maestro.executors.local.dataDir') ?? '.',
          ),
          role,
          version: await packageVersion(),
          taskApi: readTaskApiSettings(config),
          engine: readEngineSettings(config),
          outside: new RealWorld({ allow: readAllowedHosts(config) }),
          ownerSlots,
          policy,
          logMaxBytes: config.getOptionalNumber('maestro.logs.maxBytes'),
          logs: readLogSettings(config),
          publish: ({ runId, pipeline, revision }) =>
            signals.publish(runId, pipeline, revision),
        });
        await applySeeds(readSeeds(config), { db, ...system });

        const errors = new CatalogErrors({ now: Date.now });
        await errors.subscribe(deps.events);
        const firstRun = config.getOptional<boolean | string[]>(
          'maestro.firstRun',
        );
        const { ctx } = system.engine;
        const settings = readPipelineSettings(config);
        const hooks: PipelineHooks = {
          onPipelineChanged: async (tx, pipelineId, definition) => {
            await armSchedules(ctx, tx, pipelineId, definition);
            await createFirstRun(ctx, tx, {
              pipelineId,
              definition,
              wanted: firstRun ?? false,
              dataDir,
            });
          },
          onPipelineRemoved: (tx, pipelineId) =>
            armSchedules(ctx, tx, pipelineId, undefined),
        };
        const sourcePlaces = [...sources, ...finders].map(({ place }) => place);
        const registry = new PipelineRegistry({
          ...deps,
          ...hooks,
          db,
          errors,
          settings,
          sourcePlaces,
          policy,
        });
        const sourceRegistry = new SourceRegistry({
          ...hooks,
          db,
          logger,
          sources,
          removeAfterMs: settings.removeAfterMs,
          policy,
        });
        const sourceFinders = new SourceFinders({
          ...hooks,
          db,
          logger,
          finders,
          registry: sourceRegistry,
          removeAfterMs: settings.removeAfterMs,
        });
        const views = {
          db,
          versions: new VersionFactsCache(db),
          ownerSlots,
        };
        const runControl = system.engine.commands;
        const webhooks = new WebhookService({ db, keys, runControl });
        const router = () =>
          createRouter({
            httpAuth: deps.httpAuth,
            authorizer: OperationAuthorizer.create({ ...deps, db }),
            auditor: deps.auditor,
            userInfo: deps.userInfo,
            views,
            runControl,
            backfillControl: system.engine.backfills,
            webhooks,
            assets: new AssetCommands({
              db,
              isKnown: asset => isKnownAsset(views, asset),
              onEvent: () => system.engine.pokeTimers(),
            }),
            history: new HistoryCommands({ db }),
            stepCache: new StepCacheCommands({ db }),
            engineStatus: engineStatus(system.engine),
            pipelines: refreshOf(registry, {
              refresh: async () => {
                await sourceFinders.refresh();
                return sourceRegistry.refresh();
              },
            }),
            sourcePlaces,
            connections: system.connections,
            variables: system.variables,
            pools: system.pools,
            logs: system.logReader,
            artifacts: system.artifacts,
          });
        if (role !== 'scheduler') {
          registerWebhooks(deps.httpRouter, { ...deps, webhooks });
          deps.httpRouter.use(await router());
        }

        const houseKeeping = new HouseKeeping({
          db,
          logger,
          store: system.artifacts,
          versions: system.versions,
          ...readHouseKeepingSettings(config),
        });
        deps.lifecycle.addStartupHook(async () => {
          await system.start();
          // The catalog is where the portal is; the chores are the scheduler's.
          if (role !== 'scheduler') {
            registry.start();
            sourceRegistry.start();
            sourceFinders.start();
          }
          if (role !== 'portal') houseKeeping.start();
        });
        deps.lifecycle.addShutdownHook(async () => {
          await registry.stop();
          await Promise.all([sourceFinders.stop(), sourceRegistry.stop()]);
          await houseKeeping.stop();
          await system.stop();
          signals.stop();
        });
      },
    });
  },
});

/** One refresh for catalog and sources. */
function refreshOf(...registries: { refresh(): Promise<RefreshResult> }[]): {
  refresh(): Promise<RefreshResult>;
} {
  return {
    async refresh() {
      const total = { pipelines: 0, changed: 0, problems: 0 };
      for (const registry of registries) {
        const result = await registry.refresh();
        total.pipelines += result.pipelines;
        total.changed += result.changed;
        total.problems += result.problems;
      }
      return total;
    },
  };
}

/** @throws InputError for what is no role */
function readRole(config: Config): SchedulerRole {
  const role = config.getOptionalString('maestro.role') ?? 'all';
  if (role !== 'all' && role !== 'portal' && role !== 'scheduler') {
    throw new InputError(
      `maestro.role is "${role}"; expected one of: all, portal, scheduler`,
    );
  }
  return role;
}

/** Of this package, for people who look at several schedulers. */
async function packageVersion(): Promise<string> {
  const file = resolvePackagePath(
    '@maestro/plugin-maestro-backend',
    'package.json',
  );
  return (JSON.parse(await readFile(file, 'utf8')) as { version: string })
    .version;
}

/** Every host on a machine of one's own; elsewhere only those that are listed. */
function readAllowedHosts(config: Config): string[] | undefined {
  const listed = config.getOptionalStringArray('maestro.http.allow');
  const isOwnMachine = config.getOptionalBoolean('maestro.embedded') ?? false;
  return listed ?? (isOwnMachine ? undefined : []);
}

function readEngineSettings(config: Config): Partial<EngineSettings> {
  const engine = config.getOptionalConfig('maestro.engine');
  const names: (keyof EngineSettings)[] = [
    'leaseMs',
    'pollMs',
    'reconcileMs',
    'cancelGraceMs',
    'instanceTtlMs',
    'logLimitBytes',
  ];
  return Object.fromEntries(
    names
      .map(name => [name, engine?.getOptionalNumber(name)] as const)
      .filter(([, value]) => value !== undefined),
  );
}

function readLogSettings(config: Config): Partial<LogCollectorSettings> {
  const key = 'maestro.logs.writeTimeout';
  if (!config.has(key)) return {};
  const writeMs = durationToMilliseconds(
    readDurationFromConfig(config, { key }),
  );
  if (writeMs <= 0) {
    throw new InputError(`${key} must be longer than nothing, such as PT30S`);
  }
  return { writeMs };
}
