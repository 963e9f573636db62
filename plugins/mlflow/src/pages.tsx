import {
  PageBlueprint,
  SubPageBlueprint,
} from '@backstage/frontend-plugin-api';
import { RiFlaskLine } from '@remixicon/react';
import { mlflowRouteRef } from './routes';

export const mlflowPage = PageBlueprint.make({
  params: {
    path: '/mlflow',
    title: 'MLflow',
    icon: <RiFlaskLine />,
    routeRef: mlflowRouteRef,
  },
});

export const mlflowModelsPage = SubPageBlueprint.make({
  name: 'models',
  params: {
    path: 'models',
    title: 'Models',
    loader: () => import('./models').then(m => <m.ModelsPage />),
  },
});

export const mlflowExperimentsPage = SubPageBlueprint.make({
  name: 'experiments',
  params: {
    path: 'experiments',
    title: 'Experiments',
    loader: () => import('./experiments').then(m => <m.ExperimentsPage />),
  },
});
