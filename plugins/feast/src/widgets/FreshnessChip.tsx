import { Freshness, FreshnessState } from '@maestro/plugin-feast-common';
import { makeStyles, useTheme } from '@material-ui/core/styles';
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

const grey = { light: '#5f6368', dark: '#bdc1c6' };
const green = { light: '#1b7f37', dark: '#56d06f' };
const amber = { light: '#9a5b00', dark: '#ffb95c' };
const red = { light: '#b3261e', dark: '#ff8a80' };

// Each hue in a shade for a light and one for a dark ground; the words beside
// the icon say the same, so colour is never alone.
const looks: Record<
  FreshnessState,
  {
    icon: RemixiconComponentType;
    color: { light: string; dark: string };
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

const useStyles = makeStyles({
  root: {
    display: 'inline-flex',
    verticalAlign: 'middle',
    alignItems: 'center',
    gap: 6,
    whiteSpace: 'nowrap',
  },
});

/** How fresh a feature view is: icon, word and age; the reason on hover. */
export function FreshnessChip(props: { freshness: Freshness }) {
  const { state, ageMs, materializedUntil } = props.freshness;
  const classes = useStyles();
  const { palette } = useTheme();
  const { icon: Icon, color, word, why } = looks[state];
  const until =
    materializedUntil === undefined
      ? ''
      : ` Materialized up to ${DateTime.fromMillis(materializedUntil).toFormat(
          'yyyy-LL-dd HH:mm:ss ZZZZ',
        )}.`;
  return (
    <span className={classes.root} title={`${why}${until}`}>
      <Icon size={18} color={color[palette.type]} aria-hidden />
      {ageMs === undefined ? word : `${word} · ${ageText(ageMs)}`}
    </span>
  );
}
