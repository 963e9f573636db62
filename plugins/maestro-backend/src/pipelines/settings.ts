import { type Config, readDurationFromConfig } from '@backstage/config';
import { durationToMilliseconds } from '@backstage/types';
import type { PipelineRegistrySettings } from './PipelineRegistry';

/** Reads `maestro.pipelines`. */
export function readPipelineSettings(config: Config): PipelineRegistrySettings {
  const ms = (key: string, fallback: number) =>
    config.has(key)
      ? durationToMilliseconds(readDurationFromConfig(config, { key }))
      : fallback;
  const embedded = config.getOptionalBoolean('maestro.embedded') ?? false;
  return {
    refreshMs: ms(
      'maestro.pipelines.refreshInterval',
      embedded ? 5_000 : 30_000,
    ),
    removeAfterMs: ms('maestro.pipelines.removeAfter', 15 * 60_000),
  };
}
