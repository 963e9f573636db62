import { Content } from '@backstage/core-components';
import { useApi } from '@backstage/frontend-plugin-api';
import { MlflowStatus } from '@maestro/plugin-mlflow-common';
import Link from '@material-ui/core/Link';
import { makeStyles } from '@material-ui/core/styles';
import Typography from '@material-ui/core/Typography';
import {
  QueryClient,
  QueryClientProvider,
  useQuery,
} from '@tanstack/react-query';
import { ReactNode, useState } from 'react';
import { mlflowApiRef } from '../apis';
import { Invitation } from './Invitation';

const useStyles = makeStyles(theme => ({
  bar: {
    display: 'flex',
    alignItems: 'center',
    flexWrap: 'wrap',
    gap: theme.spacing(2),
    minHeight: 40,
    marginBottom: theme.spacing(2),
  },
  space: { flexGrow: 1 },
}));

/** Gives the pages below it a cache of answers for as long as they are open. */
export function MlflowQueries(props: { children: ReactNode }) {
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

export function useMlflowStatus(): MlflowStatus | undefined {
  const api = useApi(mlflowApiRef);
  const { data } = useQuery({
    queryKey: ['mlflow', 'status'],
    queryFn: () => api.getStatus(),
  });
  return data;
}

/**
 * Around each MLflow page: the filter, which server it is, and an invitation
 * to configure one.
 */
export function MlflowFrame(props: { filter: ReactNode; children: ReactNode }) {
  const classes = useStyles();
  const status = useMlflowStatus();
  if (status && !status.configured) {
    return (
      <Content>
        <Invitation
          title="Connect an MLflow server"
          code={'mlflow:\n  baseUrl: http://mlflow.example:5000'}
        >
          Models, their versions and the runs that made them appear here once
          the portal knows where MLflow is. Set <b>{status.configKey}</b> in the
          portal&apos;s configuration and restart it.
        </Invitation>
      </Content>
    );
  }
  return (
    <Content>
      <div className={classes.bar}>
        {props.filter}
        <div className={classes.space} />
        {status?.version && (
          <Typography variant="body2" color="textSecondary">
            MLflow {status.version}
          </Typography>
        )}
        {status?.uiUrl && (
          <Link href={status.uiUrl} target="_blank" rel="noopener noreferrer">
            Open MLflow ↗
          </Link>
        )}
      </div>
      {props.children}
    </Content>
  );
}
