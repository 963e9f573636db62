/**
 * Addresses of MLflow's own pages below `uiUrl`, as MLflow 2 and 3 route
 * them.
 *
 * @public
 */
export function mlflowLinks(uiUrl: string) {
  const base = `${uiUrl.replace(/\/+$/, '')}/#`;
  return {
    model: (name: string) => `${base}/models/${encodeURIComponent(name)}`,
    modelVersion: (name: string, version: string) =>
      `${base}/models/${encodeURIComponent(name)}/versions/${encodeURIComponent(
        version,
      )}`,
    experiment: (experimentId: string) =>
      `${base}/experiments/${encodeURIComponent(experimentId)}`,
    run: (experimentId: string, runId: string) =>
      `${base}/experiments/${encodeURIComponent(
        experimentId,
      )}/runs/${encodeURIComponent(runId)}`,
  };
}
