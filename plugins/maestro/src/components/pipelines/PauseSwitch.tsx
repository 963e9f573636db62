import Switch from '@material-ui/core/Switch';
import { useApi } from '@backstage/core-plugin-api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { PipelineSummary } from '@maestro/plugin-maestro-common';
import { maestroApiRef } from '../../api/maestroApi';
import { keys } from '../../state/queries';
import { useNotify } from '../../state/useNotify';
import { Permitted } from '../actions/Permitted';

/** Turns the schedule of a pipeline off and on. */
export function PauseSwitch(props: { pipeline: PipelineSummary }) {
  const { name, paused } = props.pipeline;
  const api = useApi(maestroApiRef);
  const client = useQueryClient();
  const notify = useNotify();
  const change = useMutation({
    mutationFn: (next: boolean) => api.setPipelinePaused(name, next),
    onSuccess: changed => {
      client.setQueryData<PipelineSummary[]>(keys.pipelines, items =>
        items?.map(item => (item.name === name ? changed : item)),
      );
      client.invalidateQueries({ queryKey: keys.pipeline(name) });
      notify.done(
        changed.paused
          ? `Paused ${name}: no run starts by itself, running ones go on`
          : `Resumed ${name}`,
      );
    },
    onError: error =>
      notify.failed(
        paused ? `${name} was not resumed` : `${name} was not paused`,
        error,
      ),
  });
  // While the answer is awaited the switch stands where it was asked to be.
  const shown = change.isPending ? change.variables : paused;
  const hint = paused ? 'Paused: resume' : 'On: pause';
  return (
    <Permitted to="setPipelinePaused">
      {disabled => (
        <span title={disabled ? undefined : hint}>
          <Switch
            size="small"
            color="primary"
            checked={!shown}
            disabled={disabled || change.isPending}
            onChange={(_, on) => change.mutate(!on)}
            inputProps={{ 'aria-label': `Schedule of ${name}` }}
          />
        </span>
      )}
    </Permitted>
  );
}
