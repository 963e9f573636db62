import { useState } from 'react';
import Button from '@material-ui/core/Button';
import Drawer from '@material-ui/core/Drawer';
import MenuItem from '@material-ui/core/MenuItem';
import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { useApi } from '@backstage/core-plugin-api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Connection } from '@maestro/plugin-maestro-common';
import { maestroApiRef } from '../../api/maestroApi';
import { keys } from '../../state/queries';
import { useNotify } from '../../state/useNotify';
import { Permitted } from '../actions/Permitted';
import { ErrorNotice } from '../layout/ErrorNotice';
import { ConnectionTestView } from './ConnectionTestView';
import {
  CONNECTION_TYPES,
  emptyInput,
  inputOf,
  inputProblems,
  toWrite,
  type ConnectionInput,
} from './connectionForm';
import { SecretField } from './SecretField';

const useStyles = makeStyles(theme => ({
  paper: {
    width: 480,
    maxWidth: '100vw',
    fontFamily: theme.typography.fontFamily,
  },
  form: {
    display: 'flex',
    flexDirection: 'column',
    gap: theme.spacing(2),
    padding: theme.spacing(3),
  },
  pair: { display: 'grid', gridTemplateColumns: '1fr 120px', gap: 16 },
  actions: { display: 'flex', gap: 8, justifyContent: 'flex-end' },
}));

/** @internal */
export interface ConnectionDrawerProps {
  /** The connection to change; without it a new one is made. */
  connection?: Connection;
  onClose: () => void;
}

/** The form of a connection. Secrets go in and never come out. */
export function ConnectionDrawer(props: ConnectionDrawerProps) {
  const { connection, onClose } = props;
  const classes = useStyles();
  const api = useApi(maestroApiRef);
  const client = useQueryClient();
  const notify = useNotify();
  const [input, setInput] = useState<ConnectionInput>(() =>
    connection ? inputOf(connection) : emptyInput(),
  );
  const [tried, setTried] = useState(false);
  const problems = inputProblems(input);
  const type = CONNECTION_TYPES[input.connType] ?? { label: input.connType };

  const save = useMutation({
    mutationFn: () => {
      const write = toWrite(input, connection !== undefined);
      return connection
        ? api.updateConnection(write)
        : api.createConnection(write);
    },
    onSuccess: saved => {
      client.invalidateQueries({ queryKey: keys.connections });
      notify.done(
        connection
          ? `Changed connection ${saved.connId}`
          : `Made connection ${saved.connId}`,
      );
      onClose();
    },
  });

  const field = (
    name: 'connId' | 'host' | 'port' | 'login' | 'schema' | 'description',
    label: string,
    rest: Partial<React.ComponentProps<typeof TextField>> = {},
  ) => (
    <TextField
      label={label}
      id={`maestro-connection-${name}`}
      value={input[name]}
      onChange={event => setInput({ ...input, [name]: event.target.value })}
      error={tried && problems[name] !== undefined}
      helperText={tried ? problems[name] : undefined}
      variant="outlined"
      size="small"
      autoComplete="off"
      {...(rest as object)}
    />
  );
  const types = Object.entries(CONNECTION_TYPES);
  const otherType = CONNECTION_TYPES[input.connType] === undefined;
  return (
    <Drawer
      anchor="right"
      open
      onClose={save.isPending ? undefined : onClose}
      classes={{ paper: classes.paper }}
    >
      <form
        className={classes.form}
        role="dialog"
        aria-label={
          connection ? `Connection ${connection.connId}` : 'New connection'
        }
        noValidate
        onSubmit={event => {
          event.preventDefault();
          setTried(true);
          if (Object.keys(problems).length === 0) save.mutate();
        }}
      >
        <Typography variant="h5" component="h2">
          {connection ? connection.connId : 'New connection'}
        </Typography>
        {!connection && field('connId', 'Id')}
        <TextField
          select
          label="Type"
          id="maestro-connection-type"
          variant="outlined"
          size="small"
          value={input.connType}
          onChange={event =>
            setInput({ ...input, connType: event.target.value })
          }
        >
          {types.map(([value, { label }]) => (
            <MenuItem key={value} value={value}>
              {label} ({value})
            </MenuItem>
          ))}
          {/* The type that was given is kept, whatever it is. */}
          {otherType && (
            <MenuItem value={input.connType}>{input.connType}</MenuItem>
          )}
        </TextField>
        <div className={classes.pair}>
          {field('host', type.host ?? 'Host')}
          {field('port', 'Port', {
            placeholder: type.port ? String(type.port) : undefined,
            inputProps: { inputMode: 'numeric' },
          })}
        </div>
        {field('login', type.login ?? 'Login')}
        <SecretField
          label={type.password ?? 'Password'}
          stored={connection?.hasPassword ? 'stored' : undefined}
          value={input.password}
          onChange={password => setInput({ ...input, password })}
        />
        {field('schema', type.schema ?? 'Schema')}
        <SecretField
          label="Extra (JSON)"
          multiline
          placeholder={type.extraHint}
          stored={
            connection && connection.extraKeys.length > 0
              ? `stored with the keys ${connection.extraKeys.join(', ')}`
              : undefined
          }
          value={input.extra}
          onChange={extra => setInput({ ...input, extra })}
          problem={tried ? problems.extra : undefined}
        />
        {field('description', 'Description', { multiline: true })}
        {save.error && (
          <ErrorNotice
            title="The connection was not saved"
            error={save.error}
          />
        )}
        <div className={classes.actions}>
          <Button onClick={onClose} disabled={save.isPending}>
            Cancel
          </Button>
          <Permitted to={connection ? 'updateConnection' : 'createConnection'}>
            {disabled => (
              <Button
                type="submit"
                variant="contained"
                color="primary"
                disabled={disabled || save.isPending}
              >
                Save
              </Button>
            )}
          </Permitted>
        </div>
        {connection && <ConnectionTestView connection={connection} />}
      </form>
    </Drawer>
  );
}
