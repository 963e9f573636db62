import { type Config, readDurationFromConfig } from '@backstage/config';
import { durationToMilliseconds } from '@backstage/types';
import type {
  KeepLimits,
  RetentionDefinition,
} from '@maestro/plugin-maestro-common';

/** What house-keeping is told. */
export interface HouseKeepingSettings {
  /** For pipelines that say nothing themselves. */
  retention: RetentionDefinition;
  /** Five fields; undefined for the default. */
  cron?: string;
}

/** Reads `maestro.retention` and `maestro.housekeeping`. */
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
    retention: {
      runs: part('runs'),
      logs: part('logs'),
      artifacts: part('artifacts'),
    },
    cron: config.getOptionalString('maestro.housekeeping.cron'),
  };
}
