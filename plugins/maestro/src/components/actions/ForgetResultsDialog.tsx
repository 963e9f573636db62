import Typography from '@material-ui/core/Typography';
import { useApi } from '@backstage/core-plugin-api';
import { useMutation } from '@tanstack/react-query';
import { maestroApiRef } from '../../api/maestroApi';
import { useNotify } from '../../state/useNotify';
import { ActionDialog } from './ActionDialog';

/** @internal */
export interface ForgetResultsDialogProps {
  pipeline: string;
  taskId: string;
  onClose: () => void;
}

/** Forgets the kept results of a task, after it said what that does. */
export function ForgetResultsDialog(props: ForgetResultsDialogProps) {
  const { pipeline, taskId, onClose } = props;
  const api = useApi(maestroApiRef);
  const notify = useNotify();
  const forget = useMutation({
    mutationFn: () => api.clearStepCache(pipeline, { taskId }),
    onSuccess: ({ removed }) => {
      notify.done(
        `Forgot ${removed} result${removed === 1 ? '' : 's'} of ${taskId}`,
      );
      onClose();
    },
  });
  return (
    <ActionDialog
      title={`Forget the results of ${taskId}?`}
      verb="Forget"
      dismiss="Keep"
      destructive
      busy={forget.isPending}
      onClose={onClose}
      onConfirm={() => forget.mutate()}
      failure={
        forget.error
          ? { title: 'The results were not forgotten', error: forget.error }
          : undefined
      }
    >
      <Typography>
        Later runs of {pipeline} compute {taskId} again. Runs that were given
        one of its results keep it, with its outputs and reports.
      </Typography>
    </ActionDialog>
  );
}
