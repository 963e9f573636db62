import { makeStyles } from '@material-ui/core/styles';
import type { StoredState } from '@maestro/plugin-maestro-common';
import { ActorName, RelativeTime } from '@maestro/plugin-maestro-react';
import { JsonTree } from './JsonTree';

const useStyles = makeStyles(theme => ({
  state: {
    padding: theme.spacing(0.5, 0),
    borderBottom: `1px solid ${theme.palette.divider}`,
    fontSize: theme.typography.pxToRem(13),
  },
  head: { display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0, 1.5) },
  key: { flex: 1, overflowWrap: 'anywhere' },
  fact: { color: theme.palette.text.secondary, whiteSpace: 'nowrap' },
  value: { margin: theme.spacing(0.5, 0), maxHeight: 420, overflow: 'auto' },
}));

/** What stands in the state store of a task or an asset; only to be read. */
export function StoredStateList(props: { states: readonly StoredState[] }) {
  const classes = useStyles();
  return (
    <>
      {props.states.map(({ key, value, updatedAt, updatedBy, expiresAt }) => (
        <section
          key={key}
          className={classes.state}
          aria-label={`State ${key}`}
        >
          <div className={classes.head}>
            <strong className={classes.key}>{key}</strong>
            {expiresAt !== undefined && (
              <span className={classes.fact}>
                expires <RelativeTime at={expiresAt} />
              </span>
            )}
            <span className={classes.fact}>
              set <RelativeTime at={updatedAt} />
              {updatedBy !== undefined && (
                <>
                  {' '}
                  by <ActorName actor={updatedBy} />
                </>
              )}
            </span>
          </div>
          <div className={classes.value}>
            <JsonTree value={value} />
          </div>
        </section>
      ))}
    </>
  );
}
