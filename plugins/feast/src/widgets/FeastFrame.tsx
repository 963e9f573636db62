import { Content } from '@backstage/core-components';
import { useApi } from '@backstage/frontend-plugin-api';
import { FeastServiceStatus } from '@maestro/plugin-feast-common';
import { makeStyles } from '@material-ui/core/styles';
import Typography from '@material-ui/core/Typography';
import Alert from '@material-ui/lab/Alert';
import {
  QueryClient,
  QueryClientProvider,
  useQuery,
} from '@tanstack/react-query';
import { ReactNode, useState } from 'react';
import { feastApiRef } from '../apis';
import { Invitation } from './Invitation';

const useStyles = makeStyles(theme => ({
  bar: {
    display: 'flex',
    alignItems: 'center',
    flexWrap: 'wrap',
    gap: theme.spacing(1, 2),
    minHeight: 40,
    marginBottom: theme.spacing(2),
  },
  space: { flexGrow: 1 },
  alert: { marginBottom: theme.spacing(2), overflowWrap: 'anywhere' },
}));

/** Gives the pages below it a cache of answers for as long as they are open. */
export function FeastQueries(props: { children: ReactNode }) {
  const [client] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: {
            // The backend has tried; people see the reason and try again.
            retry: false,
            staleTime: 15_000,
            refetchInterval: 60_000,
          },
        },
      }),
  );
  return (
    <QueryClientProvider client={client}>{props.children}</QueryClientProvider>
  );
}

/**
 * Around each Feast page: the filter, the state of both servers, and an
 * invitation to configure the registry.
 */
export function FeastFrame(props: { filter: ReactNode; children: ReactNode }) {
  const classes = useStyles();
  const api = useApi(feastApiRef);
  const { data: status } = useQuery({
    queryKey: ['feast', 'status'],
    queryFn: () => api.getStatus(),
  });
  if (status && !status.registry.configured) {
    return (
      <Content>
        <Invitation
          title="Connect a Feast registry"
          code={
            'feast:\n  registryUrl: http://feast-registry.example:6572\n  serverUrl: http://feast.example:6566'
          }
        >
          Feature views, and how fresh their values are, appear here once the
          portal knows where the registry is. Start it with{' '}
          <code>feast serve_registry --rest-api</code>, set{' '}
          <b>{status.registry.configKey}</b> in the portal&apos;s configuration
          and restart it.
        </Invitation>
      </Content>
    );
  }
  return (
    <Content>
      <div className={classes.bar}>
        {props.filter}
        <div className={classes.space} />
        {status && (
          <Typography variant="body2" color="textSecondary">
            {status.registry.version && `Feast ${status.registry.version} · `}
            feature server {serverWords(status.server)}
          </Typography>
        )}
      </div>
      {status?.server.problem && (
        <Alert severity="warning" variant="outlined" className={classes.alert}>
          Models cannot read features online. {status.server.problem}
        </Alert>
      )}
      {props.children}
    </Content>
  );
}

function serverWords(server: FeastServiceStatus): string {
  if (!server.configured) {
    return `not configured (${server.configKey})`;
  }
  return server.problem ? 'does not answer' : 'answers';
}
