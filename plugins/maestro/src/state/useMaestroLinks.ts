import { useMemo } from 'react';
import { useRouteRef } from '@backstage/frontend-plugin-api';
import { useEntityRefLink } from '@backstage/plugin-catalog-react';
import {
  assetsRouteRef,
  connectionsRouteRef,
  createPipelineRouteRef,
  poolsRouteRef,
  rootRouteRef,
  runRouteRef,
  scheduleRouteRef,
  variablesRouteRef,
} from '../routes';

/** What of a run page an address can name. */
export interface RunAddress {
  /** Tab of the left side. */
  tab?: string;
  task?: string;
  mapIndex?: number;
  /** Attempt by its `seq`; the latest when absent. */
  attempt?: number;
  /** Tab of the task panel. */
  panel?: string;
}

/** The search part of a run's address. */
export function runSearch(address: RunAddress): string {
  const search = new URLSearchParams();
  if (address.tab) search.set('tab', address.tab);
  if (address.task) search.set('task', address.task);
  if (address.mapIndex !== undefined && address.mapIndex >= 0) {
    search.set('map', String(address.mapIndex));
  }
  if (address.attempt) search.set('attempt', String(address.attempt));
  if (address.panel) search.set('panel', address.panel);
  const text = search.toString();
  return text ? `?${text}` : '';
}

/**
 * Addresses of what the pages link to. A page that is not installed has none
 * and gives an empty string, which leads to where one is.
 */
export function useMaestroLinks() {
  const root = useRouteRef(rootRouteRef);
  const run = useRouteRef(runRouteRef);
  const schedule = useRouteRef(scheduleRouteRef);
  const connections = useRouteRef(connectionsRouteRef);
  const variables = useRouteRef(variablesRouteRef);
  const pools = useRouteRef(poolsRouteRef);
  const assets = useRouteRef(assetsRouteRef);
  const create = useRouteRef(createPipelineRouteRef);
  const entity = useEntityRefLink();
  return useMemo(
    () => ({
      pipelines: () => root?.() ?? '',
      schedule: () => schedule?.() ?? '',
      connections: () => connections?.() ?? '',
      variables: () => variables?.() ?? '',
      pools: () => pools?.() ?? '',
      /** The page of assets, with one of them open. */
      asset: (name: string) =>
        assets ? `${assets()}?asset=${encodeURIComponent(name)}` : '',
      /** Undefined where the portal has no page of templates. */
      create: create ? create() : undefined,
      run: (runId: string, address: RunAddress = {}) =>
        run ? `${run({ runId })}${runSearch(address)}` : '',
      /** The catalog page of a pipeline, or one of its tabs. */
      pipeline: (entityRef: string, tab?: 'runs' | 'code') => {
        const base = entity(entityRef);
        return tab ? `${base}/${tab}` : base;
      },
      /** The code of a pipeline; a place in it, where that is known. */
      code: (
        entityRef: string,
        place: { version?: number; file?: string; line?: number } = {},
      ) => {
        const search = new URLSearchParams();
        for (const [name, value] of Object.entries(place)) {
          if (value !== undefined) search.set(name, String(value));
        }
        return `${entity(entityRef)}/code?${search}`;
      },
    }),
    [
      root,
      run,
      schedule,
      connections,
      variables,
      pools,
      assets,
      create,
      entity,
    ],
  );
}
