import type { LoggerService } from '@backstage/backend-plugin-api';
import { InputError } from '@backstage/errors';
import type {
  PipelineDefinition,
  Policy,
} from '@maestro/plugin-maestro-common';
import { num } from '../../database/conversion';
import type { MaestroDatabase } from '../../database/MaestroDatabase';
import { Engine } from '../../engine/Engine';
import type { EngineContext } from '../../engine/types';
import type { OutsideWorld } from '../../engine/waits/OutsideWorld';
import type { Random } from '../Random';
import { SIMULATION_SETTINGS } from '../settings';
import { FakeExecutor } from './FakeExecutor';
import { FakeTriggerHost, type TriggerStarts } from './FakeTriggerHost';
import type { Incarnation } from './Incarnation';
import type { Site } from './Site';
import { readDefinition } from '../../pipelines/storedDefinition';

/** A connection of this name is missing, which fails a task by configuration. */
export const MISSING_CONNECTION = 'missing';

/** What the processes of one simulation share. */
export interface EngineSurroundings {
  random: Random;
  sites: Array<{ site: Site; isShared: boolean }>;
  defaultExecutor: string;
  /** Of the one owner of all pipelines. */
  ownerSlots?: number;
  policy?: Policy;
  /** What an engine writes to its log. */
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string): void;
  /** What tasks that wait look at. */
  outside(process: Incarnation): OutsideWorld;
  newId(): string;
  triggerStarts: TriggerStarts;
  /** A way through the engine that only what surrounds it sees. */
  took(path: string): void;
  /** Lets a test change what the engine is given. */
  adjust?(ctx: EngineContext): EngineContext;
}

/** The real engine of one process, with everything around it simulated. */
export function createSimulatedEngine(
  process: Incarnation,
  db: MaestroDatabase,
  surroundings: EngineSurroundings,
): { engine: Engine; disconnect(): void } {
  const { random, sites, log, newId } = surroundings;
  const { triggerStarts, took } = surroundings;
  const executors = sites.map(
    ({ site, isShared }, i) =>
      new FakeExecutor(
        site,
        process,
        isShared,
        i === 0 ? new FakeTriggerHost(process, triggerStarts, took) : undefined,
      ),
  );
  const definitions = new Map<number, PipelineDefinition>();
  const logger = {
    error: (message: string) => process.isOpen() && log('error', message),
    warn: (message: string) => process.isOpen() && log('warn', message),
    info: (message: string) => process.isOpen() && log('info', message),
    debug: (message: string) => process.isOpen() && log('debug', message),
    child: () => logger,
  } as unknown as LoggerService;
  /** Sealing a log takes a moment, and then the executor may forget. */
  const seal = (attemptId: string) => {
    process.clock.after(random.int(1, 1500), async () => {
      for (const executor of executors) {
        try {
          await executor.forget(attemptId);
        } catch (error) {
          // As the collector does: the next listing brings it back.
          logger.warn(`Attempt ${attemptId} is forgotten later: ${error}`);
        }
      }
    });
  };
  const ctx: EngineContext = {
    db,
    logger,
    scheduler: process.owner,
    executors: new Map(executors.map(executor => [executor.name, executor])),
    defaultExecutor: surroundings.defaultExecutor,
    versions: {
      definition: async (tx, id) => {
        const known = definitions.get(id);
        if (known) return known;
        const row = await db
          .table(tx, 'pipeline_versions')
          .where({ id })
          .first();
        const definition = readDefinition(row!.definition);
        definitions.set(num(row!.id), definition);
        return definition;
      },
      sources: async id => ({ versionHash: String(id), files: [] }),
    },
    inputs: {
      resolveForTask: async (_tx, { connections }) => {
        if (connections.includes(MISSING_CONNECTION)) {
          throw new InputError(`Connection "${MISSING_CONNECTION}" is missing`);
        }
        return { env: {}, secrets: [], inputs: {} };
      },
      forExpressions: async () => ({ vars: {}, connections: {} }),
      forRequest: async (_tx, connId) => {
        throw new InputError(`Connection "${connId}" is missing`);
      },
      forS3: async () => ({
        access: {
          endpoint: 'https://s3.test',
          region: 'us-east-1',
          forcePathStyle: true,
          credentials: { accessKeyId: 'a', secretAccessKey: 's' },
        },
        secrets: [],
      }),
      sealMasks: () => '[]',
      openMasks: () => [],
      seal: (_place, text) => text,
      open: (_place, sealed) => sealed,
    },
    logs: {
      started: () => {},
      refused: () => {},
      grew: () => {},
      // The log of one whose trigger writes into it is sealed with its wait.
      ended: (attemptId, { kept } = {}) => {
        if (!kept) seal(attemptId);
      },
    },
    outside: surroundings.outside(process),
    publish: () => {},
    newId,
    newToken: () => ({ token: newId(), hash: newId() }),
    taskApiUrl: () => 'http://simulated',
    clock: process.clock,
    random: () => random.next(),
    settings: SIMULATION_SETTINGS,
    ownerSlots: () => surroundings.ownerSlots,
    policy: surroundings.policy,
  };
  return {
    engine: new Engine(surroundings.adjust?.(ctx) ?? ctx),
    disconnect: () => executors.forEach(executor => executor.disconnect()),
  };
}
