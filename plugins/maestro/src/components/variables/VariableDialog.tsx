import { useId, useState } from 'react';
import Checkbox from '@material-ui/core/Checkbox';
import FormControlLabel from '@material-ui/core/FormControlLabel';
import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import { useApi } from '@backstage/core-plugin-api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Variable } from '@maestro/plugin-maestro-common';
import { maestroApiRef } from '../../api/maestroApi';
import { keys } from '../../state/queries';
import { useNotify } from '../../state/useNotify';
import { ActionDialog } from '../actions/ActionDialog';

/** @internal */
export interface VariableDialogProps {
  /** The variable to change; without it a new one is made. */
  variable?: Variable;
  /** Keys that are taken, so that a new one does not replace another. */
  taken: readonly string[];
  onClose: () => void;
}

/** Makes or changes a variable. */
export function VariableDialog(props: VariableDialogProps) {
  const { variable, taken, onClose } = props;
  const api = useApi(maestroApiRef);
  const client = useQueryClient();
  const notify = useNotify();
  const formId = useId();
  const [key, setKey] = useState(variable?.key ?? '');
  const [value, setValue] = useState(variable?.value ?? '');
  const [description, setDescription] = useState(variable?.description ?? '');
  const [secret, setSecret] = useState(variable?.secret ?? false);
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: () => api.setVariable(key, { value, description, secret }),
    onSuccess: () => {
      client.invalidateQueries({ queryKey: keys.variables });
      notify.done(variable ? `Changed ${key}` : `Made variable ${key}`);
      onClose();
    },
  });
  const problem = () => {
    if (variable) return undefined;
    if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/.test(key)) {
      return 'Letters, digits, "_", "-" and ".", such as model_accuracy_threshold';
    }
    return taken.includes(key)
      ? 'There is a variable with this name; change that one'
      : undefined;
  };
  const wrong = problem();
  return (
    <ActionDialog
      title={variable ? variable.key : 'New variable'}
      verb="Save"
      busy={save.isPending}
      onClose={onClose}
      form={formId}
      deed="setVariable"
      failure={
        save.error
          ? { title: 'The variable was not saved', error: save.error }
          : undefined
      }
    >
      <form
        id={formId}
        style={{ display: 'flex', flexDirection: 'column', gap: 16 }}
        onSubmit={event => {
          event.preventDefault();
          setTried(true);
          if (!wrong) save.mutate();
        }}
      >
        {!variable && (
          <TextField
            label="Name"
            id="maestro-variable-key"
            value={key}
            onChange={event => setKey(event.target.value)}
            error={tried && wrong !== undefined}
            helperText={tried ? wrong : undefined}
            autoComplete="off"
          />
        )}
        <TextField
          label="Value"
          id="maestro-variable-value"
          value={value}
          onChange={event => setValue(event.target.value)}
          type={secret ? 'password' : undefined}
          multiline={!secret}
          autoComplete="off"
          helperText={
            variable?.secret
              ? 'The stored value cannot be shown; what is typed here replaces it'
              : 'Kept exactly as typed: 0.80 stays 0.80'
          }
        />
        <TextField
          label="Description"
          id="maestro-variable-description"
          value={description}
          onChange={event => setDescription(event.target.value)}
          multiline
        />
        <FormControlLabel
          label="Secret: never shown again, masked in logs"
          control={
            <Checkbox
              color="primary"
              checked={secret}
              onChange={(_, next) => setSecret(next)}
            />
          }
        />
        {variable && variable.usedBy.length > 0 && (
          <Typography variant="body2" color="textSecondary">
            Read by {variable.usedBy.join(', ')}, from their next task on.
          </Typography>
        )}
      </form>
    </ActionDialog>
  );
}
