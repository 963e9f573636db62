import { Content } from '@backstage/core-components';
import { useApi } from '@backstage/frontend-plugin-api';
import { MlflowStatus } from '@maestro/plugin-mlflow-common';
import { Invitation, PeerContent } from '@maestro/plugin-peer-react';
import Link from '@material-ui/core/Link';
import Typography from '@material-ui/core/Typography';
import { useQuery } from '@tanstack/react-query';
import { ReactNode } from 'react';
import { mlflowApiRef } from '../apis';

/** The server behind the pages; undefined until it is known. */
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
    <PeerContent
      filter={props.filter}
      server={
        <>
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
        </>
      }
    >
      {props.children}
    </PeerContent>
  );
}
