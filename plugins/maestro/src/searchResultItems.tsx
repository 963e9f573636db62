import {
  SearchFilterBlueprint,
  SearchFilterResultTypeBlueprint,
  SearchResultListItemBlueprint,
} from '@backstage/plugin-search-react/alpha';
import { RiFlowChart } from '@remixicon/react';
import { PipelineTypeFilter } from './components/search/PipelineTypeFilter';

export const pipelineSearchResultListItem = SearchResultListItemBlueprint.make({
  params: {
    predicate: result => result.type === 'pipeline',
    icon: <RiFlowChart />,
    component: () =>
      import('./components/search/PipelineSearchItem').then(
        m => m.PipelineSearchItem,
      ),
  },
});

export const pipelineSearchResultType = SearchFilterResultTypeBlueprint.make({
  name: 'pipeline',
  params: { value: 'pipeline', name: 'Pipelines', icon: <RiFlowChart /> },
});

export const pipelineTypeFilter = SearchFilterBlueprint.make({
  name: 'pipeline-type',
  params: { component: PipelineTypeFilter },
});
