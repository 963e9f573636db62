import { lazy, Suspense, useId, useState } from 'react';
import Checkbox from '@material-ui/core/Checkbox';
import FormControlLabel from '@material-ui/core/FormControlLabel';
import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import Alert from '@material-ui/lab/Alert';
import { useApi } from '@backstage/core-plugin-api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import {
  durationWords,
  MAX_PARTITION_KEY,
  type PipelineDetail,
} from '@maestro/plugin-maestro-common';
import { maestroApiRef } from '../../api/maestroApi';
import { keys, usePipeline, useStatus } from '../../state/queries';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { useNotify } from '../../state/useNotify';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { ErrorNotice } from '../layout/ErrorNotice';
import { isAway } from '../layout/isAway';
import { ProblemLine } from '../layout/ProblemLine';
import { ActionDialog } from './ActionDialog';

const ParamsForm = lazy(() => import('./ParamsForm'));

/** @internal */
export interface TriggerDialogProps {
  pipeline: string;
  /** Parameters of an earlier run, to run again with. */
  params?: Record<string, unknown>;
  /** Of that run. */
  partitionKey?: string;
  onClose: () => void;
  /** Called with the id of the run that was started. */
  onStarted?: (runId: string) => void;
}

/** Whether a JSON Schema asks for anything. */
function hasFields(schema: Record<string, unknown> | undefined): boolean {
  return Object.keys((schema?.properties as object) ?? {}).length > 0;
}

/**
 * Starts a run, with the form of the pipeline's parameters where it has any.
 */
export function TriggerDialog(props: TriggerDialogProps) {
  const { pipeline, params: given, onClose, onStarted } = props;
  const api = useApi(maestroApiRef);
  const client = useQueryClient();
  const links = useMaestroLinks();
  const notify = useNotify();
  const detail = usePipeline(pipeline);
  const formId = useId();
  // One key per opened dialog: when the answer to a first try is lost, the
  // second try finds that run instead of starting another.
  const [runKey] = useState(() => `manual__${new Date().toISOString()}`);
  const [params, setParams] = useState(given);
  const [note, setNote] = useState('');
  const [noCache, setNoCache] = useState(false);
  const [sla, setSla] = useState(false);
  const [date, setDate] = useState('');
  const [partition, setPartition] = useState(props.partitionKey ?? '');
  const status = useStatus();

  const start = useMutation({
    mutationFn: (values: Record<string, unknown> | undefined) =>
      api.triggerRun(pipeline, {
        runKey,
        ...(values ? { params: values } : {}),
        ...(date ? { logicalDate: Date.parse(`${date}Z`) } : {}),
        // That of an earlier run is no key where runs have none any more.
        ...(partition && detail.data?.definition.partitioned
          ? { partitionKey: partition }
          : {}),
        ...(note ? { note } : {}),
        ...(noCache ? { noCache } : {}),
        ...(sla ? { sla } : {}),
      }),
    onSuccess: run => {
      client.invalidateQueries({ queryKey: keys.pipelines });
      client.invalidateQueries({ queryKey: keys.pipeline(pipeline) });
      notify.done(`Started a run of ${pipeline}`, {
        label: 'Open the run',
        href: links.run(run.runId),
      });
      onStarted?.(run.runId);
      onClose();
    },
  });

  const schema = detail.data?.definition.params;
  const slaMs = detail.data?.definition.slaMs;
  const withForm = hasFields(schema);
  const keyFormat = detail.data?.definition.schedules.find(
    ({ partition: made }) => made,
  )?.partition?.format;
  return (
    <ActionDialog
      title={given ? `Run ${pipeline} again` : `Run ${pipeline}`}
      verb="Start run"
      busy={start.isPending}
      disabled={!detail.data}
      form={withForm ? formId : undefined}
      onConfirm={withForm ? undefined : () => start.mutate(params)}
      onClose={onClose}
      failure={
        start.error
          ? { title: 'The run was not started', error: start.error }
          : undefined
      }
    >
      {detail.isPending &&
        (isAway(status.error) ? (
          <Typography color="textSecondary">
            Maestro's backend does not answer; the form comes when it does.
          </Typography>
        ) : (
          <DelayedSkeleton rows={3} height={56} />
        ))}
      {detail.error && !detail.data && (
        <ErrorNotice
          title={`The parameters of ${pipeline} could not be read`}
          error={detail.error}
        />
      )}
      {detail.data && (
        <>
          <InvalidNow pipeline={detail.data} />
          {given && (
            <Typography color="textSecondary" gutterBottom>
              With the parameters of the earlier run and the pipeline as it is
              now
              {detail.data.versionNumber
                ? ` (version ${detail.data.versionNumber})`
                : ''}
              .
            </Typography>
          )}
          {withForm ? (
            <Suspense fallback={<DelayedSkeleton rows={3} height={56} />}>
              <ParamsForm
                id={formId}
                schema={schema!}
                value={params}
                onChange={setParams}
                onSubmit={values => start.mutate(values)}
                disabled={start.isPending}
              />
            </Suspense>
          ) : (
            <Typography color="textSecondary" gutterBottom>
              This pipeline takes no parameters.
            </Typography>
          )}
          {detail.data.definition.tasks.some(task => task.cache) && (
            <FormControlLabel
              control={
                <Checkbox
                  color="primary"
                  checked={noCache}
                  onChange={event => setNoCache(event.target.checked)}
                />
              }
              label="Run without cache: every task runs, whatever earlier runs computed"
            />
          )}
          {slaMs !== undefined && (
            <FormControlLabel
              control={
                <Checkbox
                  color="primary"
                  checked={sla}
                  onChange={event => setSla(event.target.checked)}
                />
              }
              label={`Hold it to the SLA: done within ${durationWords(
                slaMs,
              )} from now`}
            />
          )}
          <TextField
            label="Logical date (UTC)"
            id="maestro-trigger-date"
            type="datetime-local"
            helperText="The time that the run stands for; empty means now"
            value={date}
            onChange={event => setDate(event.target.value)}
            InputLabelProps={{ shrink: true }}
            inputProps={{ step: 1 }}
            fullWidth
            margin="normal"
          />
          {detail.data.definition.partitioned && (
            <TextField
              label="Partition key"
              id="maestro-trigger-partition"
              helperText={`The partition of data that the run is about${
                keyFormat === undefined ? '' : `, a date as ${keyFormat}`
              }; empty means none`}
              value={partition}
              onChange={event => setPartition(event.target.value)}
              inputProps={{ maxLength: MAX_PARTITION_KEY }}
              fullWidth
              margin="normal"
            />
          )}
          <TextField
            label="Note"
            id="maestro-trigger-note"
            helperText="Shown on the run, such as why it was started"
            value={note}
            onChange={event => setNote(event.target.value)}
            fullWidth
            multiline
            inputProps={{ maxLength: 10_000 }}
          />
        </>
      )}
    </ActionDialog>
  );
}

/**
 * Which version starts although the file is not valid now: an edit that people
 * think of as done is not in it.
 */
function InvalidNow({ pipeline }: { pipeline: PipelineDetail }) {
  const { problem, problems, versionNumber } = pipeline;
  if (problem === undefined && !problems?.length) {
    return null;
  }
  return (
    <Alert severity="warning" style={{ marginBottom: 16 }}>
      The file is not valid now, so this starts the last version that was
      {versionNumber ? `: version ${versionNumber}` : ''}.
      <ul style={{ margin: '4px 0 0', paddingLeft: 20 }}>
        {(problems ?? [{ path: '', message: problem ?? '' }]).map((one, i) => (
          <li key={i}>
            <ProblemLine problem={one} />
          </li>
        ))}
      </ul>
    </Alert>
  );
}
