import { makeStyles, useTheme } from '@material-ui/core/styles';
import { RemixiconComponentType } from '@remixicon/react';

/**
 * A hue in a shade for a light and one for a dark ground, each readable there.
 *
 * @public
 */
export interface StatusColor {
  light: string;
  dark: string;
}

/**
 * The hues that tell states apart; a word beside the icon says the same, so
 * that colour is never alone.
 *
 * @public
 */
export const statusColors = {
  green: { light: '#1b7f37', dark: '#56d06f' },
  lime: { light: '#3d7a00', dark: '#a5e25b' },
  red: { light: '#b3261e', dark: '#ff8a80' },
  amber: { light: '#9a5b00', dark: '#ffb95c' },
  tan: { light: '#6d5a35', dark: '#d9c394' },
  grey: { light: '#5f6368', dark: '#bdc1c6' },
} satisfies Record<string, StatusColor>;

const useStyles = makeStyles({
  root: {
    display: 'inline-flex',
    verticalAlign: 'middle',
    alignItems: 'center',
    gap: 6,
    whiteSpace: 'nowrap',
  },
});

/**
 * A state as icon and word, or as the icon alone, which then bears the word.
 *
 * @public
 */
export function StatusWord(props: {
  icon: RemixiconComponentType;
  color: StatusColor;
  word: string;
  /** Shown on hover. */
  title?: string;
  iconOnly?: boolean;
}) {
  const { icon: Icon, word, title } = props;
  const classes = useStyles();
  const { palette } = useTheme();
  const color = props.color[palette.type];
  return props.iconOnly ? (
    <span
      role="img"
      aria-label={word}
      title={title ?? word}
      className={classes.root}
    >
      <Icon size={16} color={color} aria-hidden />
    </span>
  ) : (
    <span className={classes.root} title={title}>
      <Icon size={18} color={color} aria-hidden />
      {word}
    </span>
  );
}
