/** `ref` of a tick timer. */
export function tickRef(ref: {
  pipelineId: number;
  scheduleId: string;
}): string {
  return `${ref.pipelineId}/${ref.scheduleId}`;
}

/** The other way round. */
export function parseTickRef(ref: string): {
  pipelineId: number;
  scheduleId: string;
} {
  const slash = ref.indexOf('/');
  return {
    pipelineId: Number(ref.slice(0, slash)),
    scheduleId: ref.slice(slash + 1),
  };
}
