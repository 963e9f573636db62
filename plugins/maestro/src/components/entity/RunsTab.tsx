import { useMemo, useState } from 'react';
import Button from '@material-ui/core/Button';
import Paper from '@material-ui/core/Paper';
import { makeStyles } from '@material-ui/core/styles';
import { useEntity } from '@backstage/plugin-catalog-react';
import { useNavigate, useSearchParams } from 'react-router-dom';
import { hasDueTimes } from '@maestro/plugin-maestro-common';
import {
  PipelineTimeZoneContext,
  TimeZoneSwitch,
} from '@maestro/plugin-maestro-react';
import { useGrid, usePipeline } from '../../state/queries';
import { useMay } from '../../state/useMay';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { Permitted } from '../actions/Permitted';
import { TriggerDialog } from '../actions/TriggerDialog';
import { BackfillDialog } from '../backfill/BackfillDialog';
import { BackfillPanels } from '../backfill/BackfillPanel';
import { BackfillRuns } from '../backfill/BackfillRuns';
import { RunGrid } from '../grid/RunGrid';
import { RunList } from '../grid/RunList';
import { useShortcuts } from '../keyboard/shortcuts';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { EmptyInvitation } from '../layout/EmptyInvitation';
import { ErrorNotice } from '../layout/ErrorNotice';
import { MaestroPage } from '../layout/MaestroPage';
import { pipelineName } from './pipelineName';

/** How many runs are read, step by step; the API's maximum is 400. */
const STEPS = [50, 150, 400];

const useStyles = makeStyles(theme => ({
  bar: {
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    padding: theme.spacing(1),
  },
  space: { flex: 1 },
}));

/** The runs of the pipeline whose page this is. */
export function RunsTab() {
  const { entity } = useEntity();
  return (
    <MaestroPage embedded>
      <RunsContent name={pipelineName(entity)} />
    </MaestroPage>
  );
}

function RunsContent(props: { name: string }) {
  const { name } = props;
  const classes = useStyles();
  const links = useMaestroLinks();
  const navigate = useNavigate();
  // In the address, so that it can be sent to others and Back leads back.
  const [search, setSearch] = useSearchParams();
  const backfill = search.get('backfill');
  const [step, setStep] = useState(0);
  const [triggering, setTriggering] = useState(false);
  const [backfilling, setBackfilling] = useState(false);
  const grid = useGrid(name, STEPS[step]);
  const pipeline = usePipeline(name);
  const mayStart = useMay('triggerRun').allowed;
  useShortcuts([
    ...(mayStart
      ? [{ keys: 'r', label: 'Run', run: () => setTriggering(true) }]
      : []),
    {
      keys: 'l',
      label: 'Last run, with its log',
      run: () => {
        const last = grid.data?.runs[0];
        if (last) navigate(links.run(last.runId, { panel: 'log' }));
      },
    },
  ]);
  const runButton = (
    <Permitted to="triggerRun">
      {disabled => (
        <Button
          variant="contained"
          color="primary"
          disabled={disabled}
          onClick={() => setTriggering(true)}
        >
          Run…
        </Button>
      )}
    </Permitted>
  );
  const definition = pipeline.data?.definition;
  const titles = useMemo(
    () =>
      new Map(
        definition?.tasks.flatMap(({ id, title }) =>
          title === undefined ? [] : [[id, title]],
        ),
      ),
    [definition],
  );
  const backfillButton = definition?.schedules.some(hasDueTimes) && (
    <Permitted to="createBackfill">
      {disabled => (
        <Button
          variant="outlined"
          disabled={disabled}
          onClick={() => setBackfilling(true)}
        >
          Backfill…
        </Button>
      )}
    </Permitted>
  );
  const more = grid.data && grid.data.runs.length >= STEPS[step];
  return (
    <PipelineTimeZoneContext.Provider value={pipeline.data?.timezone}>
      <BackfillPanels
        pipeline={name}
        onShowRuns={backfillId => setSearch({ backfill: backfillId })}
      />
      {backfill && (
        <BackfillRuns
          pipeline={name}
          backfillId={backfill}
          onClose={() => setSearch({})}
        />
      )}
      {!backfill && grid.error && (
        <ErrorNotice title="The runs could not be read" error={grid.error} />
      )}
      {!backfill && grid.isPending && <DelayedSkeleton rows={8} height={32} />}
      {!backfill && grid.data?.runs.length === 0 && (
        <EmptyInvitation
          title="No runs yet"
          action={
            <>
              {backfillButton} {runButton}
            </>
          }
        >
          {name} has never run. It starts{' '}
          {pipeline.data?.scheduleText
            ? `by its schedule (${pipeline.data.scheduleText})`
            : 'when somebody triggers it'}
          , or now.
        </EmptyInvitation>
      )}
      {!backfill && grid.data && grid.data.runs.length > 0 && (
        <Paper variant="outlined">
          <div className={classes.bar}>
            <span>
              {grid.data.runs.length} run
              {grid.data.runs.length === 1 ? '' : 's'}
            </span>
            {more && step < STEPS.length - 1 && (
              <Button
                size="small"
                disabled={grid.isPlaceholderData}
                onClick={() => setStep(step + 1)}
              >
                Show {STEPS[step + 1]}
              </Button>
            )}
            <span className={classes.space} />
            <TimeZoneSwitch />
            {backfillButton}
            {runButton}
          </div>
          <RunGrid
            grid={grid.data}
            slaMs={pipeline.data?.slaMs}
            titles={titles}
            pipeline={name}
          />
          <RunList runs={grid.data.runs} />
        </Paper>
      )}
      {backfilling && (
        <BackfillDialog pipeline={name} onClose={() => setBackfilling(false)} />
      )}
      {triggering && (
        <TriggerDialog
          pipeline={name}
          onClose={() => setTriggering(false)}
          onStarted={runId => navigate(links.run(runId))}
        />
      )}
    </PipelineTimeZoneContext.Provider>
  );
}
