import { createFrontendPlugin } from '@backstage/frontend-plugin-api';
import { RiFlowChart } from '@remixicon/react';
import { maestroApi } from './apis';
import {
  nextRunEntityCard,
  ownerEntityCard,
  slaEntityCard,
  statusEntityCard,
} from './entityCards';
import { codeEntityContent, runsEntityContent } from './entityContents';
import { connectionsPage, maestroPage, variablesPage } from './pages';
import {
  connectionsRouteRef,
  createPipelineRouteRef,
  rootRouteRef,
  runRouteRef,
  variablesRouteRef,
} from './routes';
import {
  pipelineSearchResultListItem,
  pipelineSearchResultType,
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
    connections: connectionsRouteRef,
    variables: variablesRouteRef,
  },
  externalRoutes: { createPipeline: createPipelineRouteRef },
  extensions: [
    maestroApi,
    maestroPage,
    connectionsPage,
    variablesPage,
    statusEntityCard,
    nextRunEntityCard,
    slaEntityCard,
    ownerEntityCard,
    runsEntityContent,
    codeEntityContent,
    pipelineSearchResultListItem,
    pipelineSearchResultType,
  ],
});
