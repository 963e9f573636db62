import {
  MlflowExperiment,
  MlflowModel,
  MlflowModelVersion,
  MlflowRun,
  WireExperiment,
  WireModelVersion,
  WireRegisteredModel,
  WireRun,
} from '@maestro/plugin-mlflow-common';

/*
 * From what MLflow sends to what the portal shows: pure functions.
 */

type KeyValues = { key: string; value: string }[] | undefined;

// MLflow's own bookkeeping is no news to people.
function tagsOf(tags: KeyValues): Record<string, string> {
  return Object.fromEntries(
    (tags ?? [])
      .filter(tag => !tag.key.startsWith('mlflow.'))
      .map(tag => [tag.key, tag.value]),
  );
}

/** The address of a model's files without the user and password in it. */
function withoutCredentials(source: string | undefined): string | undefined {
  return (
    source?.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1') || undefined
  );
}

export function runView(run: WireRun): MlflowRun {
  const { info, data } = run;
  return {
    id: info.run_id,
    experimentId: info.experiment_id,
    name: info.run_name || undefined,
    user: info.user_id || undefined,
    status: info.status ?? 'UNKNOWN',
    startedAt: info.start_time,
    endedAt: info.end_time,
    deleted: info.lifecycle_stage === 'deleted',
    metrics: Object.fromEntries(
      (data?.metrics ?? []).map(metric => [metric.key, metric.value]),
    ),
    params: Object.fromEntries(
      (data?.params ?? []).map(param => [param.key, param.value]),
    ),
  };
}

export function versionView(
  version: WireModelVersion,
  context: {
    aliases: { alias: string; version: string }[] | undefined;
    runs: ReadonlyMap<string, WireRun>;
  },
): MlflowModelVersion {
  const run = version.run_id ? context.runs.get(version.run_id) : undefined;
  return {
    version: version.version,
    status: version.status ?? 'UNKNOWN',
    statusMessage: version.status_message || undefined,
    description: version.description || undefined,
    createdAt: version.creation_timestamp,
    updatedAt: version.last_updated_timestamp,
    aliases: (context.aliases ?? [])
      .filter(alias => alias.version === version.version)
      .map(alias => alias.alias),
    tags: tagsOf(version.tags),
    source: withoutCredentials(version.source),
    runId: version.run_id || undefined,
    run: run && runView(run),
  };
}

/**
 * The newest of the versions MLflow names: it sends the latest one of each of
 * its (deprecated) stages, in no order.
 */
export function latestVersionOf(
  model: WireRegisteredModel,
): WireModelVersion | undefined {
  return (model.latest_versions ?? []).reduce<WireModelVersion | undefined>(
    (latest, version) =>
      latest && Number(latest.version) >= Number(version.version)
        ? latest
        : version,
    undefined,
  );
}

export function modelView(
  model: WireRegisteredModel,
  runs: ReadonlyMap<string, WireRun>,
): MlflowModel {
  const latest = latestVersionOf(model);
  return {
    name: model.name,
    description: model.description || undefined,
    tags: tagsOf(model.tags),
    aliases: model.aliases ?? [],
    createdAt: model.creation_timestamp,
    updatedAt: model.last_updated_timestamp,
    latestVersion:
      latest && versionView(latest, { aliases: model.aliases, runs }),
  };
}

export function experimentView(
  experiment: WireExperiment,
): Omit<MlflowExperiment, 'latestRuns'> {
  return {
    id: experiment.experiment_id,
    name: experiment.name,
    createdAt: experiment.creation_time,
    updatedAt: experiment.last_update_time,
  };
}
