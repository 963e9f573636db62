import { useId, useState } from 'react';
import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import { useApi } from '@backstage/core-plugin-api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Pool } from '@maestro/plugin-maestro-common';
import { maestroApiRef } from '../../api/maestroApi';
import { keys } from '../../state/queries';
import { useNotify } from '../../state/useNotify';
import { ActionDialog } from '../actions/ActionDialog';
import { slotsEffect } from './poolEffects';

const MAX_SLOTS = 1_000_000;

/** @internal */
export interface PoolDialogProps {
  /** The pool to change; without it a new one is made. */
  pool?: Pool;
  /** Names that are taken, so that a new one does not replace another. */
  taken: readonly string[];
  onClose: () => void;
}

/** Makes or changes a pool, and says what that does. */
export function PoolDialog({ pool, taken, onClose }: PoolDialogProps) {
  const api = useApi(maestroApiRef);
  const client = useQueryClient();
  const notify = useNotify();
  const formId = useId();
  const [name, setName] = useState(pool?.name ?? '');
  const [text, setText] = useState(String(pool?.slots ?? 1));
  const [description, setDescription] = useState(pool?.description ?? '');
  const [tried, setTried] = useState(false);
  const slots = /^\d{1,7}$/.test(text.trim()) ? Number(text) : NaN;
  const save = useMutation({
    mutationFn: () => api.setPool(name, { slots, description }),
    onSuccess: () => {
      client.invalidateQueries({ queryKey: keys.pools });
      notify.done(pool ? `Changed pool ${name}` : `Made pool ${name}`);
      onClose();
    },
  });
  const wrongName = pool ? undefined : nameProblem(name, taken);
  const wrongSlots =
    slots <= MAX_SLOTS ? undefined : `A whole number from 0 to ${MAX_SLOTS}`;
  return (
    <ActionDialog
      title={pool ? `Pool ${pool.name}` : 'New pool'}
      verb="Save"
      busy={save.isPending}
      onClose={onClose}
      form={formId}
      deed="setPool"
      failure={
        save.error
          ? { title: 'The pool was not saved', error: save.error }
          : undefined
      }
    >
      <form
        id={formId}
        style={{ display: 'flex', flexDirection: 'column', gap: 16 }}
        onSubmit={event => {
          event.preventDefault();
          setTried(true);
          if (!wrongName && !wrongSlots) save.mutate();
        }}
      >
        {!pool && (
          <TextField
            label="Name"
            id="maestro-pool-name"
            value={name}
            onChange={event => setName(event.target.value)}
            error={tried && wrongName !== undefined}
            helperText={tried ? wrongName : 'What tasks say: pool: NAME'}
            autoComplete="off"
          />
        )}
        <TextField
          label="Slots"
          id="maestro-pool-slots"
          value={text}
          onChange={event => setText(event.target.value)}
          error={wrongSlots !== undefined}
          helperText={wrongSlots}
          inputProps={{ inputMode: 'numeric' }}
          autoComplete="off"
        />
        <TextField
          label="Description"
          id="maestro-pool-description"
          value={description}
          onChange={event => setDescription(event.target.value)}
          multiline
        />
        {!wrongSlots && (
          <Typography variant="body2" color="textSecondary" role="status">
            {slotsEffect(pool, slots)}
          </Typography>
        )}
      </form>
    </ActionDialog>
  );
}

function nameProblem(
  name: string,
  taken: readonly string[],
): string | undefined {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/.test(name)) {
    return 'Letters, digits, "_", "-" and ".", such as gpu';
  }
  return taken.includes(name)
    ? 'There is a pool with this name; change that one'
    : undefined;
}
