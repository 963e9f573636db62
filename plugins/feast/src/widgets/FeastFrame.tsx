import { Content } from '@backstage/core-components';
import { useApi } from '@backstage/frontend-plugin-api';
import { FeastServiceStatus } from '@maestro/plugin-feast-common';
import { Invitation, PeerContent } from '@maestro/plugin-peer-react';
import { makeStyles } from '@material-ui/core/styles';
import Typography from '@material-ui/core/Typography';
import Alert from '@material-ui/lab/Alert';
import { useQuery } from '@tanstack/react-query';
import { ReactNode } from 'react';
import { feastApiRef } from '../apis';

const useStyles = makeStyles(theme => ({
  alert: { marginBottom: theme.spacing(2), overflowWrap: 'anywhere' },
}));

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
    <PeerContent
      filter={props.filter}
      server={
        status && (
          <Typography variant="body2" color="textSecondary">
            {status.registry.version && `Feast ${status.registry.version} · `}
            feature server {serverWords(status.server)}
          </Typography>
        )
      }
    >
      {status?.server.problem && (
        <Alert severity="warning" variant="outlined" className={classes.alert}>
          Models cannot read features online. {status.server.problem}
        </Alert>
      )}
      {props.children}
    </PeerContent>
  );
}

function serverWords(server: FeastServiceStatus): string {
  if (!server.configured) {
    return `not configured (${server.configKey})`;
  }
  return server.problem ? 'does not answer' : 'answers';
}
