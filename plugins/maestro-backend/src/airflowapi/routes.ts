import { AirflowApiError, notFound } from './AirflowApiError';

/** `method template` → name of the route. Earlier ones win. */
const ROUTES = [
  ['PATCH', 'task-instances/{id}/run', 'run'],
  ['PATCH', 'task-instances/{id}/state', 'state'],
  ['PUT', 'task-instances/{id}/heartbeat', 'heartbeat'],
  ['PUT', 'task-instances/{id}/rtif', 'renderedFields'],
  ['PATCH', 'task-instances/{id}/rendered-map-index', 'renderedMapIndex'],
  ['PATCH', 'task-instances/{id}/skip-downstream', 'skipDownstream'],
  [
    'GET',
    'task-instances/{id}/previous-successful-dagrun',
    'previousSuccessfulRun',
  ],
  [
    'GET',
    'task-instances/{id}/validate-inlets-and-outlets',
    'validateInletsAndOutlets',
  ],
  ['GET', 'task-instances/count', 'countTasks'],
  ['GET', 'task-instances/states', 'taskStates'],
  ['GET', 'task-instances/breadcrumbs', 'breadcrumbs'],
  ['GET', 'task-instances/previous/{dag}/{task}', 'previousTask'],
  ['GET', 'task-reschedules/{id}/start_date', 'firstStart'],
  ['GET', 'connections/{key*}', 'getConnection'],
  ['GET', 'variables/keys', 'variableKeys'],
  ['GET', 'variables/{key*}', 'getVariable'],
  ['PUT', 'variables/{key*}', 'setVariable'],
  ['DELETE', 'variables/{key*}', 'deleteVariable'],
  ['GET', 'xcoms/{dag}/{run}/{task}/{key*}/item/{offset}', 'xcomItem'],
  ['GET', 'xcoms/{dag}/{run}/{task}/{key*}/slice', 'xcomSlice'],
  ['HEAD', 'xcoms/{dag}/{run}/{task}/{key*}', 'countXComs'],
  ['GET', 'xcoms/{dag}/{run}/{task}/{key*}', 'getXCom'],
  ['POST', 'xcoms/{dag}/{run}/{task}/{key*}', 'setXCom'],
  ['DELETE', 'xcoms/{dag}/{run}/{task}/{key*}', 'deleteXCom'],
  ['GET', 'dag-runs/count', 'countRuns'],
  ['GET', 'dag-runs/previous', 'previousRun'],
  ['GET', 'dag-runs/{dag}/{run}/state', 'runState'],
  ['POST', 'dag-runs/{dag}/{run}/clear', 'clearRun'],
  ['GET', 'dag-runs/{dag}/{run}', 'getRun'],
  ['POST', 'dag-runs/{dag}/{run}', 'triggerRun'],
  ['GET', 'dags/{dag}', 'getDag'],
  ['GET', 'assets/by-name', 'getAsset'],
  ['GET', 'assets/by-uri', 'getAsset'],
  ['GET', 'assets/by-alias', 'assetsOfAlias'],
  ['POST', 'hitlDetails/{id}', 'askPeople'],
  ['GET', 'hitlDetails/{id}', 'lookAtQuestion'],
  ['GET', 'store/ti/{id}/{key*}', 'getTaskState'],
  ['PUT', 'store/ti/{id}/{key*}', 'setTaskState'],
  ['DELETE', 'store/ti/{id}/{key*}', 'deleteTaskState'],
  ['DELETE', 'store/ti/{id}', 'deleteTaskState'],
  ['GET', 'store/asset/by-name/value', 'getAssetState'],
  ['PUT', 'store/asset/by-name/value', 'setAssetState'],
  ['DELETE', 'store/asset/by-name/value', 'deleteAssetState'],
  ['DELETE', 'store/asset/by-name/clear', 'deleteAssetState'],
  ['GET', 'store/asset/by-uri/value', 'getAssetState'],
  ['PUT', 'store/asset/by-uri/value', 'setAssetState'],
  ['DELETE', 'store/asset/by-uri/value', 'deleteAssetState'],
  ['DELETE', 'store/asset/by-uri/clear', 'deleteAssetState'],
  ['GET', 'asset-events/by-asset', 'assetEvents'],
  ['GET', 'asset-events/by-asset-alias', 'assetEventsOfAlias'],
] as const;

/** Name of a route of the task execution interface. */
export type RouteName = (typeof ROUTES)[number][2];

/** What a request asks for, and the parts of its path, decoded. */
export interface Route {
  name: RouteName;
  params: Record<string, string>;
}

const compiled = ROUTES.map(([method, template, name]) => ({
  method,
  name,
  pattern: new RegExp(
    `^${template
      .replace(/\{(\w+)\*\}/g, '(?<$1>.+)')
      .replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`,
  ),
}));

/**
 * Finds the route of a path below `/execution/`.
 *
 * @throws AirflowApiError 404 for a path that is none, 405 for another method,
 * 400 for one that is not percent-encoded UTF-8
 */
export function findRoute(method: string, path: string): Route {
  let knowsPath = false;
  for (const { pattern, name, method: wanted } of compiled) {
    const match = pattern.exec(path);
    if (!match) continue;
    knowsPath = true;
    if (wanted !== method) continue;
    return { name, params: decoded(match.groups ?? {}) };
  }
  if (knowsPath) {
    throw new AirflowApiError(
      405,
      'method_not_allowed',
      `${method} is not for ${path}`,
    );
  }
  throw notFound(`Maestro has no ${method} ${path} of Airflow's interface`);
}

function decoded(groups: Record<string, string>): Record<string, string> {
  try {
    return Object.fromEntries(
      Object.entries(groups).map(([key, text]) => [
        key,
        decodeURIComponent(text),
      ]),
    );
  } catch {
    throw new AirflowApiError(
      400,
      'invalid_path',
      'The path is not percent-encoded UTF-8',
    );
  }
}
