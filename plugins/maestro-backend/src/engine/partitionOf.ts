import { InputError } from '@backstage/errors';
import {
  askedPartition,
  type Partition,
  type PipelineDefinition,
} from '@maestro/plugin-maestro-common';
import type { RunRow } from '../database/tables';

/** A key that the pipeline has no partition for. */
export class PartitionKeyError extends InputError {
  /** @param reason - `not_partitioned`: its runs take no key at all */
  constructor(
    message: string,
    readonly reason: 'not_partitioned' | 'invalid_key',
  ) {
    super(message);
  }
}

/**
 * The partition that a run is asked for with.
 *
 * @throws PartitionKeyError
 */
export function partitionOf(
  definition: PipelineDefinition,
  key: string,
): Partition {
  const asked = askedPartition(definition, key);
  if ('partition' in asked) return asked.partition;
  throw new PartitionKeyError(asked.problem, asked.reason);
}

/**
 * Whether tasks of the run are told no logical date, as with Airflow: what made
 * it said which partition it is about, and nothing else.
 */
export function hasNoLogicalDate({
  partition_key: key,
  trigger,
}: Pick<RunRow, 'partition_key' | 'trigger'>): boolean {
  return key !== null && trigger !== 'manual' && trigger !== 'api';
}
