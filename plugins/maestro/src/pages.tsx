import { PageBlueprint } from '@backstage/frontend-plugin-api';
import {
  RiBox3Line,
  RiBracesLine,
  RiCalendarScheduleLine,
  RiFlowChart,
  RiPlugLine,
  RiStackLine,
} from '@remixicon/react';
import {
  assetsRouteRef,
  connectionsRouteRef,
  poolsRouteRef,
  rootRouteRef,
  scheduleRouteRef,
  variablesRouteRef,
} from './routes';

export const maestroPage = PageBlueprint.make({
  params: {
    path: '/maestro',
    title: 'Pipelines',
    icon: <RiFlowChart />,
    routeRef: rootRouteRef,
    loader: () =>
      import('./components/MaestroRouter').then(m => <m.MaestroRouter />),
  },
});

export const schedulePage = PageBlueprint.make({
  name: 'schedule',
  params: {
    path: '/maestro/schedule',
    title: 'Schedule',
    icon: <RiCalendarScheduleLine />,
    routeRef: scheduleRouteRef,
    loader: () =>
      import('./components/schedule/SchedulePage').then(m => (
        <m.SchedulePage />
      )),
  },
});

export const assetsPage = PageBlueprint.make({
  name: 'assets',
  params: {
    path: '/maestro/assets',
    title: 'Assets',
    icon: <RiBox3Line />,
    routeRef: assetsRouteRef,
    loader: () =>
      import('./components/assets/AssetsPage').then(m => <m.AssetsPage />),
  },
});

export const connectionsPage = PageBlueprint.make({
  name: 'connections',
  params: {
    path: '/maestro/connections',
    title: 'Connections',
    icon: <RiPlugLine />,
    routeRef: connectionsRouteRef,
    loader: () =>
      import('./components/connections/ConnectionsPage').then(m => (
        <m.ConnectionsPage />
      )),
  },
});

export const variablesPage = PageBlueprint.make({
  name: 'variables',
  params: {
    path: '/maestro/variables',
    title: 'Variables',
    icon: <RiBracesLine />,
    routeRef: variablesRouteRef,
    loader: () =>
      import('./components/variables/VariablesPage').then(m => (
        <m.VariablesPage />
      )),
  },
});

export const poolsPage = PageBlueprint.make({
  name: 'pools',
  params: {
    path: '/maestro/pools',
    title: 'Pools',
    icon: <RiStackLine />,
    routeRef: poolsRouteRef,
    loader: () =>
      import('./components/pools/PoolsPage').then(m => <m.PoolsPage />),
  },
});
