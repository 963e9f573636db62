import { SearchFilter, useSearch } from '@backstage/plugin-search-react';
import { useApi } from '@backstage/core-plugin-api';
import { maestroApiRef } from '../../api/maestroApi';

/**
 * Narrows a search to pipelines of one type, such as `airflow`. It is there
 * while pipelines are looked for.
 */
export function PipelineTypeFilter(props: { className?: string }) {
  const { types } = useSearch();
  const api = useApi(maestroApiRef);
  if (!types.includes('pipeline')) return <></>;
  return (
    <SearchFilter.Select
      className={props.className}
      label="Type of pipeline"
      name="pipelineType"
      values={async () => {
        const { items } = await api.listPipelines();
        return [...new Set(items.map(({ type }) => type))].sort();
      }}
    />
  );
}
