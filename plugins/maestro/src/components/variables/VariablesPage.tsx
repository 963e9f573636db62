import { useState } from 'react';
import Button from '@material-ui/core/Button';
import IconButton from '@material-ui/core/IconButton';
import Paper from '@material-ui/core/Paper';
import Typography from '@material-ui/core/Typography';
import DeleteIcon from '@material-ui/icons/DeleteOutline';
import { useApi } from '@backstage/frontend-plugin-api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Variable } from '@maestro/plugin-maestro-common';
import { RelativeTime } from '@maestro/plugin-maestro-react';
import { maestroApiRef } from '../../api/maestroApi';
import { keys, useVariables } from '../../state/queries';
import { useNotify } from '../../state/useNotify';
import { ActionDialog } from '../actions/ActionDialog';
import { useListKeys } from '../keyboard/useListKeys';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { EmptyInvitation } from '../layout/EmptyInvitation';
import { ErrorNotice } from '../layout/ErrorNotice';
import { FilterField, useFilterText } from '../layout/FilterField';
import { MaestroPage } from '../layout/MaestroPage';
import { useTableStyles } from '../layout/useTableStyles';
import { VariableDialog } from './VariableDialog';

/** Characters of a value that the table shows. */
const SHOWN = 200;

/** The page of variables. */
export function VariablesPage() {
  return (
    <MaestroPage>
      <VariablesContent />
    </MaestroPage>
  );
}

function valueOf({ secret, value = '' }: Variable) {
  if (secret) {
    return '••••••••';
  }
  return value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value;
}

function VariablesContent() {
  const classes = useTableStyles();
  const variables = useVariables();
  const [text, setText] = useFilterText();
  const [open, setOpen] = useState<Variable>();
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<Variable>();
  const all = variables.data ?? [];
  const wanted = text.toLocaleLowerCase();
  const rows = all.filter(each =>
    [each.key, each.value, each.description, ...each.usedBy]
      .join('\n')
      .toLocaleLowerCase()
      .includes(wanted),
  );
  const marked = useListKeys({
    items: rows,
    keyOf: row => row.key,
    onOpen: setOpen,
  });
  const add = (
    <Button variant="contained" color="primary" onClick={() => setAdding(true)}>
      New variable
    </Button>
  );
  return (
    <>
      <div className={classes.bar}>
        <FilterField label="Filter variables" value={text} onChange={setText} />
        <span className={classes.space} />
        {add}
      </div>
      {variables.isPending && <DelayedSkeleton rows={6} height={44} />}
      {variables.error && !variables.data && (
        <ErrorNotice
          title="The variables could not be read"
          error={variables.error}
        />
      )}
      {variables.data && all.length === 0 && (
        <EmptyInvitation title="No variables yet" action={add}>
          A variable is a value that pipelines read when they run, such as a
          threshold. Changing it changes the next run, without a new version.
        </EmptyInvitation>
      )}
      {all.length > 0 && rows.length === 0 && (
        <EmptyInvitation title="No variable matches">
          The filter leaves nothing of {all.length}.
        </EmptyInvitation>
      )}
      {rows.length > 0 && (
        <Paper variant="outlined" className={classes.scroll}>
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">name</th>
                <th scope="col">value</th>
                <th scope="col">used by</th>
                <th scope="col">changed</th>
                <th scope="col" aria-label="Actions" />
              </tr>
            </thead>
            <tbody>
              {rows.map((row, index) => (
                <tr
                  key={row.key}
                  className={index === marked ? classes.marked : undefined}
                >
                  <td>
                    <button
                      type="button"
                      className={classes.open}
                      onClick={() => setOpen(row)}
                    >
                      {row.key}
                    </button>
                    {row.description && (
                      <Typography variant="body2" color="textSecondary">
                        {row.description}
                      </Typography>
                    )}
                  </td>
                  <td className={classes.long}>
                    <code>{valueOf(row)}</code>
                  </td>
                  <td>{row.usedBy.length > 0 ? row.usedBy.join(', ') : '—'}</td>
                  <td title={`by ${row.updatedBy}`}>
                    <RelativeTime at={row.updatedAt} />
                  </td>
                  <td className={classes.actions}>
                    <Button size="small" onClick={() => setOpen(row)}>
                      Edit
                    </Button>
                    <IconButton
                      size="small"
                      aria-label={`Delete ${row.key}`}
                      title="Delete…"
                      onClick={() => setDeleting(row)}
                    >
                      <DeleteIcon fontSize="small" />
                    </IconButton>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Paper>
      )}
      {(adding || open) && (
        <VariableDialog
          variable={open}
          taken={all.map(each => each.key)}
          onClose={() => {
            setAdding(false);
            setOpen(undefined);
          }}
        />
      )}
      {deleting && (
        <DeleteVariable
          variable={deleting}
          onClose={() => setDeleting(undefined)}
        />
      )}
    </>
  );
}

function DeleteVariable(props: { variable: Variable; onClose: () => void }) {
  const { variable, onClose } = props;
  const { key, usedBy } = variable;
  const api = useApi(maestroApiRef);
  const client = useQueryClient();
  const notify = useNotify();
  const remove = useMutation({
    mutationFn: () => api.deleteVariable(key),
    onSuccess: () => {
      client.invalidateQueries({ queryKey: keys.variables });
      notify.done(`Deleted variable ${key}`);
      onClose();
    },
  });
  return (
    <ActionDialog
      title={`Delete variable ${key}?`}
      verb="Delete"
      dismiss="Keep"
      destructive
      busy={remove.isPending}
      onClose={onClose}
      onConfirm={() => remove.mutate()}
      failure={
        remove.error
          ? { title: 'The variable was not deleted', error: remove.error }
          : undefined
      }
    >
      <Typography>
        {usedBy.length > 0
          ? `${usedBy.join(
              ', ',
            )} read it; their tasks find nothing from the next start on.`
          : 'No pipeline reads it.'}
      </Typography>
    </ActionDialog>
  );
}
