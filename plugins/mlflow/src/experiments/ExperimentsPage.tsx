import { useApi } from '@backstage/frontend-plugin-api';
import {
  headlineMetrics,
  MlflowExperiment,
  MlflowExperimentList,
} from '@maestro/plugin-mlflow-common';
import {
  FilterField,
  Invitation,
  ListColumn,
  ListTable,
  PeerQueries,
  Problem,
  RelativeTime,
  useAddressParam,
} from '@maestro/plugin-peer-react';
import Button from '@material-ui/core/Button';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { mlflowApiRef } from '../apis';
import { durationText, metricText } from '../widgets/metricText';
import { MlflowFrame } from '../widgets/MlflowFrame';
import { RunStatus } from '../widgets/RunStatus';
import { ExperimentPanel } from './ExperimentPanel';
import { runDuration } from './runDuration';

function lastHeadline(experiment: MlflowExperiment) {
  return headlineMetrics(experiment.latestRuns[0]?.metrics ?? {});
}

const columns: ListColumn<MlflowExperiment>[] = [
  {
    title: 'Recent runs',
    // Oldest first, so that the newest stands beside what the row says of it.
    render: experiment =>
      [...experiment.latestRuns]
        .reverse()
        .map(run => <RunStatus key={run.id} status={run.status} iconOnly />),
  },
  {
    title: 'Last run',
    render: ({ latestRuns: [run] }) =>
      run ? <RunStatus status={run.status} /> : 'none yet',
  },
  {
    title: 'Accuracy',
    number: true,
    render: experiment => metricText(lastHeadline(experiment).accuracy?.value),
  },
  {
    title: 'F1',
    number: true,
    render: experiment => metricText(lastHeadline(experiment).f1?.value),
  },
  {
    title: 'Duration',
    number: true,
    render: ({ latestRuns: [run] }) => durationText(run && runDuration(run)),
  },
  {
    title: 'Started',
    render: ({ latestRuns: [run] }) => <RelativeTime at={run?.startedAt} />,
  },
];

/** All experiments with their latest runs. */
export function ExperimentsPage() {
  return (
    <PeerQueries>
      <ExperimentList />
    </PeerQueries>
  );
}

function ExperimentList() {
  const api = useApi(mlflowApiRef);
  const [filter, setFilter] = useAddressParam('filter', { replace: true });
  const [open, setOpen] = useAddressParam('experiment');
  const query = useInfiniteQuery({
    queryKey: ['mlflow', 'experiments', filter],
    queryFn: ({ pageParam }) =>
      api.listExperiments({ filter, pageToken: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: MlflowExperimentList) => page.nextPageToken,
    placeholderData: keepPreviousData,
  });
  const experiments = query.data?.pages.flatMap(page => page.experiments);
  const empty = experiments?.length === 0 && !query.hasNextPage;

  return (
    <MlflowFrame
      filter={
        <FilterField
          label="Filter experiments by name"
          value={filter}
          onChange={setFilter}
        />
      }
    >
      {query.isError && (
        <Problem
          title="The experiments could not be read"
          error={query.error}
          onRetry={() => query.refetch()}
        />
      )}
      {empty && <NoExperiments filter={filter} />}
      {!empty && (experiments || !query.isError) && (
        <ListTable
          label="Experiments"
          nameTitle="Experiment"
          columns={columns}
          rows={experiments}
          keyOf={experiment => experiment.id}
          nameOf={experiment => experiment.name}
          onOpen={experiment => setOpen(experiment.id)}
        />
      )}
      {query.hasNextPage && (
        <Button
          onClick={() => query.fetchNextPage()}
          disabled={query.isFetchingNextPage}
        >
          Show more experiments
        </Button>
      )}
      <ExperimentPanel
        experimentId={open || undefined}
        onClose={() => setOpen('')}
      />
    </MlflowFrame>
  );
}

function NoExperiments(props: { filter: string }) {
  return props.filter ? (
    <Invitation title={`No experiment matches “${props.filter}”`}>
      The filter looks for a part of the name, in any case. Press Escape in the
      field to see all experiments.
    </Invitation>
  ) : (
    <Invitation
      title="No experiment yet"
      code={
        'mlflow.set_experiment("my_experiment")\nwith mlflow.start_run():\n    mlflow.log_metric("accuracy", 0.93)'
      }
    >
      An experiment appears here when a pipeline logs a run to MLflow. In
      Python:
    </Invitation>
  );
}
