import { useState } from 'react';
import Button from '@material-ui/core/Button';
import Alert from '@material-ui/lab/Alert';
import { useApi } from '@backstage/core-plugin-api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { RunDetail, Why } from '@maestro/plugin-maestro-common';
import {
  Duration,
  RelativeTime,
  useNow,
  useTimeZone,
} from '@maestro/plugin-maestro-react';
import { LinkButton } from '@backstage/core-components';
import { maestroApiRef } from '../../api/maestroApi';
import { keys, useWhy } from '../../state/queries';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { useNotify } from '../../state/useNotify';
import { ClearDialog } from '../actions/ClearDialog';
import { Permitted } from '../actions/Permitted';
import { ErrorNotice } from '../layout/ErrorNotice';
import { whyAction } from './whyAction';
import { whyWords } from './whyWords';

type Action = NonNullable<Why['chain'][number]['action']>;

/**
 * Why a task waits: from its state to what would unblock it, with the way to
 * do that.
 */
export function WhyChain(props: {
  run: RunDetail;
  /** Without it the question is about the run. */
  taskId?: string;
  /** Of an instance of a mapped task. */
  mapIndex?: number;
}) {
  const { run, taskId, mapIndex } = props;
  const { zone } = useTimeZone();
  const why = useWhy(run.runId, taskId, true, mapIndex);
  if (why.error && !why.data) {
    return <ErrorNotice title="The reason is not known" error={why.error} />;
  }
  const chain = why.data ?? [];
  if (chain.length === 0) {
    return null;
  }
  return (
    <Alert severity="info" icon={false} style={{ marginBottom: 8 }}>
      <strong>Why it is not running</strong>
      <ol style={{ margin: '4px 0 0', paddingLeft: 20 }}>
        {chain.map((link, i) => (
          <li key={i}>
            {whyWords(link.message, zone)}
            {link.since !== undefined && <HowLong since={link.since} />}
            {link.until !== undefined && (
              <>
                , <RelativeTime at={link.until} />
              </>
            )}
            . {link.action && <WhyButton run={run} action={link.action} />}
          </li>
        ))}
      </ol>
    </Alert>
  );
}

/** How long it has been so; of what is yet to come, when. */
function HowLong({ since }: { since: number }) {
  const now = useNow();
  return since > now ? (
    <>
      , <RelativeTime at={since} />
    </>
  ) : (
    <>
      , for <Duration since={since} />
    </>
  );
}

function WhyButton(props: { run: RunDetail; action: Action }) {
  const { run, action } = props;
  const api = useApi(maestroApiRef);
  const client = useQueryClient();
  const notify = useNotify();
  const links = useMaestroLinks();
  const target = whyAction(action, run);
  const [clearing, setClearing] = useState(false);
  const resume = useMutation({
    mutationFn: (pipeline: string) => api.setPipelinePaused(pipeline, false),
    onSuccess: changed => {
      client.invalidateQueries({ queryKey: keys.run(run.runId) });
      client.invalidateQueries({ queryKey: keys.pipelines });
      notify.done(`Resumed ${changed.name}`);
    },
    onError: error => notify.failed('It was not resumed', error),
  });
  const goOn = useMutation({
    mutationFn: (backfillId: string) =>
      api.setBackfillState(backfillId, 'running'),
    onSuccess: () => {
      client.invalidateQueries({ queryKey: keys.run(run.runId) });
      client.invalidateQueries({ queryKey: keys.backfills });
      notify.done(`The backfill of ${run.pipeline} goes on`);
    },
    onError: error => notify.failed('The backfill does not go on', error),
  });
  if (!target) {
    return (
      <span title={action.command && `In a terminal: ${action.command}`}>
        → {action.label}
      </span>
    );
  }
  if (target.kind === 'unpause_backfill') {
    return (
      <Permitted to="setBackfillState">
        {disabled => (
          <Button
            size="small"
            variant="outlined"
            disabled={disabled || goOn.isPending}
            onClick={() => goOn.mutate(target.id)}
          >
            {action.label}
          </Button>
        )}
      </Permitted>
    );
  }
  if (target.kind === 'resume') {
    return (
      <Permitted to="setPipelinePaused">
        {disabled => (
          <Button
            size="small"
            variant="outlined"
            disabled={disabled || resume.isPending}
            onClick={() => resume.mutate(target.pipeline)}
          >
            {action.label}
          </Button>
        )}
      </Permitted>
    );
  }
  if (target.kind === 'clear') {
    return (
      <>
        <Permitted to="clearTasks" runId={run.runId}>
          {disabled => (
            <Button
              size="small"
              variant="outlined"
              disabled={disabled}
              onClick={() => setClearing(true)}
            >
              {action.label}
            </Button>
          )}
        </Permitted>
        {clearing && (
          <ClearDialog
            runId={run.runId}
            taskId={target.id}
            onClose={() => setClearing(false)}
          />
        )}
      </>
    );
  }
  const href = {
    run: () => links.run(target.id),
    task: () => links.run(run.runId, { task: target.id }),
    log: () => links.run(run.runId, { task: target.id, panel: 'log' }),
    connection: () =>
      `${links.connections()}?q=${encodeURIComponent(target.id)}`,
    variable: () => `${links.variables()}?q=${encodeURIComponent(target.id)}`,
    asset: () => links.asset(target.id),
    // Executors and schedulers stand above the pipelines.
    status: () => links.pipelines(),
    pool: () => `${links.pools()}?q=${encodeURIComponent(target.id)}`,
  }[target.kind]();
  return (
    <LinkButton
      size="small"
      variant="outlined"
      to={href}
      title={action.command && `In a terminal: ${action.command}`}
    >
      {action.label}
    </LinkButton>
  );
}
