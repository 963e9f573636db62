import { useApi } from '@backstage/frontend-plugin-api';
import { FeastFeatureView, FreshnessState } from '@maestro/plugin-feast-common';
import {
  BreakableName,
  Invitation,
  ListColumn,
  useAddressParam,
} from '@maestro/plugin-peer-react';
import Chip from '@material-ui/core/Chip';
import { feastApiRef } from '../apis';
import { ttlText } from '../widgets/ageText';
import { FreshnessChip, freshnessWord } from '../widgets/FreshnessChip';
import { ObjectList } from '../widgets/ObjectList';
import { FeatureViewPanel } from './FeatureViewPanel';

const columns: ListColumn<FeastFeatureView>[] = [
  {
    title: 'Freshness',
    render: view => <FreshnessChip freshness={view.freshness} />,
  },
  { title: 'Entities', render: view => view.entities.join(', ') || '—' },
  {
    title: 'Features',
    number: true,
    render: view => (
      <span title={view.features.map(feature => feature.name).join(', ')}>
        {view.features.length}
      </span>
    ),
  },
  {
    title: 'Time to live',
    number: true,
    render: view => (view.kind === 'on-demand' ? '—' : ttlText(view.ttlMs)),
  },
  {
    title: 'Online',
    render: view => (view.online || view.kind === 'on-demand' ? 'yes' : 'no'),
  },
  {
    title: 'Source',
    render: view => (
      <BreakableName
        name={view.source?.name ?? (view.inputs.join(', ') || '—')}
      />
    ),
  },
];

// What needs somebody comes first.
const stateOrder: FreshnessState[] = [
  'expired',
  'never',
  'stale',
  'fresh',
  'streaming',
  'on-demand',
  'offline',
];

/** All feature views with their freshness. */
export function FeatureViewsPage() {
  const api = useApi(feastApiRef);
  const [state, setState] = useAddressParam('state', { replace: true });
  return (
    <ObjectList
      kind="feature views"
      nameTitle="Feature view"
      columns={columns}
      read={() => api.listFeatureViews()}
      words={view => [
        ...view.entities,
        ...view.features.map(feature => feature.name),
        view.source?.name ?? '',
        ...view.services,
      ]}
      narrow={{
        keep: view => !state || view.freshness.state === state,
        controls: views => (
          <StateChips views={views} chosen={state} onChoose={setState} />
        ),
      }}
      invitation={
        <Invitation title="No feature view yet" code="feast apply">
          A feature view names the features of an entity and where their values
          come from. Describe one in a feature repository and register it:
        </Invitation>
      }
      renderPanel={(view, onClose) => (
        <FeatureViewPanel view={view} onClose={onClose} />
      )}
    />
  );
}

function StateChips(props: {
  views: readonly FeastFeatureView[];
  chosen: string;
  onChoose(state: string): void;
}) {
  const counts = new Map<FreshnessState, number>();
  for (const { freshness } of props.views) {
    counts.set(freshness.state, (counts.get(freshness.state) ?? 0) + 1);
  }
  return (
    <div role="group" aria-label="Freshness">
      {stateOrder
        .filter(state => counts.has(state) || state === props.chosen)
        .map(state => {
          const chosen = state === props.chosen;
          return (
            <Chip
              key={state}
              size="small"
              clickable
              variant={chosen ? 'default' : 'outlined'}
              color={chosen ? 'primary' : 'default'}
              style={{ marginBottom: 0 }}
              aria-pressed={chosen}
              label={`${counts.get(state) ?? 0} ${freshnessWord(state)}`}
              onClick={() => props.onChoose(chosen ? '' : state)}
            />
          );
        })}
    </div>
  );
}
