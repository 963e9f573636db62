import Button from '@material-ui/core/Button';
import Dialog, { type DialogProps } from '@material-ui/core/Dialog';
import DialogActions from '@material-ui/core/DialogActions';
import DialogContent from '@material-ui/core/DialogContent';
import DialogTitle from '@material-ui/core/DialogTitle';
import { useTheme } from '@material-ui/core/styles';
import { useId } from 'react';
import type { Deed } from '../../state/useMay';
import { ErrorNotice } from '../layout/ErrorNotice';
import { Permitted } from './Permitted';

/** @internal */
export interface ActionDialogProps {
  title: string;
  /** The verb on the button, with the exact effect where there is one. */
  verb: string;
  /**
   * What the way out is called; `false` leaves the verb as the only one.
   * Default Cancel
   */
  dismiss?: string | false;
  onClose: () => void;
  onConfirm?: () => void;
  /** Submits this form instead of calling `onConfirm`. */
  form?: string;
  busy: boolean;
  disabled?: boolean;
  /** What the button does, where somebody may look but not do it. */
  deed?: Deed;
  /** What the server said when it refused; the input stays. */
  failure?: { title: string; error: unknown };
  destructive?: boolean;
  maxWidth?: DialogProps['maxWidth'];
  children: React.ReactNode;
}

/**
 * The frame of everything that asks before it acts. A failed action leaves the
 * dialog open with all that was typed, and the server's words.
 */
export function ActionDialog(props: ActionDialogProps) {
  const { title, verb, dismiss, onClose, onConfirm, form, busy } = props;
  const { disabled, deed, failure, destructive, maxWidth, children } = props;
  const confirm = (refused: boolean) => (
    <Button
      variant="contained"
      color={destructive ? 'secondary' : 'primary'}
      disabled={busy || disabled || refused}
      onClick={onConfirm}
      {...(form ? { type: 'submit', form } : {})}
    >
      {verb}
    </Button>
  );
  const id = useId();
  const { fontFamily } = useTheme().typography;
  return (
    <Dialog
      open
      onClose={busy || dismiss === false ? undefined : onClose}
      aria-labelledby={id}
      maxWidth={maxWidth ?? 'sm'}
      fullWidth
    >
      <DialogTitle id={id}>{title}</DialogTitle>
      <DialogContent style={{ fontFamily }}>
        {children}
        {failure && (
          <div style={{ marginTop: 16 }}>
            <ErrorNotice title={failure.title} error={failure.error} />
          </div>
        )}
      </DialogContent>
      <DialogActions>
        {dismiss !== false && (
          <Button onClick={onClose} disabled={busy}>
            {dismiss ?? 'Cancel'}
          </Button>
        )}
        {deed ? <Permitted to={deed}>{confirm}</Permitted> : confirm(false)}
      </DialogActions>
    </Dialog>
  );
}
