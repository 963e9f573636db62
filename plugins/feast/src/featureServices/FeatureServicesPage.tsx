import { useApi } from '@backstage/frontend-plugin-api';
import { FeastFeatureService } from '@maestro/plugin-feast-common';
import {
  FactTable,
  Invitation,
  ListColumn,
  RelativeTime,
  SidePanel,
} from '@maestro/plugin-peer-react';
import Typography from '@material-ui/core/Typography';
import { feastApiRef } from '../apis';
import { ObjectList } from '../widgets/ObjectList';

const columns: ListColumn<FeastFeatureService>[] = [
  {
    title: 'Feature views',
    render: service => service.featureViews.map(view => view.name).join(', '),
  },
  {
    title: 'Features',
    number: true,
    render: service =>
      service.featureViews.reduce((sum, view) => sum + view.features.length, 0),
  },
  { title: 'Owner', render: service => service.owner ?? '—' },
  {
    title: 'Changed',
    render: service => <RelativeTime at={service.updatedAt} />,
  },
];

/** All feature services. */
export function FeatureServicesPage() {
  const api = useApi(feastApiRef);
  return (
    <ObjectList
      kind="feature services"
      nameTitle="Feature service"
      columns={columns}
      read={() => api.listFeatureServices()}
      words={service =>
        service.featureViews.flatMap(view => [view.name, ...view.features])
      }
      invitation={
        <Invitation title="No feature service yet" code="feast apply">
          A feature service is the set of features one model asks for together.
          Describe one in a feature repository and register it:
        </Invitation>
      }
      renderPanel={(service, onClose) => (
        <SidePanel title={service?.name} onClose={onClose}>
          {service?.description && (
            <Typography paragraph>{service.description}</Typography>
          )}
          {service?.featureViews.map(view => (
            <FactTable
              key={view.name}
              title={`From ${view.name}`}
              facts={view.features.map(feature => [feature, ''])}
            />
          ))}
          {service && (
            <FactTable title="Tags" facts={Object.entries(service.tags)} />
          )}
        </SidePanel>
      )}
    />
  );
}
