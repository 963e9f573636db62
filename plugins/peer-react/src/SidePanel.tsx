import Drawer from '@material-ui/core/Drawer';
import IconButton from '@material-ui/core/IconButton';
import { makeStyles } from '@material-ui/core/styles';
import Typography from '@material-ui/core/Typography';
import { RiCloseLine } from '@remixicon/react';
import { ReactNode } from 'react';

const useStyles = makeStyles(theme => ({
  paper: { width: 'min(760px, 100vw)' },
  head: {
    display: 'flex',
    alignItems: 'flex-start',
    gap: theme.spacing(2),
    padding: theme.spacing(3, 3, 1),
  },
  title: { flexGrow: 1, overflowWrap: 'anywhere' },
  body: { padding: theme.spacing(0, 3, 4) },
}));

/**
 * One object of a list, beside it. Escape closes.
 *
 * @public
 */
export function SidePanel(props: {
  /** Absent: the panel is closed. */
  title: string | undefined;
  actions?: ReactNode;
  children: ReactNode;
  onClose(): void;
}) {
  const classes = useStyles();
  const { title } = props;
  return (
    <Drawer
      anchor="right"
      open={title !== undefined}
      onClose={props.onClose}
      PaperProps={{
        className: classes.paper,
        role: 'dialog',
        'aria-label': title,
      }}
    >
      <div className={classes.head}>
        <Typography variant="h4" component="h2" className={classes.title}>
          {title}
        </Typography>
        {props.actions}
        <IconButton aria-label="Close" size="small" onClick={props.onClose}>
          <RiCloseLine />
        </IconButton>
      </div>
      <div className={classes.body}>{props.children}</div>
    </Drawer>
  );
}
