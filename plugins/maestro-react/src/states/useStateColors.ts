import type { CSSProperties } from 'react';
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
  /** Look of a bar; that of what still runs is hatched, as it is not its last. */
  bar(tone: StateTone): CSSProperties;
} {
  const mode = useTheme().palette.type;
  return {
    color: tone => stateColor(tone, mode),
    tint: tone => stateTint(tone, mode),
    bar: tone => {
      const color = stateColor(tone, mode);
      return tone === 'running'
        ? {
            backgroundImage: `repeating-linear-gradient(45deg, ${color} 0 2px, transparent 2px 4px)`,
            boxShadow: `inset 0 0 0 1px ${color}`,
          }
        : { backgroundColor: color };
    },
  };
}
