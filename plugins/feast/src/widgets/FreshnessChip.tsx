import { Freshness, FreshnessState } from '@maestro/plugin-feast-common';
import {
  StatusColor,
  statusColors,
  StatusWord,
} from '@maestro/plugin-peer-react';
import {
  RemixiconComponentType,
  RiAlertFill,
  RiCheckboxCircleFill,
  RiCloudOffLine,
  RiErrorWarningFill,
  RiFlashlightFill,
  RiPulseLine,
  RiTimeFill,
} from '@remixicon/react';
import { DateTime } from 'luxon';
import { ageText } from './ageText';

const { grey, green, amber, red } = statusColors;

const looks: Record<
  FreshnessState,
  {
    icon: RemixiconComponentType;
    color: StatusColor;
    word: string;
    why: string;
  }
> = {
  fresh: {
    icon: RiCheckboxCircleFill,
    color: green,
    word: 'fresh',
    why: 'Values in the online store are recent.',
  },
  stale: {
    icon: RiTimeFill,
    color: amber,
    word: 'stale',
    why: 'The last materialization is older than the portal calls fresh (feast.staleAfter). Materialize the view again.',
  },
  expired: {
    icon: RiErrorWarningFill,
    color: red,
    word: 'expired',
    why: 'The values are older than the time to live, so Feast serves none. Materialize the view again.',
  },
  never: {
    icon: RiAlertFill,
    color: amber,
    word: 'never materialized',
    why: 'The view is meant for the online store, but the registry knows of no materialization.',
  },
  streaming: {
    icon: RiPulseLine,
    color: grey,
    word: 'streamed',
    why: 'A stream writes the values; the registry does not record when.',
  },
  offline: {
    icon: RiCloudOffLine,
    color: grey,
    word: 'offline only',
    why: 'The view is not meant for the online store.',
  },
  'on-demand': {
    icon: RiFlashlightFill,
    color: grey,
    word: 'on demand',
    why: 'Computed when it is asked for; as fresh as what it is computed from.',
  },
};

/** The word for a state of freshness. */
export function freshnessWord(state: FreshnessState): string {
  return looks[state].word;
}

/** How fresh a feature view is: icon, word and age; the reason on hover. */
export function FreshnessChip(props: { freshness: Freshness }) {
  const { state, ageMs, materializedUntil } = props.freshness;
  const { icon, color, word, why } = looks[state];
  const until =
    materializedUntil === undefined
      ? ''
      : ` Materialized up to ${DateTime.fromMillis(materializedUntil).toFormat(
          'yyyy-LL-dd HH:mm:ss ZZZZ',
        )}.`;
  return (
    <StatusWord
      icon={icon}
      color={color}
      word={ageMs === undefined ? word : `${word} · ${ageText(ageMs)}`}
      title={`${why}${until}`}
    />
  );
}
