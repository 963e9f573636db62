import Paper from '@material-ui/core/Paper';
import { makeStyles } from '@material-ui/core/styles';
import Typography from '@material-ui/core/Typography';
import { ReactNode } from 'react';

const useStyles = makeStyles(theme => ({
  root: {
    padding: theme.spacing(4),
    maxWidth: 720,
    margin: `${theme.spacing(2)}px auto`,
  },
  code: {
    marginTop: theme.spacing(2),
    padding: theme.spacing(1.5, 2),
    borderRadius: theme.shape.borderRadius,
    backgroundColor: theme.palette.action.hover,
    color: theme.palette.text.primary,
    overflowX: 'auto',
    fontFamily: 'ui-monospace, Menlo, Consolas, monospace',
    fontSize: '0.85rem',
  },
}));

/**
 * In place of an empty list: what it is, why it is empty, how to fill it.
 *
 * @public
 */
export function Invitation(props: {
  title: string;
  children: ReactNode;
  /** What to type, as it is. */
  code?: string;
}) {
  const classes = useStyles();
  return (
    <Paper variant="outlined" className={classes.root}>
      <Typography variant="h5" component="h2" gutterBottom>
        {props.title}
      </Typography>
      <Typography variant="body1" component="div">
        {props.children}
      </Typography>
      {props.code && <pre className={classes.code}>{props.code}</pre>}
    </Paper>
  );
}
