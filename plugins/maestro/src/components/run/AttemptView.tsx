import Tab from '@material-ui/core/Tab';
import Tabs from '@material-ui/core/Tabs';
import { makeStyles } from '@material-ui/core/styles';
import type {
  Attempt,
  RunDetail,
  TaskDefinition,
  TaskInstance,
} from '@maestro/plugin-maestro-common';
import { RelativeTime, StateIcon } from '@maestro/plugin-maestro-react';
import type { RunAddress } from '../../state/useMaestroLinks';
import { useTabStyles } from '../layout/useTabStyles';
import { LogViewer } from '../log/LogViewer';
import { AttemptHistory } from './AttemptHistory';
import { CommandTab } from './CommandTab';
import { DeferralHistory, hasDeferrals } from './DeferralHistory';
import { OutputsTab } from './OutputsTab';
import { RenderedTab } from './RenderedTab';
import { TaskStateTab } from './TaskStateTab';
import { TimingsTab } from './TimingsTab';
import {
  attemptState,
  whatFollowed,
  whyEnded,
  whyNoRetry,
} from './attemptWords';

const useStyles = makeStyles(theme => ({
  tabs: { minHeight: 36, flexShrink: 0 },
  label: { display: 'inline-flex', gap: 6, alignItems: 'center' },
  why: {
    fontSize: theme.typography.pxToRem(13),
    margin: theme.spacing(0.5, 0, 1),
    overflowWrap: 'anywhere',
  },
  body: { display: 'flex', flexDirection: 'column', flex: 1, minHeight: 0 },
}));

/**
 * Whether it tells its fields: what Python runs, and a command, also when
 * nothing in them is rendered.
 */
function hasTemplates(task: TaskDefinition | undefined): boolean {
  return task?.airflowPath?.path === 'native' && !task.bash
    ? task.airflow?.templates !== undefined
    : task?.airflow !== undefined;
}

/** Whether the task may keep a state: only what Python runs can ask for it. */
function hasState(task: TaskDefinition | undefined): boolean {
  return (
    task?.airflow !== undefined &&
    !task.airflow.empty &&
    task.airflowPath?.path !== 'native'
  );
}

/** Tabs about an attempt, as far as there is something to say. */
function panelsOf(
  task: TaskDefinition | undefined,
  attempts: readonly Attempt[],
): Array<[value: string, label: string]> {
  const isAirflow = task?.airflow !== undefined;
  const waited = attempts.some(({ resumeNo }) => resumeNo);
  return [
    ['log', 'Log'],
    ...(hasTemplates(task)
      ? [['rendered', 'Rendered'] as [string, string]]
      : []),
    // What users of Airflow look for.
    ['outputs', isAirflow ? 'XCom' : 'Outputs'],
    ...(hasState(task) ? [['state', 'State'] as [string, string]] : []),
    ['command', isAirflow ? 'Inputs' : 'Command'],
    ['timings', 'Timings'],
    ...(waited ? [['history', 'History'] as [string, string]] : []),
    ...(hasDeferrals(attempts)
      ? [['deferrals', 'Deferrals'] as [string, string]]
      : []),
  ];
}

/** @internal */
export interface AttemptViewProps {
  run: RunDetail;
  taskId: string;
  instance: TaskInstance;
  /** Oldest first, at least one. */
  attempts: readonly Attempt[];
  address: RunAddress;
  go: (change: Partial<RunAddress>) => void;
}

/** The attempts of a task instance, and one of them in full. */
export function AttemptView(props: AttemptViewProps) {
  const { run, taskId, instance, attempts, address, go } = props;
  const { mapIndex } = instance;
  const classes = useStyles();
  const { tab } = useTabStyles();
  const attempt =
    attempts.find(({ seq }) => seq === address.attempt) ??
    attempts[attempts.length - 1];
  const task = run.definition.tasks.find(({ id }) => id === taskId);
  const panels = panelsOf(task, attempts);
  const panel = panels.some(([value]) => value === address.panel)
    ? address.panel
    : 'log';
  const why = whyEnded(attempt);
  const followed = whatFollowed(attempt);
  const nextTryAt = attempt.followUp?.nextTryAt;
  const live = attempt.state !== 'ended';
  return (
    <>
      {attempts.length > 1 && (
        <Tabs
          value={attempt.seq}
          onChange={(_, seq) => go({ attempt: seq })}
          className={classes.tabs}
          indicatorColor="primary"
          variant="scrollable"
          scrollButtons="auto"
          aria-label="Attempts"
        >
          {attempts.map((each, i) => (
            <Tab
              key={each.seq}
              value={each.seq}
              className={tab}
              title={whyEnded(each)}
              label={
                <span className={classes.label}>
                  <StateIcon state={attemptState(each)} size={13} />
                  attempt {i + 1}
                </span>
              }
            />
          ))}
        </Tabs>
      )}
      <div className={classes.why}>
        {attempts.length > 1
          ? `Attempt ${attempts.indexOf(attempt) + 1} of ${attempts.length}, `
          : ''}
        try {attempt.tryNumber} on {attempt.executor}
        {why ? ` ${why}` : ''}
        {whyNoRetry(attempt)}
        {followed && <div>{followed}</div>}
        {nextTryAt !== undefined && (
          <div>
            {attempt === attempts[attempts.length - 1]
              ? 'The next one starts '
              : 'The next one was to start '}
            <RelativeTime at={nextTryAt} />
          </div>
        )}
      </div>
      <Tabs
        value={panel}
        onChange={(_, value) => go({ panel: value })}
        className={classes.tabs}
        indicatorColor="primary"
        aria-label="About the attempt"
      >
        {panels.map(([value, label]) => (
          <Tab key={value} value={value} label={label} className={tab} />
        ))}
      </Tabs>
      <div className={classes.body} role="tabpanel">
        {panel === 'log' &&
          (attempt.logState === 'none' || attempt.logState === 'removed' ? (
            <div className={classes.why}>
              {attempt.logState === 'none'
                ? 'This attempt has no log: it wrote nothing.'
                : 'The log of this attempt was removed by the retention of its pipeline.'}
            </div>
          ) : (
            <LogViewer
              key={attempt.attemptId}
              attemptId={attempt.attemptId}
              live={live}
              fromEnd={attempt.result === 'failed'}
              records={task?.airflow !== undefined}
              fileName={`${run.pipeline}-${taskId}-${attempt.attemptId}.log`}
            />
          ))}
        {panel === 'outputs' && (
          <OutputsTab
            runId={run.runId}
            taskId={taskId}
            mapIndex={mapIndex}
            none={
              task?.airflow &&
              'No XComs: what a task returns, or pushes with xcom_push, stands here.'
            }
          />
        )}
        {panel === 'rendered' && <RenderedTab attempt={attempt} />}
        {panel === 'state' && (
          <TaskStateTab runId={run.runId} taskId={taskId} mapIndex={mapIndex} />
        )}
        {panel === 'deferrals' && <DeferralHistory attempts={attempts} />}
        {panel === 'history' && (
          <AttemptHistory
            attempts={attempts}
            onOpen={seq => go({ attempt: seq, panel: 'log' })}
          />
        )}
        {panel === 'command' && (
          <CommandTab
            attempt={attempt}
            isAirflow={task?.airflow !== undefined}
          />
        )}
        {panel === 'timings' && (
          <TimingsTab attempt={attempt} instance={instance} />
        )}
      </div>
    </>
  );
}
