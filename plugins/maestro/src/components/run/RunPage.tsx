import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import Button from '@material-ui/core/Button';
import Paper from '@material-ui/core/Paper';
import Tab from '@material-ui/core/Tab';
import Tabs from '@material-ui/core/Tabs';
import { makeStyles } from '@material-ui/core/styles';
import { useParams } from 'react-router-dom';
import type { RunDetail } from '@maestro/plugin-maestro-common';
import { PipelineTimeZoneContext } from '@maestro/plugin-maestro-react';
import { useRun } from '../../state/queries';
import { GroupBar } from '../graph/GroupBar';
import { useFoldedGroups } from '../graph/useFoldedGroups';
import { useListKeys } from '../keyboard/useListKeys';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { ErrorNotice } from '../layout/ErrorNotice';
import { MaestroPage } from '../layout/MaestroPage';
import { useTabStyles } from '../layout/useTabStyles';
import { ReportsTab } from '../reports/ReportsTab';
import { AlertsTab } from './AlertsTab';
import { EventsTab } from './EventsTab';
import { ParamsTab } from './ParamsTab';
import { RunHeader } from './RunHeader';
import { TaskList } from './TaskList';
import { TaskPanel } from './TaskPanel';
import { taskOfInterest, taskSummaries } from './taskSummaries';
import { useRunAddress } from './useRunAddress';
import { WhyChain } from './WhyChain';

const RunGraph = lazy(() => import('../graph/RunGraph'));

const useStyles = makeStyles(theme => ({
  columns: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 5fr) minmax(0, 6fr)',
    gap: theme.spacing(2),
    alignItems: 'start',
    [theme.breakpoints.down('md')]: { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  tabs: {
    minHeight: 40,
    borderBottom: `1px solid ${theme.palette.divider}`,
  },
  body: { padding: theme.spacing(1) },
}));

/** Height of the graph in pixels: down to the end of the window. */
const graphHeight = () =>
  Math.min(900, Math.max(420, window.innerHeight - 310));

/** Height of the row of groups above the graph, in pixels. */
const GROUP_BAR = 40;

/** The page of one run. */
export function RunPage() {
  const { runId } = useParams();
  return (
    <MaestroPage>
      <RunContent key={runId} runId={runId!} />
    </MaestroPage>
  );
}

function RunContent(props: { runId: string }) {
  const run = useRun(props.runId);
  if (run.data) {
    return <KnownRun run={run.data} />;
  }
  if (run.error) {
    return (
      <ErrorNotice
        title="This run could not be read"
        error={run.error}
        action={
          <Button color="inherit" onClick={() => run.refetch()}>
            Try again
          </Button>
        }
      />
    );
  }
  return <DelayedSkeleton rows={10} height={48} />;
}

function KnownRun(props: { run: RunDetail }) {
  const { run } = props;
  const classes = useStyles();
  const tabClasses = useTabStyles();
  const [address, go] = useRunAddress();
  const summaries = useMemo(() => taskSummaries(run), [run]);
  // Chosen once: what happens later must not change what somebody reads.
  const [interest] = useState(() => taskOfInterest(summaries));
  const wanted = address.task ?? interest;
  const selected = summaries.find(summary => summary.task.id === wanted);
  const tab = address.tab ?? 'graph';
  const [height] = useState(graphHeight);
  const { folded, toggle } = useFoldedGroups(run.pipeline);

  const open = useCallback(
    (task: string) => go({ task, mapIndex: undefined, attempt: undefined }),
    [go],
  );
  const marked = useListKeys({
    items: summaries,
    keyOf: summary => summary.task.id,
    onOpen: summary => open(summary.task.id),
    actions: [
      {
        keys: 'l',
        label: 'Log of the marked task',
        run: summary =>
          go({
            task: summary.task.id,
            mapIndex: undefined,
            attempt: undefined,
            panel: 'log',
          }),
      },
    ],
  });

  const tabs: Array<[string, string]> = [
    ['graph', 'Graph'],
    ['list', 'List'],
    ['reports', count('Reports', run.reports.length)],
    ['alerts', count('Alerts', run.alerts.length)],
    ['events', 'Events'],
    ['params', 'Params'],
  ];
  const current = tabs.some(([value]) => value === tab) ? tab : 'graph';
  return (
    <PipelineTimeZoneContext.Provider
      value={run.definition.schedules[0]?.timezone}
    >
      <RunHeader run={run} summaries={summaries} />
      {(run.state === 'queued' ||
        (run.state === 'running' && run.cancelRequestedAt !== undefined)) && (
        <WhyChain run={run} />
      )}
      <div className={classes.columns}>
        <Paper variant="outlined">
          <Tabs
            value={current}
            onChange={(_, value) => go({ tab: value })}
            className={classes.tabs}
            indicatorColor="primary"
            variant="scrollable"
            scrollButtons="auto"
            aria-label="Views of the run"
          >
            {tabs.map(([value, label]) => (
              <Tab
                key={value}
                value={value}
                label={label}
                className={tabClasses.tab}
              />
            ))}
          </Tabs>
          <div className={classes.body} role="tabpanel">
            {current === 'graph' && (
              <Suspense fallback={<div style={{ height }} />}>
                <GroupBar
                  runId={run.runId}
                  definition={run.definition}
                  folded={folded}
                  onToggle={toggle}
                />
                <RunGraph
                  folded={folded}
                  onToggleGroup={toggle}
                  definition={run.definition}
                  summaries={summaries}
                  selected={selected?.task.id}
                  marked={summaries[marked]?.task.id}
                  onOpen={open}
                  height={
                    run.definition.groups?.length ? height - GROUP_BAR : height
                  }
                />
              </Suspense>
            )}
            {current === 'list' && (
              <TaskList
                summaries={summaries}
                run={run}
                selected={selected?.task.id}
                marked={marked}
                onOpen={open}
              />
            )}
            {current === 'reports' && <ReportsTab run={run} />}
            {current === 'alerts' && <AlertsTab run={run} onOpen={open} />}
            {current === 'events' && <EventsTab runId={run.runId} />}
            {current === 'params' && <ParamsTab run={run} />}
          </div>
        </Paper>
        {selected && (
          <TaskPanel
            key={selected.task.id}
            run={run}
            summary={selected}
            address={address}
            go={change => go({ task: selected.task.id, ...change })}
          />
        )}
      </div>
    </PipelineTimeZoneContext.Provider>
  );
}

function count(label: string, n: number) {
  return n > 0 ? `${label} (${n})` : label;
}
