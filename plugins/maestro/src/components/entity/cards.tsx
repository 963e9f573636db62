import { useState } from 'react';
import Button from '@material-ui/core/Button';
import { makeStyles } from '@material-ui/core/styles';
import { InfoCard, Link } from '@backstage/core-components';
import { useEntity } from '@backstage/plugin-catalog-react';
import { useNavigate } from 'react-router-dom';
import type { PipelineDetail, RunDot } from '@maestro/plugin-maestro-common';
import {
  Duration,
  ExactTime,
  formatDuration,
  OwnerLink,
  PipelineTimeZoneContext,
  RelativeTime,
  RunDots,
  SlaChip,
  StateChip,
  useStateColors,
  useTimeZone,
} from '@maestro/plugin-maestro-react';
import { useGrid, usePipeline, usePipelineWhy } from '../../state/queries';
import { MaestroProvider } from '../../state/MaestroProvider';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { Permitted } from '../actions/Permitted';
import { TriggerDialog } from '../actions/TriggerDialog';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { ErrorNotice } from '../layout/ErrorNotice';
import { ProblemLine } from '../layout/ProblemLine';
import { lastRunOf } from '../pipelines/filterPipelines';
import { PauseSwitch } from '../pipelines/PauseSwitch';
import { failedCells, runWord } from '../run/runWord';
import { WhyButton } from '../run/WhyButton';
import { whyWords } from '../run/whyWords';
import { pipelineName } from './pipelineName';

const useStyles = makeStyles(theme => ({
  stack: {
    display: 'flex',
    flexDirection: 'column',
    gap: theme.spacing(1.5),
    fontFamily: theme.typography.fontFamily,
  },
  line: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(1),
  },
  list: { margin: 0, paddingLeft: theme.spacing(2.5) },
  faint: { color: theme.palette.text.secondary },
}));

/** The frame of a card: its title, and what it shows of the pipeline. */
export function PipelineCard(props: {
  title: string;
  children: (pipeline: PipelineDetail) => React.ReactNode;
}) {
  return (
    <MaestroProvider>
      <InfoCard title={props.title} variant="gridItem">
        <CardContent {...props} />
      </InfoCard>
    </MaestroProvider>
  );
}

function CardContent(props: {
  title: string;
  children: (pipeline: PipelineDetail) => React.ReactNode;
}) {
  const { entity } = useEntity();
  const classes = useStyles();
  const name = pipelineName(entity);
  const pipeline = usePipeline(name);
  if (pipeline.data) {
    return (
      <PipelineTimeZoneContext.Provider value={pipeline.data.timezone}>
        <div className={classes.stack}>{props.children(pipeline.data)}</div>
      </PipelineTimeZoneContext.Provider>
    );
  }
  return pipeline.error ? (
    <ErrorNotice
      title={`Maestro does not know ${name} yet`}
      error={pipeline.error}
    />
  ) : (
    <DelayedSkeleton rows={3} height={32} />
  );
}

/** How the pipeline is: its last runs and the schedule's switch. */
export function StatusCard() {
  return (
    <PipelineCard title="Status">
      {pipeline => <Status pipeline={pipeline} />}
    </PipelineCard>
  );
}

function Status(props: { pipeline: PipelineDetail }) {
  const { pipeline } = props;
  const classes = useStyles();
  const links = useMaestroLinks();
  const navigate = useNavigate();
  const [triggering, setTriggering] = useState(false);
  const last = lastRunOf(pipeline);
  // The row of the list does not tell of the tasks.
  const cells = useGrid(pipeline.name, 1).data?.runs.find(
    run => run.runId === last?.runId,
  );
  return (
    <>
      <div className={classes.line}>
        {last ? (
          <>
            <Link to={links.run(last.runId)}>
              <StateChip
                state={last.state}
                label={runWord(last, cells ? failedCells(cells) : 0)}
                reason={last.stateReason}
              />
            </Link>
            <RelativeTime at={last.runAfter} />
            <Duration ms={last.durationMs} />
          </>
        ) : (
          <span className={classes.faint}>has never run</span>
        )}
      </div>
      {pipeline.problem !== undefined && (
        <div>
          Its file is not valid now;{' '}
          {pipeline.versionNumber
            ? `version ${pipeline.versionNumber} still runs`
            : 'nothing runs'}
          .
          <ul className={classes.list}>
            {(
              pipeline.problems ?? [{ path: '', message: pipeline.problem }]
            ).map((problem, i) => (
              <li key={i}>
                <ProblemLine problem={problem} />
              </li>
            ))}
          </ul>
        </div>
      )}
      <RunDots runs={pipeline.lastRuns} linkTo={id => links.run(id)} />
      <div className={classes.line}>
        <PauseSwitch pipeline={pipeline} />
        <span>
          {(pipeline.paused && 'paused') ||
            (pipeline.scheduleText ? 'schedule is on' : 'not paused')}
        </span>
        <Permitted to="triggerRun">
          {disabled => (
            <Button
              size="small"
              variant="outlined"
              disabled={disabled}
              onClick={() => setTriggering(true)}
            >
              Run…
            </Button>
          )}
        </Permitted>
      </div>
      {triggering && (
        <TriggerDialog
          pipeline={pipeline.name}
          onClose={() => setTriggering(false)}
          onStarted={runId => navigate(links.run(runId))}
        />
      )}
    </>
  );
}

/** When the pipeline runs next. */
export function NextRunCard() {
  const classes = useStyles();
  return (
    <PipelineCard title="Next run">
      {({ name, paused, scheduleText, nextDueAt, nextDueTimes = [] }) => (
        <>
          <div>{scheduleText ?? 'Only when triggered'}</div>
          {!paused && nextDueAt !== undefined && (
            <div className={classes.line}>
              <RelativeTime at={nextDueAt} />
              <ExactTime at={nextDueAt} />
            </div>
          )}
          {!paused && nextDueTimes.length > 1 && (
            <div className={classes.faint}>
              then
              <ul className={classes.list}>
                {nextDueTimes
                  .filter(at => at !== nextDueAt)
                  .slice(0, 4)
                  .map(at => (
                    <li key={at}>
                      <ExactTime at={at} />
                    </li>
                  ))}
              </ul>
            </div>
          )}
          <Causes pipeline={name} paused={paused} />
        </>
      )}
    </PipelineCard>
  );
}

/** Why none starts now, each reason with what can be done about it. */
function Causes(props: { pipeline: string; paused: boolean }) {
  const { pipeline, paused } = props;
  const why = usePipelineWhy(pipeline, true);
  const { zone } = useTimeZone();
  const classes = useStyles();
  if (why.error && !why.data) {
    return <ErrorNotice title="The reason is not known" error={why.error} />;
  }
  const causes = why.data ?? [];
  // What several have in common stands behind the last of them.
  const isLast = (at: number) => {
    const { action } = causes[at];
    return !causes
      .slice(at + 1)
      .some(
        later =>
          later.action?.kind === action?.kind &&
          later.action?.target === action?.target,
      );
  };
  return (
    <>
      {causes.map(({ code, message, action }, i) => (
        <div key={i} className={classes.faint}>
          {
            // The due times stand above, unless it is paused.
            (code !== 'next_due' || paused) && `${whyWords(message, zone)}. `
          }
          {action && isLast(i) && (
            <WhyButton pipeline={pipeline} action={action} />
          )}
        </div>
      ))}
    </>
  );
}

/** Whether the pipeline keeps its deadline. */
export function SlaCard() {
  const classes = useStyles();
  return (
    <PipelineCard title="SLA">
      {({ slaMs, slaState, slaDeadline, lastRuns, definition: { airflow } }) =>
        slaMs === undefined ? (
          <span className={classes.faint}>
            No objective.{' '}
            {airflow ? (
              <>
                <code>sla=timedelta(hours=1)</code> in <code>default_args</code>{' '}
                of the DAG sets one.
              </>
            ) : (
              <>
                <code>sla: PT1H</code> in its file sets one.
              </>
            )}
          </span>
        ) : (
          <>
            <div>done within {formatDuration(slaMs)}</div>
            <div>
              <SlaChip state={slaState} deadline={slaDeadline} slaMs={slaMs} />
            </div>
            {slaDeadline !== undefined && (
              <div className={classes.faint}>
                deadline <ExactTime at={slaDeadline} />
              </div>
            )}
            <MissedRuns runs={lastRuns} />
          </>
        )
      }
    </PipelineCard>
  );
}

/** How many of the last runs were late: what is due next does not tell. */
function MissedRuns(props: { runs: readonly RunDot[] }) {
  const links = useMaestroLinks();
  const { color } = useStateColors();
  const missed = props.runs.filter(run => run.slaState === 'missed');
  if (missed.length === 0) {
    return null;
  }
  const last = missed.reduce((a, b) => (b.runAfter > a.runAfter ? b : a));
  return (
    <div style={{ color: color('critical') }}>
      ✕ {missed.length} of the last {props.runs.length} runs missed it,{' '}
      <Link to={links.run(last.runId)}>
        the last one <RelativeTime at={last.runAfter} />
      </Link>
    </div>
  );
}

/** Whose pipeline this is. */
export function OwnerCard() {
  const classes = useStyles();
  return (
    <PipelineCard title="Owner">
      {({ ownerRef, type, taskCount, versionNumber, tags }) => (
        <>
          <div>
            <OwnerLink ownerRef={ownerRef} />
          </div>
          <div className={classes.faint}>
            {[
              type,
              `${taskCount} task${taskCount === 1 ? '' : 's'}`,
              versionNumber ? `version ${versionNumber}` : 'no valid version',
              ...tags.map(tag => `#${tag}`),
            ].join(' · ')}
          </div>
        </>
      )}
    </PipelineCard>
  );
}
