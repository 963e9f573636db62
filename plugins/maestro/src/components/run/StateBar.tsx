import { useStateColors } from '@maestro/plugin-maestro-react';
import { mappedStates, mappedWords, type MappedCounts } from './mappedWords';

/** How many instances of a mapped task are in which state, as one bar. */
export function StateBar(props: { counts: MappedCounts; height?: number }) {
  const { counts, height = 4 } = props;
  const { color } = useStateColors();
  return (
    <span
      role="img"
      aria-label={mappedWords(counts)}
      title={mappedWords(counts)}
      style={{
        display: 'flex',
        height,
        borderRadius: height / 2,
        overflow: 'hidden',
      }}
    >
      {mappedStates(counts).map(([state, n]) => (
        <span
          key={state}
          style={{
            flex: `${n} 0 0`,
            minWidth: 2,
            backgroundColor: color(state),
          }}
        />
      ))}
    </span>
  );
}
