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
  tab: { padding: 0 },
}));

/** @internal */
export interface MaestroPageProps {
  /** A tab of somebody else's page, which has its own main part and margins. */
  embedded?: boolean;
  children: React.ReactNode;
}

/**
 * The frame of a page of Maestro: cache, banner, keys.
 */
export function MaestroPage(props: MaestroPageProps) {
  const { embedded, children } = props;
  const classes = useStyles();
  const Frame = embedded ? 'div' : 'main';
  return (
    <MaestroProvider>
      <Frame className={`${classes.page} ${embedded ? classes.tab : ''}`}>
        <BackendBanner />
        {children}
        <ShortcutsDialog />
      </Frame>
    </MaestroProvider>
  );
}
