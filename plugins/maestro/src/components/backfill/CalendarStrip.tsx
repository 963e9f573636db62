import { useMemo } from 'react';
import { makeStyles, useTheme } from '@material-ui/core/styles';
import { Link } from '@backstage/core-components';
import { useStateColors, useTimeZone } from '@maestro/plugin-maestro-react';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { stripCells, type StripItem, type StripTone } from './stripCells';

const useStyles = makeStyles(theme => ({
  strip: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: 3,
    maxHeight: 132,
    overflowY: 'auto',
    margin: theme.spacing(1, 0),
    padding: 0,
    listStyle: 'none',
  },
  cell: {
    display: 'block',
    width: 14,
    height: 14,
    boxSizing: 'border-box',
    borderRadius: 2,
    border: '1px solid transparent',
  },
}));

/** @internal */
export interface CalendarStripProps {
  label: string;
  items: readonly StripItem[];
}

/** A box for each due time; those that have a run lead to it. */
export function CalendarStrip({ label, items }: CalendarStripProps) {
  const classes = useStyles();
  const links = useMaestroLinks();
  const { zone } = useTimeZone();
  const paint = usePaint();
  const cells = useMemo(() => stripCells(items, zone), [items, zone]);
  return (
    <ol className={classes.strip} aria-label={label}>
      {cells.map(cell => {
        const style = paint(cell.tone);
        return (
          <li key={cell.at}>
            {cell.runId ? (
              <Link
                to={links.run(cell.runId)}
                className={classes.cell}
                style={style}
                title={cell.label}
                aria-label={cell.label}
              >
                {' '}
              </Link>
            ) : (
              <span
                role="img"
                className={classes.cell}
                style={style}
                title={cell.label}
                aria-label={cell.label}
              />
            )}
          </li>
        );
      })}
    </ol>
  );
}

/** Colour for states only; what has none yet is full, empty or dashed. */
function usePaint(): (tone: StripTone) => React.CSSProperties {
  const { palette } = useTheme();
  const { color } = useStateColors();
  return tone => {
    switch (tone) {
      case 'will_run':
        return { backgroundColor: palette.primary.main };
      case 'waiting':
        return { borderColor: palette.text.secondary };
      case 'left_out':
      case 'deleted':
        return { border: `1px dashed ${palette.divider}` };
      case 'cancelled':
        return { backgroundColor: color('skipped') };
      default:
        return { backgroundColor: color(tone) };
    }
  };
}
