import Typography from '@material-ui/core/Typography';
import { useApi } from '@backstage/core-plugin-api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { RunDetail } from '@maestro/plugin-maestro-common';
import { maestroApiRef } from '../../api/maestroApi';
import { keys } from '../../state/queries';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { useNotify } from '../../state/useNotify';
import { ActionDialog } from './ActionDialog';
import { cancelEffect } from './cancelEffect';

/**
 * Ends a run, after it said what that does; of one that was cancelled already,
 * or whose time is over, what cleans up.
 */
export function CancelDialog(props: { run: RunDetail; onClose: () => void }) {
  const { run, onClose } = props;
  const api = useApi(maestroApiRef);
  const client = useQueryClient();
  const links = useMaestroLinks();
  const notify = useNotify();
  const force = run.cancelRequestedAt !== undefined;
  const cancel = useMutation({
    mutationFn: () => api.cancelRun(run.runId, { force }),
    onSuccess: () => {
      client.invalidateQueries({ queryKey: keys.run(run.runId) });
      client.invalidateQueries({ queryKey: keys.pipelines });
      notify.done(
        force
          ? `The clean-up of a run of ${run.pipeline} is being ended`
          : `Cancelled a run of ${run.pipeline}`,
        { label: 'Open the run', href: links.run(run.runId) },
      );
      onClose();
    },
  });
  return (
    <ActionDialog
      title={
        force
          ? `End the clean-up of this run of ${run.pipeline}?`
          : `Cancel this run of ${run.pipeline}?`
      }
      verb={force ? 'End the clean-up' : 'Cancel the run'}
      dismiss="Let it run"
      destructive
      busy={cancel.isPending}
      onClose={onClose}
      onConfirm={() => cancel.mutate()}
      failure={
        cancel.error
          ? { title: 'The run was not cancelled', error: cancel.error }
          : undefined
      }
    >
      <Typography>{cancelEffect(run, force)}</Typography>
    </ActionDialog>
  );
}
