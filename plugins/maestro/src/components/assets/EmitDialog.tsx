import { useId, useState } from 'react';
import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import { useApi } from '@backstage/core-plugin-api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { MAX_PARTITION_KEY, type Asset } from '@maestro/plugin-maestro-common';
import { maestroApiRef } from '../../api/maestroApi';
import { keys } from '../../state/queries';
import { useNotify } from '../../state/useNotify';
import { ActionDialog } from '../actions/ActionDialog';

function jsonProblem(text: string): string | undefined {
  if (text.trim() === '') return undefined;
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return `This is no JSON: ${(error as Error).message}`;
  }
}

/** Tells an event of an asset by hand, after it said whom that starts. */
export function EmitDialog(props: { asset: Asset; onClose: () => void }) {
  const { asset, onClose } = props;
  const api = useApi(maestroApiRef);
  const client = useQueryClient();
  const notify = useNotify();
  const fieldId = useId();
  const [extra, setExtra] = useState('');
  const [partition, setPartition] = useState('');
  const problem = jsonProblem(extra);
  const emit = useMutation({
    mutationFn: () =>
      api.emitAssetEvent({
        asset: asset.name,
        ...(partition ? { partitionKey: partition } : {}),
        ...(extra.trim() === '' ? {} : { extra: JSON.parse(extra) }),
      }),
    onSuccess: () => {
      client.invalidateQueries({ queryKey: keys.assets });
      notify.done(`Told an event of ${asset.name}`);
      onClose();
    },
  });
  const names = [...new Set(asset.consumers.map(({ pipeline }) => pipeline))];
  return (
    <ActionDialog
      title={`Tell an event of ${asset.name}?`}
      verb="Tell"
      deed="emitAssetEvent"
      busy={emit.isPending}
      disabled={problem !== undefined}
      onClose={onClose}
      onConfirm={() => emit.mutate()}
      failure={
        emit.error
          ? { title: 'The event was not told', error: emit.error }
          : undefined
      }
    >
      <Typography gutterBottom>
        {names.length === 0
          ? 'No pipeline awaits it: nothing starts.'
          : `It counts for ${names.join(
              ', ',
            )} as if a task had made it: a run starts, unless the schedule is paused, cools down or waits for others.`}
      </Typography>
      <TextField
        id={fieldId}
        label="What the run is told, as JSON"
        value={extra}
        onChange={event => setExtra(event.target.value)}
        error={problem !== undefined}
        helperText={problem ?? 'May stay empty. At most 2 KiB.'}
        variant="outlined"
        size="small"
        multiline
        minRows={3}
        fullWidth
      />
      <TextField
        id={`${fieldId}-partition`}
        label="Partition key"
        value={partition}
        onChange={event => setPartition(event.target.value)}
        helperText="With one, only schedules of partitions take the event."
        inputProps={{ maxLength: MAX_PARTITION_KEY }}
        variant="outlined"
        size="small"
        margin="normal"
        fullWidth
      />
    </ActionDialog>
  );
}
