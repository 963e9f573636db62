import { useState } from 'react';
import Button from '@material-ui/core/Button';
import Dialog from '@material-ui/core/Dialog';
import DialogActions from '@material-ui/core/DialogActions';
import DialogContent from '@material-ui/core/DialogContent';
import DialogTitle from '@material-ui/core/DialogTitle';
import { makeStyles } from '@material-ui/core/styles';
import { useNavigate } from 'react-router-dom';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { useAllShortcuts, useShortcuts } from './shortcuts';

const useStyles = makeStyles(theme => ({
  list: {
    display: 'grid',
    gridTemplateColumns: 'auto 1fr',
    gap: theme.spacing(1, 2),
    margin: 0,
    fontFamily: theme.typography.fontFamily,
  },
  key: {
    fontFamily: 'monospace',
    border: `1px solid ${theme.palette.divider}`,
    borderRadius: 4,
    padding: '0 6px',
    justifySelf: 'start',
  },
}));

/** The keys of every page, and the dialog that tells all that act now. */
export function ShortcutsDialog() {
  const classes = useStyles();
  const [open, setOpen] = useState(false);
  const navigate = useNavigate();
  const links = useMaestroLinks();
  const shortcuts = useAllShortcuts();
  useShortcuts([
    { keys: '?', label: 'Show these keys', run: () => setOpen(true) },
    {
      keys: 'g p',
      label: 'Go to pipelines',
      run: () => navigate(links.pipelines()),
    },
    {
      keys: 'g s',
      label: 'Go to the schedule',
      run: () => navigate(links.schedule()),
    },
    {
      keys: 'g c',
      label: 'Go to connections',
      run: () => navigate(links.connections()),
    },
    {
      keys: 'g v',
      label: 'Go to variables',
      run: () => navigate(links.variables()),
    },
  ]);
  return (
    <Dialog
      open={open}
      onClose={() => setOpen(false)}
      aria-labelledby="maestro-shortcuts"
    >
      <DialogTitle id="maestro-shortcuts">Keys</DialogTitle>
      <DialogContent>
        <dl className={classes.list}>
          {shortcuts.map(({ keys, label }) => [
            <dt key={`${keys}-key`} className={classes.key}>
              {keys}
            </dt>,
            <dd key={`${keys}-label`} style={{ margin: 0 }}>
              {label}
            </dd>,
          ])}
        </dl>
      </DialogContent>
      <DialogActions>
        <Button onClick={() => setOpen(false)}>Close</Button>
      </DialogActions>
    </Dialog>
  );
}
