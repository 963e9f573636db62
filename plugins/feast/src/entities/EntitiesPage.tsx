import { useApi } from '@backstage/frontend-plugin-api';
import { FeastEntity } from '@maestro/plugin-feast-common';
import {
  FactTable,
  Invitation,
  ListColumn,
  SidePanel,
} from '@maestro/plugin-peer-react';
import Typography from '@material-ui/core/Typography';
import { feastApiRef } from '../apis';
import { ObjectList } from '../widgets/ObjectList';

const columns: ListColumn<FeastEntity>[] = [
  { title: 'Join key', render: entity => entity.joinKey },
  {
    title: 'Type',
    render: entity => entity.type?.toLowerCase() ?? 'not declared',
  },
  {
    title: 'Feature views',
    render: entity => entity.featureViews.join(', ') || '—',
  },
  { title: 'Owner', render: entity => entity.owner ?? '—' },
];

/** All entities that somebody declared. */
export function EntitiesPage() {
  const api = useApi(feastApiRef);
  return (
    <ObjectList
      kind="entities"
      nameTitle="Entity"
      columns={columns}
      read={() => api.listEntities()}
      words={entity => [entity.joinKey, ...entity.featureViews]}
      invitation={
        <Invitation title="No entity yet" code="feast apply">
          An entity is what features describe, such as an airport, and the
          column that names it. Describe one in a feature repository and
          register it:
        </Invitation>
      }
      renderPanel={(entity, onClose) => (
        <SidePanel title={entity?.name} onClose={onClose}>
          {entity?.description && (
            <Typography paragraph>{entity.description}</Typography>
          )}
          {entity && (
            <>
              <FactTable
                title="About"
                facts={[
                  ['Join key', entity.joinKey],
                  ['Type', entity.type?.toLowerCase() ?? 'not declared'],
                  ['Project', entity.project],
                  ['Feature views', entity.featureViews.join(', ') || 'none'],
                ]}
              />
              <FactTable title="Tags" facts={Object.entries(entity.tags)} />
            </>
          )}
        </SidePanel>
      )}
    />
  );
}
