import { useTheme } from '@material-ui/core/styles';
import { stateColor, stateTint, type StateTone } from './stateTokens';

/**
 * The colours of states under the theme that is on.
 *
 * @public
 */
export function useStateColors(): {
  color(tone: StateTone): string;
  tint(tone: StateTone): string;
} {
  const mode = useTheme().palette.type;
  return {
    color: tone => stateColor(tone, mode),
    tint: tone => stateTint(tone, mode),
  };
}
