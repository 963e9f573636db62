import { makeStyles } from '@material-ui/core/styles';
import { MaestroProvider } from '../../state/MaestroProvider';
import { ShortcutsDialog } from '../keyboard/ShortcutsDialog';
import { BackendBanner } from './BackendBanner';

const useStyles = makeStyles(theme => ({
  page: {
    padding: theme.spacing(2, 3, 4),
    color: theme.palette.text.primary,
    fontFamily: theme.typography.fontFamily,
    // Children scroll by themselves; the page must not get wider than it is.
    minWidth: 0,
    boxSizing: 'border-box',
    width: '100%',
  },
}));

/**
 * The frame of a page of Maestro: cache, banner, keys.
 */
export function MaestroPage(props: { children: React.ReactNode }) {
  const classes = useStyles();
  return (
    <MaestroProvider>
      <main className={classes.page}>
        <BackendBanner />
        {props.children}
        <ShortcutsDialog />
      </main>
    </MaestroProvider>
  );
}
