import type { SchedulePreviewAnswer } from '@maestro/plugin-maestro-common';

/** One entry of what meets. */
export type Collision = SchedulePreviewAnswer['collisions'][number];
/** When most runs go on. */
export type Peak = SchedulePreviewAnswer['peaks'][number];

/** What somebody picked to look at: who, and when. */
export interface Pick {
  key: string;
  pipelines: readonly string[];
  at: readonly number[];
}

/** A collision as one phrase. */
export function collisionWords({
  kind,
  pool,
  wanted,
  limit,
}: Collision): string {
  switch (kind) {
    case 'same_instant':
      return `${wanted} are due together`;
    case 'max_active_runs':
      return `${wanted} runs wanted, ${limit} allowed at once`;
    case 'max_active_tasks':
      return `${wanted} tasks wanted, ${limit} allowed at once`;
    default:
      return `${wanted} tasks wanted in pool ${pool} of ${limit} slots`;
  }
}

/** To be due together is no harm by itself; the others make runs wait. */
export const makesWait = ({ kind }: Collision) => kind !== 'same_instant';

/** A collision to look at; the key stands in the address. */
export const pickOfCollision = (collision: Collision): Pick => ({
  key: [
    collision.kind,
    collision.pool ?? collision.pipelines[0],
    collision.at[0],
  ].join('.'),
  pipelines: collision.pipelines,
  at: collision.at,
});

/** A peak to look at; the key stands in the address. */
export const pickOfPeak = ({ at, pipelines }: Peak): Pick => ({
  key: `peak.${at}`,
  pipelines,
  at: [at],
});
