import { createFrontendPlugin } from '@backstage/frontend-plugin-api';
import { RiFlowChart } from '@remixicon/react';
import { maestroApi } from './apis';
import {
  dagEntityCard,
  nextRunEntityCard,
  ownerEntityCard,
  slaEntityCard,
  statusEntityCard,
  webhooksEntityCard,
} from './entityCards';
import { codeEntityContent, runsEntityContent } from './entityContents';
import {
  assetsPage,
  connectionsPage,
  maestroPage,
  poolsPage,
  schedulePage,
  variablesPage,
} from './pages';
import {
  assetsRouteRef,
  connectionsRouteRef,
  createPipelineRouteRef,
  poolsRouteRef,
  rootRouteRef,
  runRouteRef,
  scheduleRouteRef,
  variablesRouteRef,
} from './routes';
import {
  pipelineSearchResultListItem,
  pipelineSearchResultType,
  pipelineTypeFilter,
} from './searchResultItems';

/**
 * Pages, entity tabs and cards of Maestro.
 *
 * @public
 */
export const maestroPlugin = createFrontendPlugin({
  pluginId: 'maestro',
  title: 'Pipelines',
  icon: <RiFlowChart />,
  info: { packageJson: () => import('../package.json') },
  routes: {
    root: rootRouteRef,
    run: runRouteRef,
    schedule: scheduleRouteRef,
    assets: assetsRouteRef,
    connections: connectionsRouteRef,
    variables: variablesRouteRef,
    pools: poolsRouteRef,
  },
  externalRoutes: { createPipeline: createPipelineRouteRef },
  extensions: [
    maestroApi,
    maestroPage,
    schedulePage,
    assetsPage,
    connectionsPage,
    variablesPage,
    poolsPage,
    statusEntityCard,
    nextRunEntityCard,
    slaEntityCard,
    ownerEntityCard,
    dagEntityCard,
    webhooksEntityCard,
    runsEntityContent,
    codeEntityContent,
    pipelineSearchResultListItem,
    pipelineSearchResultType,
    pipelineTypeFilter,
  ],
});
