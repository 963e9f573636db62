import {
  PageBlueprint,
  SubPageBlueprint,
} from '@backstage/frontend-plugin-api';
import { RiDatabase2Line } from '@remixicon/react';
import { feastRouteRef } from './routes';

export const feastPage = PageBlueprint.make({
  params: {
    path: '/feast',
    title: 'Feast',
    icon: <RiDatabase2Line />,
    routeRef: feastRouteRef,
  },
});

export const feastFeatureViewsPage = SubPageBlueprint.make({
  name: 'feature-views',
  params: {
    path: 'feature-views',
    title: 'Feature views',
    loader: () => import('./featureViews').then(m => <m.FeatureViewsPage />),
  },
});

export const feastFeatureServicesPage = SubPageBlueprint.make({
  name: 'feature-services',
  params: {
    path: 'feature-services',
    title: 'Feature services',
    loader: () =>
      import('./featureServices').then(m => <m.FeatureServicesPage />),
  },
});

export const feastEntitiesPage = SubPageBlueprint.make({
  name: 'entities',
  params: {
    path: 'entities',
    title: 'Entities',
    loader: () => import('./entities').then(m => <m.EntitiesPage />),
  },
});

export const feastDataSourcesPage = SubPageBlueprint.make({
  name: 'data-sources',
  params: {
    path: 'data-sources',
    title: 'Data sources',
    loader: () => import('./dataSources').then(m => <m.DataSourcesPage />),
  },
});
