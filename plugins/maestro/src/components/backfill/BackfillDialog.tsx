import { lazy, Suspense, useId, useMemo, useState } from 'react';
import MenuItem from '@material-ui/core/MenuItem';
import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { useApi } from '@backstage/core-plugin-api';
import {
  keepPreviousData,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import {
  BACKFILL_LEFT_OUT_WORDS,
  hasDueTimes,
  type BackfillRequest,
} from '@maestro/plugin-maestro-common';
import { useNow, useTimeZone } from '@maestro/plugin-maestro-react';
import { maestroApiRef } from '../../api/maestroApi';
import { keys, usePipeline } from '../../state/queries';
import { useNotify } from '../../state/useNotify';
import { ActionDialog } from '../actions/ActionDialog';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { ErrorNotice } from '../layout/ErrorNotice';
import { instantsOf, lastWeek } from './backfillRange';
import { CalendarStrip } from './CalendarStrip';

const ParamsForm = lazy(() => import('../actions/ParamsForm'));

const useStyles = makeStyles(theme => ({
  fields: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(2),
    marginBottom: theme.spacing(1),
    '& > *': { flex: '1 1 150px' },
  },
  preview: { minHeight: 110 },
}));

const ONLY = {
  missing: 'Those that never ran',
  failed: 'Those that failed',
  'missing-or-failed': 'Those that never ran or failed',
  all: 'All, also what succeeded',
} as const;

const ORDER = { oldest: 'Oldest first', newest: 'Newest first' } as const;

const count = (n: number) => `${n} run${n === 1 ? '' : 's'}`;

/** @internal */
export interface BackfillDialogProps {
  pipeline: string;
  onClose: () => void;
}

/**
 * Runs due times of the past, after it showed which: the preview is the
 * server's own, made anew with each change.
 */
export function BackfillDialog({ pipeline, onClose }: BackfillDialogProps) {
  const classes = useStyles();
  const api = useApi(maestroApiRef);
  const client = useQueryClient();
  const notify = useNotify();
  const now = useNow();
  const formId = useId();
  const { zone } = useTimeZone();
  const detail = usePipeline(pipeline);
  const [days, setDays] = useState(() => lastWeek(now, zone));
  const [schedule, setSchedule] = useState<string>();
  const [only, setOnly] = useState<keyof typeof ONLY>('missing');
  const [order, setOrder] = useState<keyof typeof ORDER>('oldest');
  const [maxActive, setMaxActive] = useState('2');
  const [params, setParams] = useState<Record<string, unknown>>();

  const definition = detail.data?.definition;
  const schedules = (definition?.schedules ?? []).filter(hasDueTimes);
  const chosen = schedules.find(({ id }) => id === schedule) ?? schedules[0];
  const range = instantsOf(days, zone);
  const atOnce = Number(maxActive);
  const isAtOnceRight =
    Number.isInteger(atOnce) && atOnce >= 1 && atOnce <= 100;
  const request: BackfillRequest | undefined =
    'problem' in range ? undefined : { ...range, schedule: chosen?.id, only };
  const preview = useQuery({
    queryKey: [...keys.pipeline(pipeline), 'backfill', request],
    queryFn: ({ signal }) =>
      api.previewBackfill(pipeline, request!, { signal }),
    enabled: request !== undefined && schedules.length > 0,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const create = useMutation({
    mutationFn: (values: Record<string, unknown> | undefined) =>
      api.createBackfill(pipeline, {
        ...request!,
        order,
        maxActive: atOnce,
        ...(values ? { params: values } : {}),
      }),
    onSuccess: begun => {
      client.invalidateQueries({ queryKey: keys.backfills });
      client.invalidateQueries({ queryKey: keys.pipeline(pipeline) });
      notify.done(
        `Backfill of ${pipeline} began: ${count(begun.counts.waiting)} to come`,
      );
      onClose();
    },
  });

  const schema = definition?.params;
  const withForm = Object.keys((schema?.properties as object) ?? {}).length > 0;
  // The number of an earlier choice must not be confirmed for this one.
  const known =
    request && preview.data && !preview.isPlaceholderData && !preview.error;
  const toRun = preview.data?.toRun ?? 0;
  const items = useMemo(
    () =>
      (preview.data?.due ?? []).map(({ at, reason }) =>
        reason === undefined
          ? ({ at, tone: 'will_run' } as const)
          : ({
              at,
              tone: 'left_out',
              note: BACKFILL_LEFT_OUT_WORDS[reason],
            } as const),
      ),
    [preview.data],
  );
  const choice = <T extends string>(
    label: string,
    value: T,
    options: Readonly<Record<T, string>>,
    change: (next: T) => void,
  ) => (
    <TextField
      select
      label={label}
      id={`maestro-backfill-${label.replace(/\W+/g, '-')}`}
      value={value}
      onChange={event => change(event.target.value as T)}
    >
      {Object.entries<string>(options).map(([key, word]) => (
        <MenuItem key={key} value={key}>
          {word}
        </MenuItem>
      ))}
    </TextField>
  );
  const day = (label: string, field: 'from' | 'to') => (
    <TextField
      type="date"
      label={label}
      id={`maestro-backfill-${field}`}
      value={days[field]}
      onChange={event => setDays({ ...days, [field]: event.target.value })}
      InputLabelProps={{ shrink: true }}
    />
  );
  return (
    <ActionDialog
      title={`Backfill ${pipeline}`}
      verb={known ? `Start ${count(toRun)}` : 'Start'}
      maxWidth="md"
      busy={create.isPending}
      disabled={!known || toRun === 0 || !isAtOnceRight}
      form={withForm ? formId : undefined}
      onConfirm={withForm ? undefined : () => create.mutate(undefined)}
      onClose={onClose}
      deed="createBackfill"
      failure={
        create.error
          ? { title: 'The backfill did not begin', error: create.error }
          : undefined
      }
    >
      <Typography color="textSecondary" gutterBottom>
        Runs due times of the past as its schedule would have, with the pipeline
        as it is now. These runs have no SLA, and scheduled runs do not wait for
        them.
        {chosen?.partition &&
          ' The days are those of partitions, by when they begin; the due times below are those that make them.'}
        {chosen?.interval &&
          !chosen.partition &&
          ' The days are those of logical dates, where data intervals begin; the due times below are where they end.'}
      </Typography>
      {detail.isPending && <DelayedSkeleton rows={3} height={56} />}
      {detail.error && !detail.data && (
        <ErrorNotice
          title={`${pipeline} could not be read`}
          error={detail.error}
        />
      )}
      {detail.data && schedules.length === 0 && (
        <Typography>
          It has no schedule by time, so there are no due times to run.
        </Typography>
      )}
      {schedules.length > 0 && (
        <>
          <div className={classes.fields}>
            {day('First day', 'from')}
            {day('Last day', 'to')}
            {schedules.length > 1 &&
              choice(
                'Schedule',
                schedule ?? schedules[0].id,
                Object.fromEntries(schedules.map(({ id }) => [id, id])),
                setSchedule,
              )}
          </div>
          <div className={classes.fields}>
            {choice('Due times', only, ONLY, setOnly)}
            {choice('Order', order, ORDER, setOrder)}
            <TextField
              type="number"
              label="Runs at once"
              id="maestro-backfill-at-once"
              value={maxActive}
              error={!isAtOnceRight}
              helperText={isAtOnceRight ? undefined : 'From 1 to 100'}
              inputProps={{ min: 1, max: 100 }}
              onChange={event => setMaxActive(event.target.value)}
            />
          </div>
          {withForm && (
            <Suspense fallback={<DelayedSkeleton rows={3} height={56} />}>
              <ParamsForm
                id={formId}
                schema={schema!}
                value={params}
                onChange={setParams}
                onSubmit={values => create.mutate(values)}
                disabled={create.isPending}
              />
            </Suspense>
          )}
          <div className={classes.preview} aria-live="polite">
            {'problem' in range && (
              <Typography color="error">{range.problem}</Typography>
            )}
            {request && preview.isPending && (
              <DelayedSkeleton rows={2} height={32} />
            )}
            {request && preview.error && (
              <ErrorNotice
                title="There is nothing to show for this choice"
                error={preview.error}
              />
            )}
            {request && preview.data && !preview.error && (
              <>
                <Typography>
                  {toRun} of {preview.data.due.length} due times will run
                  {preview.data.leftOut.map(
                    ({ reason, count: n }) =>
                      `; ${n} ${BACKFILL_LEFT_OUT_WORDS[reason]}`,
                  )}
                  .
                </Typography>
                <CalendarStrip
                  label="Due times of the backfill"
                  items={items}
                />
              </>
            )}
          </div>
        </>
      )}
    </ActionDialog>
  );
}
