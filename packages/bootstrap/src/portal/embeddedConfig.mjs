import path from 'node:path';

/*
 * The generated layer of configuration of `npm start`: everything that depends
 * on this machine. It is written anew at each start; what a person wants to
 * change belongs in app-config.local.yaml, which is read after it.
 */

const serviceUrl = (services, name) =>
  services.find(service => service.name === name)?.url;

/** Seeds by name, as people read them → the lists of the configuration. */
function seedLists({ connections, variables, descriptions = {} }) {
  const described = name =>
    descriptions[name] ? { description: descriptions[name] } : {};
  return {
    connections: Object.entries(connections).map(
      ([connId, { type, ...rest }]) => ({
        connId,
        connType: type,
        ...rest,
        ...described(connId),
      }),
    ),
    variables: Object.entries(variables).map(([key, value]) => ({
      key,
      value,
      ...described(key),
    })),
  };
}

/**
 * @param options.services - `{name, url}` of what runs beside the portal:
 * `mlflow`, `feast-server`, `feast-registry`; absent ones leave no trace
 * @param options.python - interpreter for tasks; undefined when there is none
 * @param options.airflow - interpreter that has Airflow, for folders of DAG files
 * that name no environment; undefined when there are none
 * @param options.seeds - of embeddedSeeds()
 * @param options.catalogFiles - absolute paths (or globs) of catalog files
 * @param options.pipelineFolders - absolute folders with one folder a pipeline
 */
export function embeddedConfig({
  port,
  dataDir,
  secrets,
  python,
  airflow,
  services,
  seeds,
  catalogFiles,
  pipelineFolders,
}) {
  const url = `http://127.0.0.1:${port}`;
  const mlflow = serviceUrl(services, 'mlflow');
  const feastServer = serviceUrl(services, 'feast-server');
  const feastRegistry = serviceUrl(services, 'feast-registry');
  return {
    app: { baseUrl: url },
    backend: {
      baseUrl: url,
      listen: { host: '127.0.0.1', port },
      cors: { origin: url },
      database: {
        client: 'better-sqlite3',
        connection: { directory: path.join(dataDir, 'db') },
      },
      auth: {
        externalAccess: [
          {
            type: 'static',
            options: { token: secrets.cli, subject: 'maestro-cli' },
          },
        ],
      },
    },
    auth: {
      // The portal listens on 127.0.0.1 only. The long name is Backstage's way
      // to ask whether a guest may enter outside of `yarn start`.
      providers: {
        guest: {
          dangerouslyAllowOutsideDevelopment: true,
          // Of pipelines/catalog-info.yaml: a member of the team that owns them.
          userEntityRef: 'user:default/guest',
        },
      },
    },
    catalog: {
      processingInterval: { seconds: 15 },
      locations: catalogFiles.map(target => ({ type: 'file', target })),
    },
    maestro: {
      embedded: true,
      dataDir,
      firstRun: true,
      catalog: { folders: pipelineFolders },
      encryption: { keys: [{ id: 'k1', secret: secrets.encryption }] },
      executors: {
        // The folder with `python` in it, which tasks find first on their PATH.
        local: python ? { python: path.dirname(python) } : {},
      },
      ...(airflow
        ? { airflow: { environments: { default: { python: airflow } } } }
        : {}),
      seeds: seedLists(seeds),
    },
    ...(mlflow ? { mlflow: { baseUrl: mlflow } } : {}),
    ...(feastServer || feastRegistry
      ? {
          feast: {
            ...(feastServer ? { serverUrl: feastServer } : {}),
            ...(feastRegistry ? { registryUrl: feastRegistry } : {}),
          },
        }
      : {}),
  };
}

/** The file's text: JSON, which is YAML too, under a line that says whose it is. */
export function renderConfig(config) {
  return `# Written by npm start at each start. Change app-config.local.yaml instead.\n${JSON.stringify(
    config,
    undefined,
    2,
  )}\n`;
}
