import {
  Link,
  sidebarConfig,
  useSidebarOpenState,
} from '@backstage/core-components';
import { makeStyles } from '@material-ui/core/styles';
import { MaestroLogo } from './MaestroLogo';

const useStyles = makeStyles({
  root: {
    height: 64,
    display: 'flex',
    alignItems: 'center',
    paddingLeft: (sidebarConfig.drawerWidthClosed - 28) / 2,
  },
});

export const SidebarLogo = () => {
  const classes = useStyles();
  const { isOpen } = useSidebarOpenState();
  return (
    <div className={classes.root}>
      <Link to="/maestro" underline="none" aria-label="Maestro, all pipelines">
        <MaestroLogo withName={isOpen} />
      </Link>
    </div>
  );
};
