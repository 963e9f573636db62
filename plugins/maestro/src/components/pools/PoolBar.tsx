import { makeStyles } from '@material-ui/core/styles';
import type { Pool } from '@maestro/plugin-maestro-common';

const useStyles = makeStyles(theme => ({
  cell: { display: 'flex', alignItems: 'center', gap: theme.spacing(1) },
  bar: {
    flex: '0 0 120px',
    height: 8,
    borderRadius: 4,
    overflow: 'hidden',
    border: `1px solid ${theme.palette.divider}`,
    backgroundColor: theme.palette.action.hover,
  },
  used: { height: '100%', backgroundColor: theme.palette.primary.main },
  full: { backgroundColor: theme.palette.warning.main },
}));

/** How full a pool is. */
export function PoolBar({ pool }: { pool: Pool }) {
  const { name, slots, used } = pool;
  const classes = useStyles();
  const share = used >= slots ? 1 : used / slots;
  // One without slots is full of nothing.
  const width = slots === 0 && used === 0 ? 0 : share * 100;
  return (
    <div className={classes.cell}>
      <div
        className={classes.bar}
        role="meter"
        aria-label={`Slots of ${name} in use`}
        aria-valuemin={0}
        aria-valuemax={slots}
        aria-valuenow={Math.min(used, slots)}
        aria-valuetext={`${used} of ${slots}`}
      >
        <div
          className={`${classes.used} ${share === 1 ? classes.full : ''}`}
          style={{ width: `${width}%` }}
        />
      </div>
      {used} of {slots}
    </div>
  );
}
