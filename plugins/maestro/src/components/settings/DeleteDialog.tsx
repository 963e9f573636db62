import Typography from '@material-ui/core/Typography';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNotify } from '../../state/useNotify';
import { ActionDialog } from '../actions/ActionDialog';

/** @internal */
export interface DeleteDialogProps {
  /** What it is: "connection". */
  one: string;
  name: string;
  /** What deleting it does. */
  effect: string;
  remove: () => Promise<unknown>;
  /** Key of the list that it leaves. */
  queryKey: readonly string[];
  onClose: () => void;
}

/** Deletes a named thing, after it said what that does. */
export function DeleteDialog(props: DeleteDialogProps) {
  const { one, name, effect, queryKey, onClose } = props;
  const client = useQueryClient();
  const notify = useNotify();
  const remove = useMutation({
    mutationFn: () => props.remove(),
    onSuccess: () => {
      client.invalidateQueries({ queryKey });
      notify.done(`Deleted ${one} ${name}`);
      onClose();
    },
  });
  return (
    <ActionDialog
      title={`Delete ${one} ${name}?`}
      verb="Delete"
      dismiss="Keep"
      destructive
      busy={remove.isPending}
      onClose={onClose}
      onConfirm={() => remove.mutate()}
      failure={
        remove.error
          ? { title: `The ${one} was not deleted`, error: remove.error }
          : undefined
      }
    >
      <Typography>{effect}</Typography>
    </ActionDialog>
  );
}
