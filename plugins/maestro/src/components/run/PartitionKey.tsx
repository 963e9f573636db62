import { makeStyles } from '@material-ui/core/styles';

const useStyles = makeStyles({
  key: {
    display: 'inline-block',
    maxWidth: 280,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    verticalAlign: 'bottom',
  },
});

/** The key of a partition: short on its line however long it is, whole on hover. */
export function PartitionKey(props: { value: string }) {
  const classes = useStyles();
  return (
    <span className={classes.key} title={props.value}>
      {props.value}
    </span>
  );
}
