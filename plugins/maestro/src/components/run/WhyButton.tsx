import { useState } from 'react';
import Button from '@material-ui/core/Button';
import { LinkButton } from '@backstage/core-components';
import { useApi } from '@backstage/core-plugin-api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router-dom';
import type { Why } from '@maestro/plugin-maestro-common';
import { maestroApiRef } from '../../api/maestroApi';
import { keys } from '../../state/queries';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { useNotify } from '../../state/useNotify';
import { ClearDialog } from '../actions/ClearDialog';
import { Permitted } from '../actions/Permitted';
import { TriggerDialog } from '../actions/TriggerDialog';
import { whyAction } from './whyAction';

type Action = NonNullable<Why['chain'][number]['action']>;

/** What can be done about a reason, of a run or of a pipeline without one. */
export function WhyButton(props: {
  pipeline: string;
  /** The run that is asked about, where there is one. */
  runId?: string;
  action: Action;
}) {
  const { pipeline: name, runId, action } = props;
  const navigate = useNavigate();
  const [triggering, setTriggering] = useState(false);
  const api = useApi(maestroApiRef);
  const client = useQueryClient();
  const notify = useNotify();
  const links = useMaestroLinks();
  const target = whyAction(action, { pipeline: name });
  const [clearing, setClearing] = useState(false);
  const resume = useMutation({
    mutationFn: (pipeline: string) => api.setPipelinePaused(pipeline, false),
    onSuccess: changed => {
      if (runId) client.invalidateQueries({ queryKey: keys.run(runId) });
      client.invalidateQueries({ queryKey: keys.pipeline(name) });
      client.invalidateQueries({ queryKey: keys.pipelines });
      notify.done(`Resumed ${changed.name}`);
    },
    onError: error => notify.failed('It was not resumed', error),
  });
  const goOn = useMutation({
    mutationFn: (backfillId: string) =>
      api.setBackfillState(backfillId, 'running'),
    onSuccess: () => {
      if (runId) client.invalidateQueries({ queryKey: keys.run(runId) });
      client.invalidateQueries({ queryKey: keys.backfills });
      notify.done(`The backfill of ${name} goes on`);
    },
    onError: error => notify.failed('The backfill does not go on', error),
  });
  // A task stands on the page of its run.
  const ofTask = target && ['task', 'log', 'clear'].includes(target.kind);
  if (!target || (ofTask && runId === undefined)) {
    return (
      <span title={action.command && `In a terminal: ${action.command}`}>
        → {action.label}
      </span>
    );
  }
  if (target.kind === 'trigger') {
    return (
      <>
        <Permitted to="triggerRun">
          {disabled => (
            <Button
              size="small"
              variant="outlined"
              disabled={disabled}
              title={action.command && `In a terminal: ${action.command}`}
              onClick={() => setTriggering(true)}
            >
              {action.label}
            </Button>
          )}
        </Permitted>
        {triggering && (
          <TriggerDialog
            pipeline={target.id}
            onClose={() => setTriggering(false)}
            onStarted={started => navigate(links.run(started))}
          />
        )}
      </>
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
        <Permitted to="clearTasks" runId={runId}>
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
            runId={runId!}
            taskId={target.id}
            onClose={() => setClearing(false)}
          />
        )}
      </>
    );
  }
  const href = {
    run: () => links.run(target.id),
    task: () => links.run(runId!, { task: target.id }),
    log: () => links.run(runId!, { task: target.id, panel: 'log' }),
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
