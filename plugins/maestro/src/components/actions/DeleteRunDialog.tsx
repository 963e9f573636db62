import Typography from '@material-ui/core/Typography';
import { useApi } from '@backstage/core-plugin-api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { RunDetail } from '@maestro/plugin-maestro-common';
import { maestroApiRef } from '../../api/maestroApi';
import { keys } from '../../state/queries';
import { useNotify } from '../../state/useNotify';
import { ActionDialog } from './ActionDialog';

/** @internal */
export interface DeleteRunDialogProps {
  run: RunDetail;
  onClose: () => void;
  /** It is gone: its page has nothing to show any more. */
  onDeleted: () => void;
}

/** Deletes a run for ever, after it said what goes with it. */
export function DeleteRunDialog(props: DeleteRunDialogProps) {
  const { run, onClose, onDeleted } = props;
  const api = useApi(maestroApiRef);
  const client = useQueryClient();
  const notify = useNotify();
  const remove = useMutation({
    mutationFn: () => api.deleteRun(run.runId),
    onSuccess: () => {
      onDeleted();
      client.removeQueries({ queryKey: keys.run(run.runId) });
      client.invalidateQueries({ queryKey: keys.pipelines });
      client.invalidateQueries({ queryKey: keys.pipeline(run.pipeline) });
      notify.done(`Deleted a run of ${run.pipeline}`);
    },
  });
  const { length: reports } = run.reports;
  return (
    <ActionDialog
      title="Delete this run?"
      verb="Delete for ever"
      dismiss="Keep"
      destructive
      busy={remove.isPending}
      onClose={onClose}
      onConfirm={() => remove.mutate()}
      failure={
        remove.error
          ? { title: 'The run was not deleted', error: remove.error }
          : undefined
      }
    >
      <Typography>
        Its {run.tasks.length} task instances, their logs and outputs
        {reports > 0 && `, ${reports} report${reports === 1 ? '' : 's'}`} and
        its events go with it. There is no way back. Its due time stays decided:
        it does not run again by itself.
      </Typography>
    </ActionDialog>
  );
}
