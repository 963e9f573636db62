import { makeStyles, useTheme } from '@material-ui/core/styles';
import {
  RemixiconComponentType,
  RiCheckboxCircleFill,
  RiCloseCircleFill,
  RiLoader4Line,
  RiQuestionFill,
  RiStopCircleFill,
  RiTimeFill,
} from '@remixicon/react';

// Each hue in a shade for a light and one for a dark ground; the word beside
// the icon says the same, so colour is never alone.
const looks: Record<
  string,
  { icon: RemixiconComponentType; light: string; dark: string; word: string }
> = {
  FINISHED: {
    icon: RiCheckboxCircleFill,
    light: '#1b7f37',
    dark: '#56d06f',
    word: 'finished',
  },
  FAILED: {
    icon: RiCloseCircleFill,
    light: '#b3261e',
    dark: '#ff8a80',
    word: 'failed',
  },
  RUNNING: {
    icon: RiLoader4Line,
    light: '#3d7a00',
    dark: '#a5e25b',
    word: 'running',
  },
  KILLED: {
    icon: RiStopCircleFill,
    light: '#9a5b00',
    dark: '#ffb95c',
    word: 'killed',
  },
  SCHEDULED: {
    icon: RiTimeFill,
    light: '#6d5a35',
    dark: '#d9c394',
    word: 'scheduled',
  },
};

const useStyles = makeStyles({
  root: {
    display: 'inline-flex',
    verticalAlign: 'middle',
    alignItems: 'center',
    gap: 6,
    whiteSpace: 'nowrap',
  },
});

/** A run's status as icon and word, or as the icon alone with a title. */
export function RunStatus(props: { status: string; iconOnly?: boolean }) {
  const classes = useStyles();
  const { palette } = useTheme();
  const look = looks[props.status];
  const Icon = look?.icon ?? RiQuestionFill;
  const word = look?.word ?? props.status.toLowerCase();
  const color =
    palette.type === 'dark'
      ? look?.dark ?? '#bdbdbd'
      : look?.light ?? '#616161';
  return props.iconOnly ? (
    <span role="img" aria-label={word} title={word} className={classes.root}>
      <Icon size={16} color={color} aria-hidden />
    </span>
  ) : (
    <span className={classes.root}>
      <Icon size={18} color={color} aria-hidden />
      {word}
    </span>
  );
}
