import Paper from '@material-ui/core/Paper';
import Popper from '@material-ui/core/Popper';
import { makeStyles } from '@material-ui/core/styles';

const useStyles = makeStyles(theme => ({
  card: {
    padding: theme.spacing(1, 1.5),
    maxWidth: 340,
    fontFamily: theme.typography.fontFamily,
    fontSize: theme.typography.pxToRem(13),
    pointerEvents: 'none',
  },
}));

/**
 * What stands above something that is pointed at; the pointer goes through it.
 *
 * @public
 */
export function HoverCard(props: {
  anchor: Element;
  children: React.ReactNode;
}) {
  const classes = useStyles();
  return (
    <Popper
      open
      anchorEl={props.anchor}
      placement="top"
      style={{ zIndex: 1500, pointerEvents: 'none' }}
    >
      <Paper elevation={4} className={classes.card}>
        {props.children}
      </Paper>
    </Popper>
  );
}
