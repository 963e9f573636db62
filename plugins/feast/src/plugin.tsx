import { createFrontendPlugin } from '@backstage/frontend-plugin-api';
import { RiDatabase2Line } from '@remixicon/react';
import { feastApi } from './apis';
import {
  feastDataSourcesPage,
  feastEntitiesPage,
  feastFeatureServicesPage,
  feastFeatureViewsPage,
  feastPage,
} from './pages';
import { feastRouteRef } from './routes';

/**
 * What the Feast registry describes, and how fresh it is, in the portal.
 *
 * @public
 */
export const feastPlugin = createFrontendPlugin({
  pluginId: 'feast',
  title: 'Feast',
  icon: <RiDatabase2Line />,
  info: { packageJson: () => import('../package.json') },
  routes: { root: feastRouteRef },
  extensions: [
    feastApi,
    feastPage,
    feastFeatureViewsPage,
    feastFeatureServicesPage,
    feastEntitiesPage,
    feastDataSourcesPage,
  ],
});
