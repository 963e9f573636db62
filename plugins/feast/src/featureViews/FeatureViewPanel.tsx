import { FeastFeatureView } from '@maestro/plugin-feast-common';
import { FactTable, RelativeTime, SidePanel } from '@maestro/plugin-peer-react';
import Typography from '@material-ui/core/Typography';
import { DateTime } from 'luxon';
import { ReactNode } from 'react';
import { ttlText } from '../widgets/ageText';
import { FieldTable } from '../widgets/FieldTable';
import { FreshnessChip } from '../widgets/FreshnessChip';

const kinds: Record<FeastFeatureView['kind'], string> = {
  batch: 'batch',
  stream: 'stream',
  'on-demand': 'computed on demand',
};

/** One feature view in full. */
export function FeatureViewPanel(props: {
  /** Absent: the panel is closed. */
  view: FeastFeatureView | undefined;
  onClose(): void;
}) {
  const { view } = props;
  return (
    <SidePanel title={view?.name} onClose={props.onClose}>
      {view && (
        <>
          {view.description && (
            <Typography paragraph>{view.description}</Typography>
          )}
          <FactTable title="About" facts={aboutOf(view)} />
          <FieldTable title="Features" fields={view.features} />
          <FactTable
            title="Latest materializations"
            facts={view.materializations.map(interval => [
              `up to ${timeText(interval.end)}`,
              `from ${timeText(interval.start)}`,
            ])}
          />
          <FactTable title="Tags" facts={Object.entries(view.tags)} />
        </>
      )}
    </SidePanel>
  );
}

function aboutOf(view: FeastFeatureView): [string, ReactNode][] {
  const facts: [string, ReactNode][] = [
    ['Freshness', <FreshnessChip key="f" freshness={view.freshness} />],
    ['Kind', kinds[view.kind]],
    ['Project', view.project],
    ['Entities', view.entities.join(', ') || 'none'],
  ];
  if (view.kind !== 'on-demand') {
    facts.push(
      ['Online store', view.online ? 'yes' : 'no'],
      ['Time to live', ttlText(view.ttlMs)],
    );
  }
  if (view.freshness.expiresAt !== undefined) {
    facts.push([
      'Values expire',
      <RelativeTime key="e" at={view.freshness.expiresAt} />,
    ]);
  }
  if (view.owner) {
    facts.push(['Owner', view.owner]);
  }
  for (const [name, source] of [
    ['Source', view.source],
    ['Stream', view.streamSource],
  ] as const) {
    if (source) {
      facts.push([
        name,
        [source.name, source.location].filter(Boolean).join(' · '),
      ]);
    }
  }
  if (view.inputs.length > 0) {
    facts.push(['Computed from', view.inputs.join(', ')]);
  }
  facts.push(
    ['Used by', view.services.join(', ') || 'no feature service'],
    ['Changed', <RelativeTime key="u" at={view.updatedAt} />],
  );
  return facts;
}

function timeText(at: number): string {
  return DateTime.fromMillis(at).toFormat('yyyy-LL-dd HH:mm ZZZZ');
}
