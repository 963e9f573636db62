import Chip from '@material-ui/core/Chip';
import { makeStyles } from '@material-ui/core/styles';

const useStyles = makeStyles({
  root: { display: 'flex', flexWrap: 'wrap', gap: 4 },
  chip: { margin: 0, maxWidth: 240 },
});

/** Aliases, each with the version it points to. */
export function AliasChips(props: {
  aliases: { alias: string; version?: string }[];
}) {
  const classes = useStyles();
  return (
    <div className={classes.root}>
      {props.aliases.map(({ alias, version }) => (
        <Chip
          key={alias}
          size="small"
          variant="outlined"
          className={classes.chip}
          label={version ? `@${alias} → ${version}` : `@${alias}`}
        />
      ))}
    </div>
  );
}
