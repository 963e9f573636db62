import { useState } from 'react';
import IconButton from '@material-ui/core/IconButton';
import TextField from '@material-ui/core/TextField';
import EditIcon from '@material-ui/icons/EditOutlined';
import { makeStyles } from '@material-ui/core/styles';
import { useApi } from '@backstage/core-plugin-api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { RunDetail } from '@maestro/plugin-maestro-common';
import { maestroApiRef } from '../../api/maestroApi';
import { keys } from '../../state/queries';
import { useNotify } from '../../state/useNotify';
import { ActionDialog } from '../actions/ActionDialog';
import { Permitted } from '../actions/Permitted';

/** What the API takes, in characters. */
const LONGEST = 10_000;

const useStyles = makeStyles(theme => ({
  note: {
    display: 'inline-flex',
    alignItems: 'flex-start',
    gap: theme.spacing(0.5),
    maxWidth: '100%',
  },
  text: {
    color: theme.palette.text.primary,
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    maxHeight: 120,
    overflow: 'auto',
  },
}));

/** The note on a run, and the way to change it. */
export function RunNote(props: { run: RunDetail }) {
  const { run } = props;
  const classes = useStyles();
  const [editing, setEditing] = useState(false);
  const label = run.note ? 'Edit the note' : 'Add a note';
  return (
    <span className={classes.note}>
      {run.note && <span className={classes.text}>“{run.note}”</span>}
      <Permitted to="setRunNote" runId={run.runId}>
        {disabled => (
          <IconButton
            size="small"
            aria-label={label}
            title={`${label}…`}
            disabled={disabled}
            onClick={() => setEditing(true)}
            style={{ padding: 2 }}
          >
            <EditIcon style={{ fontSize: 16 }} />
          </IconButton>
        )}
      </Permitted>
      {editing && <NoteDialog run={run} onClose={() => setEditing(false)} />}
    </span>
  );
}

function NoteDialog(props: { run: RunDetail; onClose: () => void }) {
  const { run, onClose } = props;
  const api = useApi(maestroApiRef);
  const client = useQueryClient();
  const notify = useNotify();
  const [note, setNote] = useState(run.note ?? '');
  const save = useMutation({
    mutationFn: () => api.setRunNote(run.runId, note.trim()),
    onSuccess: saved => {
      client.invalidateQueries({ queryKey: keys.run(run.runId) });
      notify.done(saved.note ? 'Saved the note' : 'Removed the note');
      onClose();
    },
  });
  return (
    <ActionDialog
      title={`Note on this run of ${run.pipeline}`}
      verb={note.trim() === '' && run.note ? 'Remove the note' : 'Save'}
      busy={save.isPending}
      disabled={note.trim() === (run.note ?? '')}
      onClose={onClose}
      onConfirm={() => save.mutate()}
      failure={
        save.error
          ? { title: 'The note was not saved', error: save.error }
          : undefined
      }
    >
      <TextField
        label="Note"
        id="maestro-run-note"
        helperText="Everybody who may see the run sees it. What changed is kept in its events."
        value={note}
        onChange={event => setNote(event.target.value)}
        fullWidth
        multiline
        maxRows={12}
        inputProps={{ maxLength: LONGEST }}
      />
    </ActionDialog>
  );
}
