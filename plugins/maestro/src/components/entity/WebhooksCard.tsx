import { useState } from 'react';
import Button from '@material-ui/core/Button';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { InfoCard } from '@backstage/core-components';
import { discoveryApiRef, useApi } from '@backstage/core-plugin-api';
import { useEntity } from '@backstage/plugin-catalog-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  type Webhook,
  type WebhookSecret,
  actorWords,
} from '@maestro/plugin-maestro-common';
import { RelativeTime } from '@maestro/plugin-maestro-react';
import { maestroApiRef } from '../../api/maestroApi';
import { MaestroProvider } from '../../state/MaestroProvider';
import { keys, useWebhooks } from '../../state/queries';
import { ActionDialog } from '../actions/ActionDialog';
import { Permitted } from '../actions/Permitted';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { ErrorNotice } from '../layout/ErrorNotice';
import { pipelineName } from './pipelineName';

const useStyles = makeStyles(theme => ({
  // A card of Backstage has the font of the browser.
  card: {
    fontFamily: theme.typography.fontFamily,
    fontSize: theme.typography.pxToRem(14),
  },
  hook: {
    padding: theme.spacing(1, 0),
    borderBottom: `1px solid ${theme.palette.divider}`,
  },
  head: { display: 'flex', alignItems: 'center', gap: theme.spacing(1) },
  name: { flex: 1, fontWeight: 600 },
  address: { overflowWrap: 'anywhere', fontSize: 12 },
  faint: { color: theme.palette.text.secondary },
}));

/** Requests from outside that start the pipeline, and their secrets. */
export function WebhooksCard() {
  const classes = useStyles();
  return (
    <MaestroProvider>
      <InfoCard title="Webhooks" variant="gridItem">
        <div className={classes.card}>
          <Webhooks />
        </div>
      </InfoCard>
    </MaestroProvider>
  );
}

function Webhooks() {
  const { entity } = useEntity();
  const name = pipelineName(entity);
  const classes = useStyles();
  const webhooks = useWebhooks(name);
  const discovery = useApi(discoveryApiRef);
  const base = useQuery({
    queryKey: ['maestro', 'address'],
    queryFn: () => discovery.getBaseUrl('maestro'),
    staleTime: Infinity,
  });
  const [rotating, setRotating] = useState<Webhook>();
  const isDag = entity.spec?.type === 'airflow';
  if (webhooks.error && !webhooks.data) {
    return (
      <ErrorNotice
        title="The webhooks could not be read"
        error={webhooks.error}
      />
    );
  }
  if (!webhooks.data) {
    return <DelayedSkeleton rows={2} height={32} />;
  }
  if (webhooks.data.length === 0) {
    return (
      <span className={classes.faint}>
        {isDag ? (
          'None: a DAG file cannot say one. Its runs are started through the API, too.'
        ) : (
          <>
            None. <code>webhooks: [{'{id: deploy}'}]</code> in its file makes
            one: a request with its secret starts a run.
          </>
        )}
      </span>
    );
  }
  return (
    <>
      {webhooks.data.map(hook => (
        <div key={hook.id} className={classes.hook}>
          <div className={classes.head}>
            <span className={classes.name}>{hook.id}</span>
            <Permitted to="rotateWebhook">
              {disabled => (
                <Button
                  size="small"
                  variant="outlined"
                  disabled={disabled}
                  aria-label={`${
                    hook.hasSecret ? 'New secret' : 'Make a secret'
                  } of ${hook.id}`}
                  onClick={() => setRotating(hook)}
                >
                  {hook.hasSecret ? 'New secret…' : 'Make a secret…'}
                </Button>
              )}
            </Permitted>
          </div>
          <div className={classes.address}>
            <code>{`POST ${base.data ?? ''}${hook.path}`}</code>
          </div>
          <div className={classes.faint}>
            {hook.rotatedAt === undefined ? (
              'No secret yet: every request is refused.'
            ) : (
              <>
                secret by {actorWords(hook.rotatedBy)}{' '}
                <RelativeTime at={hook.rotatedAt} />, last request{' '}
                {hook.deliveredAt === undefined ? (
                  'never'
                ) : (
                  <RelativeTime at={hook.deliveredAt} />
                )}
              </>
            )}
          </div>
        </div>
      ))}
      {rotating && (
        <RotateDialog
          pipeline={name}
          hook={rotating}
          onClose={() => setRotating(undefined)}
        />
      )}
    </>
  );
}

function RotateDialog(props: {
  pipeline: string;
  hook: Webhook;
  onClose: () => void;
}) {
  const { pipeline, hook, onClose } = props;
  const api = useApi(maestroApiRef);
  const client = useQueryClient();
  const [made, setMade] = useState<WebhookSecret>();
  const rotate = useMutation({
    mutationFn: () => api.rotateWebhook(pipeline, hook.id),
    onSuccess: secret => {
      client.invalidateQueries({ queryKey: keys.webhooks(pipeline) });
      setMade(secret);
    },
  });
  if (made) {
    return (
      <ActionDialog
        title={`Secret of ${hook.id}`}
        verb="I have it"
        dismiss={false}
        busy={false}
        onClose={onClose}
        onConfirm={onClose}
      >
        <Typography gutterBottom>
          It is not shown again. The sender signs each body with it
          (X-Hub-Signature-256, as GitHub does), or sends it as a bearer token.
        </Typography>
        <code style={{ overflowWrap: 'anywhere' }}>{made.secret}</code>
      </ActionDialog>
    );
  }
  return (
    <ActionDialog
      title={`${hook.hasSecret ? 'New' : 'Make a'} secret of ${hook.id}?`}
      verb={hook.hasSecret ? 'Replace the secret' : 'Make the secret'}
      destructive={hook.hasSecret}
      deed="rotateWebhook"
      busy={rotate.isPending}
      onClose={onClose}
      onConfirm={() => rotate.mutate()}
      failure={
        rotate.error
          ? { title: 'There is no new secret', error: rotate.error }
          : undefined
      }
    >
      <Typography>
        {hook.hasSecret
          ? 'Requests with the present secret are refused from then on, until the sender has the new one.'
          : `Whoever has it can start runs of ${pipeline}.`}{' '}
        It is shown once.
      </Typography>
    </ActionDialog>
  );
}
