import type { PipelineSummary } from '@maestro/plugin-maestro-common';

/** What the list is narrowed to; all of it stands in the address. */
export interface PipelineFilter {
  text: string;
  owner: string;
  tag: string;
  /** Such as `training`, or `airflow` for DAGs. */
  type: string;
  state: string;
}

/** States that the list can be narrowed to, with their words. */
export const LIST_STATES: Record<string, string> = {
  running: 'running now',
  failed: 'last run failed',
  success: 'last run succeeded',
  missed: 'SLA missed or at risk',
  approval: 'waits for a decision',
  paused: 'paused',
  problem: 'invalid now',
};

/** The newest run of a row. */
export function lastRunOf(pipeline: PipelineSummary) {
  return pipeline.lastRuns.reduce<
    PipelineSummary['lastRuns'][number] | undefined
  >(
    (newest, run) => (!newest || run.runAfter > newest.runAfter ? run : newest),
    undefined,
  );
}

function inState(pipeline: PipelineSummary, state: string): boolean {
  switch (state) {
    case '':
      return true;
    case 'running':
      return pipeline.activeRuns > 0;
    case 'missed':
      return pipeline.slaState === 'missed' || pipeline.slaState === 'at_risk';
    case 'approval':
      return Boolean(pipeline.approvals);
    case 'paused':
      return pipeline.paused;
    case 'problem':
      return pipeline.problem !== undefined;
    default:
      return lastRunOf(pipeline)?.state === state;
  }
}

/**
 * The rows that a filter leaves. Every word of the text must occur, in name,
 * title, description, owner, type or a tag, in any case.
 */
export function filterPipelines(
  pipelines: readonly PipelineSummary[],
  filter: PipelineFilter,
): PipelineSummary[] {
  const words = filter.text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return pipelines.filter(pipeline => {
    if (filter.owner && pipeline.ownerRef !== filter.owner) return false;
    if (filter.type && pipeline.type !== filter.type) return false;
    if (filter.tag && !pipeline.tags.includes(filter.tag)) return false;
    if (!inState(pipeline, filter.state)) return false;
    if (words.length === 0) return true;
    const text = [
      pipeline.name,
      pipeline.title,
      pipeline.description,
      pipeline.ownerRef,
      pipeline.type,
      ...pipeline.tags,
    ]
      .join('\n')
      .toLocaleLowerCase();
    return words.every(word => text.includes(word));
  });
}
