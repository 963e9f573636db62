import { renderInTestApp } from '@backstage/frontend-test-utils';
import { toastApiRef, type ApiRef } from '@backstage/frontend-plugin-api';
import { entityRouteRef } from '@backstage/plugin-catalog-react';
import { Route, Routes, useLocation } from 'react-router-dom';
import type { EngineStatus } from '@maestro/plugin-maestro-common';
import { maestroApiRef, type MaestroApi } from '../api/maestroApi';
import {
  assetsRouteRef,
  connectionsRouteRef,
  poolsRouteRef,
  rootRouteRef,
  scheduleRouteRef,
  variablesRouteRef,
} from '../routes';
import { NOW } from './fixtures';

const WELL: EngineStatus = {
  now: NOW,
  ok: true,
  executors: [],
  runs: { queued: 0, running: 0 },
  tasks: { scheduled: 0, queued: 0, running: 0 },
};

/** An API of which a test gives the operations that it is about. */
export function apiOf(operations: Partial<MaestroApi>) {
  return {
    getStatus: jest.fn(async () => WELL),
    listProblems: jest.fn(async () => ({ items: [] })),
    whyNotRunning: jest.fn(async () => ({ chain: [] })),
    listBackfills: jest.fn(async () => ({ items: [] })),
    listTaskState: jest.fn(async () => ({ items: [] })),
    listAssetState: jest.fn(async () => ({ items: [] })),
    ...operations,
  } as unknown as jest.Mocked<MaestroApi>;
}

let address = '';

/** Path and search part of where the page is now. */
export const currentAddress = () => address;

function Address() {
  const { pathname, search } = useLocation();
  address = pathname + search;
  return null;
}

/**
 * Renders a page as the portal does.
 *
 * @param path - pattern of the page's route
 * @param at - address to open; default the pattern
 */
export function renderPage(
  page: JSX.Element,
  options: {
    api: jest.Mocked<MaestroApi>;
    path?: string;
    at?: string;
    /** Further APIs, such as that of permissions. */
    apis?: Array<readonly [ApiRef<any>, unknown]>;
  },
) {
  const { api, path = '/', at = path, apis = [] } = options;
  const toasts = { post: jest.fn(() => ({ close() {} })) };
  renderInTestApp(
    <>
      <Address />
      <Routes>
        <Route path={path} element={page} />
        <Route path="*" element={<div>another page</div>} />
      </Routes>
    </>,
    {
      initialRouteEntries: [at],
      mountedRoutes: {
        '/maestro': rootRouteRef,
        '/maestro/schedule': scheduleRouteRef,
        '/maestro/connections': connectionsRouteRef,
        '/maestro/variables': variablesRouteRef,
        '/maestro/assets': assetsRouteRef,
        '/maestro/pools': poolsRouteRef,
        '/catalog/:namespace/:kind/:name': entityRouteRef as any,
      },
      apis: [
        [maestroApiRef, api],
        [toastApiRef, { ...toasts, toast$: undefined as any }],
        ...apis,
      ],
    } as any,
  );
  return { toasts };
}
