import { useApi } from '@backstage/frontend-plugin-api';
import { FeastDataSource } from '@maestro/plugin-feast-common';
import {
  FactTable,
  Invitation,
  ListColumn,
  SidePanel,
} from '@maestro/plugin-peer-react';
import Typography from '@material-ui/core/Typography';
import { feastApiRef } from '../apis';
import { FieldTable } from '../widgets/FieldTable';
import { ObjectList } from '../widgets/ObjectList';

function typeWords(source: FeastDataSource): string {
  return source.type.replace(/_/g, ' ').toLowerCase();
}

const columns: ListColumn<FeastDataSource>[] = [
  { title: 'Type', render: typeWords },
  {
    title: 'Where',
    render: source => (
      <span style={{ overflowWrap: 'anywhere' }}>{source.location ?? '—'}</span>
    ),
  },
  { title: 'Time column', render: source => source.timestampField ?? '—' },
  { title: 'Owner', render: source => source.owner ?? '—' },
];

/** All data sources. */
export function DataSourcesPage() {
  const api = useApi(feastApiRef);
  return (
    <ObjectList
      kind="data sources"
      nameTitle="Data source"
      columns={columns}
      read={() => api.listDataSources()}
      words={source => [typeWords(source), source.location ?? '']}
      invitation={
        <Invitation title="No data source yet" code="feast apply">
          A data source is where values come from: a file, a table, a stream or
          the request itself. Describe one in a feature repository and register
          it:
        </Invitation>
      }
      renderPanel={(source, onClose) => (
        <SidePanel title={source?.name} onClose={onClose}>
          {source?.description && (
            <Typography paragraph>{source.description}</Typography>
          )}
          {source && (
            <>
              <FactTable
                title="About"
                facts={[
                  ['Type', typeWords(source)],
                  ['Where', source.location ?? '—'],
                  ['Time column', source.timestampField ?? '—'],
                  ['Project', source.project],
                ]}
              />
              {source.fields.length > 0 && (
                <FieldTable title="Fields" fields={source.fields} />
              )}
              <FactTable title="Tags" facts={Object.entries(source.tags)} />
            </>
          )}
        </SidePanel>
      )}
    />
  );
}
