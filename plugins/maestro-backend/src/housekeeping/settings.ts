import { type Config, readDurationFromConfig } from '@backstage/config';
import { InputError } from '@backstage/errors';
import { durationToMilliseconds } from '@backstage/types';
import type {
  KeepLimits,
  RetentionDefinition,
} from '@maestro/plugin-maestro-common';
import { DEFAULT_MAX_STEPS } from './stepCache';

/** What house-keeping is told. */
export interface HouseKeepingSettings {
  /** For pipelines that say nothing themselves. */
  defaults: RetentionDefinition;
  /** Five fields; undefined for the default. */
  cron?: string;
  /** Results that the step cache keeps for one pipeline. */
  maxSteps: number;
  /** Age at which asset events go, milliseconds; undefined keeps them. */
  maxAssetEventAgeMs?: number;
}

/** Less would forget an event while its attempt could still repeat it. */
const LEAST_ASSET_EVENT_AGE_MS = 3_600_000;

function readAssetEventAge(config: Config): number | undefined {
  const name = 'maestro.retention.assetEvents.maxAge';
  if (!config.has(name)) return undefined;
  const ms = durationToMilliseconds(
    readDurationFromConfig(config, { key: name }),
  );
  if (ms < LEAST_ASSET_EVENT_AGE_MS) {
    throw new InputError(`${name} is ${ms} ms; expected at least one hour`);
  }
  return ms;
}

function readMaxSteps(config: Config): number {
  const name = 'maestro.stepCache.maxEntries';
  const value = config.getOptionalNumber(name) ?? DEFAULT_MAX_STEPS;
  if (!Number.isInteger(value) || value < 0) {
    throw new InputError(
      `${name} is ${value}; expected a whole number of at least 0`,
    );
  }
  return value;
}

/** Reads `maestro.retention`, `maestro.stepCache` and `maestro.housekeeping`. */
export function readHouseKeepingSettings(config: Config): HouseKeepingSettings {
  const part = (name: string): KeepLimits | undefined => {
    const limits = config.getOptionalConfig(`maestro.retention.${name}`);
    return (
      limits && {
        maxAgeMs: limits.has('maxAge')
          ? durationToMilliseconds(
              readDurationFromConfig(limits, { key: 'maxAge' }),
            )
          : undefined,
        maxCount: limits.getOptionalNumber('maxCount'),
      }
    );
  };
  return {
    defaults: {
      runs: part('runs'),
      logs: part('logs'),
      artifacts: part('artifacts'),
    },
    cron: config.getOptionalString('maestro.housekeeping.cron'),
    maxSteps: readMaxSteps(config),
    maxAssetEventAgeMs: readAssetEventAge(config),
  };
}
