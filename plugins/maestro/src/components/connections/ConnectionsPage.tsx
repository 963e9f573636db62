import { useState } from 'react';
import Button from '@material-ui/core/Button';
import IconButton from '@material-ui/core/IconButton';
import Paper from '@material-ui/core/Paper';
import Typography from '@material-ui/core/Typography';
import DeleteIcon from '@material-ui/icons/DeleteOutline';
import { useApi } from '@backstage/frontend-plugin-api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Connection } from '@maestro/plugin-maestro-common';
import { RelativeTime, StateChip } from '@maestro/plugin-maestro-react';
import { maestroApiRef } from '../../api/maestroApi';
import { keys, useConnections } from '../../state/queries';
import { useNotify } from '../../state/useNotify';
import { ActionDialog } from '../actions/ActionDialog';
import { useListKeys } from '../keyboard/useListKeys';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { EmptyInvitation } from '../layout/EmptyInvitation';
import { ErrorNotice } from '../layout/ErrorNotice';
import { FilterField, useFilterText } from '../layout/FilterField';
import { MaestroPage } from '../layout/MaestroPage';
import { useTableStyles } from '../layout/useTableStyles';
import { ConnectionDrawer } from './ConnectionDrawer';

/** The page of connections. */
export function ConnectionsPage() {
  return (
    <MaestroPage>
      <ConnectionsContent />
    </MaestroPage>
  );
}

const addressOf = ({ host, port }: Connection) =>
  host ? `${host}${port === undefined ? '' : `:${port}`}` : '—';

function ConnectionsContent() {
  const classes = useTableStyles();
  const connections = useConnections();
  const [text, setText] = useFilterText();
  const [open, setOpen] = useState<string>();
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<Connection>();
  const all = connections.data ?? [];
  const wanted = text.toLocaleLowerCase();
  const rows = all.filter(each =>
    [each.connId, each.connType, each.host, each.description, ...each.usedBy]
      .join('\n')
      .toLocaleLowerCase()
      .includes(wanted),
  );
  const marked = useListKeys({
    items: rows,
    keyOf: row => row.connId,
    onOpen: row => setOpen(row.connId),
  });
  const add = (
    <Button variant="contained" color="primary" onClick={() => setAdding(true)}>
      New connection
    </Button>
  );
  const opened = all.find(each => each.connId === open);
  return (
    <>
      <div className={classes.bar}>
        <FilterField
          label="Filter connections"
          value={text}
          onChange={setText}
        />
        <span className={classes.space} />
        {add}
      </div>
      {connections.isPending && <DelayedSkeleton rows={5} height={44} />}
      {connections.error && !connections.data && (
        <ErrorNotice
          title="The connections could not be read"
          error={connections.error}
        />
      )}
      {connections.data && all.length === 0 && (
        <EmptyInvitation title="No connections yet" action={add}>
          A connection tells tasks how to reach a service: address, login,
          password. Tasks that name it find it in their environment.
        </EmptyInvitation>
      )}
      {all.length > 0 && rows.length === 0 && (
        <EmptyInvitation title="No connection matches">
          The filter leaves nothing of {all.length}.
        </EmptyInvitation>
      )}
      {rows.length > 0 && (
        <Paper variant="outlined" className={classes.scroll}>
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">id</th>
                <th scope="col">type</th>
                <th scope="col">host</th>
                <th scope="col">login</th>
                <th scope="col">used by</th>
                <th scope="col">last test</th>
                <th scope="col">changed</th>
                <th scope="col" aria-label="Actions" />
              </tr>
            </thead>
            <tbody>
              {rows.map((row, index) => (
                <tr
                  key={row.connId}
                  className={index === marked ? classes.marked : undefined}
                >
                  <td>
                    <button
                      type="button"
                      className={classes.open}
                      onClick={() => setOpen(row.connId)}
                    >
                      {row.connId}
                    </button>
                    {row.description && (
                      <Typography variant="body2" color="textSecondary">
                        {row.description}
                      </Typography>
                    )}
                  </td>
                  <td>{row.connType}</td>
                  <td className={classes.long}>{addressOf(row)}</td>
                  <td>{row.login ?? '—'}</td>
                  <td>{row.usedBy.length > 0 ? row.usedBy.join(', ') : '—'}</td>
                  <td>
                    {row.lastTest ? (
                      <>
                        <StateChip
                          state={row.lastTest.ok ? 'success' : 'failed'}
                          label={row.lastTest.ok ? 'works' : 'failed'}
                          reason={
                            row.lastTest.steps.find(step => !step.ok)?.message
                          }
                        />{' '}
                        <RelativeTime at={row.lastTest.at} />
                      </>
                    ) : (
                      'never'
                    )}
                  </td>
                  <td title={`by ${row.updatedBy}`}>
                    <RelativeTime at={row.updatedAt} />
                  </td>
                  <td className={classes.actions}>
                    <Button size="small" onClick={() => setOpen(row.connId)}>
                      Edit and test
                    </Button>
                    <IconButton
                      size="small"
                      aria-label={`Delete ${row.connId}`}
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
      {adding && <ConnectionDrawer onClose={() => setAdding(false)} />}
      {opened && (
        <ConnectionDrawer
          key={opened.connId}
          connection={opened}
          onClose={() => setOpen(undefined)}
        />
      )}
      {deleting && (
        <DeleteConnection
          connection={deleting}
          onClose={() => setDeleting(undefined)}
        />
      )}
    </>
  );
}

function DeleteConnection(props: {
  connection: Connection;
  onClose: () => void;
}) {
  const { connection, onClose } = props;
  const { connId, usedBy } = connection;
  const api = useApi(maestroApiRef);
  const client = useQueryClient();
  const notify = useNotify();
  const remove = useMutation({
    mutationFn: () => api.deleteConnection(connId),
    onSuccess: () => {
      client.invalidateQueries({ queryKey: keys.connections });
      notify.done(`Deleted connection ${connId}`);
      onClose();
    },
  });
  return (
    <ActionDialog
      title={`Delete connection ${connId}?`}
      verb="Delete"
      dismiss="Keep"
      destructive
      busy={remove.isPending}
      onClose={onClose}
      onConfirm={() => remove.mutate()}
      failure={
        remove.error
          ? { title: 'The connection was not deleted', error: remove.error }
          : undefined
      }
    >
      <Typography>
        {usedBy.length > 0
          ? `Tasks of ${usedBy.join(
              ', ',
            )} name it; they fail from their next start on. `
          : 'No pipeline names it. '}
        Its password cannot be read back afterwards.
      </Typography>
    </ActionDialog>
  );
}
