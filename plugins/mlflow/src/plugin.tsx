import { createFrontendPlugin } from '@backstage/frontend-plugin-api';
import { RiFlaskLine } from '@remixicon/react';
import { mlflowApi } from './apis';
import { mlflowExperimentsPage, mlflowModelsPage, mlflowPage } from './pages';
import { mlflowRouteRef } from './routes';

/**
 * MLflow's models and experiments in the portal.
 *
 * @public
 */
export const mlflowPlugin = createFrontendPlugin({
  pluginId: 'mlflow',
  title: 'MLflow',
  icon: <RiFlaskLine />,
  info: { packageJson: () => import('../package.json') },
  routes: { root: mlflowRouteRef },
  extensions: [mlflowApi, mlflowPage, mlflowModelsPage, mlflowExperimentsPage],
});
