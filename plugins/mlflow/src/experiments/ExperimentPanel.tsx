import { useApi } from '@backstage/frontend-plugin-api';
import {
  mlflowLinks,
  MlflowRun,
  MlflowRunList,
} from '@maestro/plugin-mlflow-common';
import {
  DetailSection,
  FactGrid,
  FactTable,
  Problem,
  RelativeTime,
  SidePanel,
  useSlow,
} from '@maestro/plugin-peer-react';
import Button from '@material-ui/core/Button';
import Link from '@material-ui/core/Link';
import { makeStyles } from '@material-ui/core/styles';
import Typography from '@material-ui/core/Typography';
import Skeleton from '@material-ui/lab/Skeleton';
import { useInfiniteQuery } from '@tanstack/react-query';
import { mlflowApiRef } from '../apis';
import { durationText, metricText } from '../widgets/metricText';
import { useMlflowStatus } from '../widgets/MlflowFrame';
import { RunStatus } from '../widgets/RunStatus';
import { runDuration } from './runDuration';

const useStyles = makeStyles({
  name: { flexGrow: 1, overflowWrap: 'anywhere' },
});

/** One experiment with its runs, the newest first. */
export function ExperimentPanel(props: {
  /** Absent: the panel is closed. */
  experimentId: string | undefined;
  onClose(): void;
}) {
  const { experimentId, onClose } = props;
  const api = useApi(mlflowApiRef);
  const slow = useSlow();
  const status = useMlflowStatus();
  const links = status?.uiUrl ? mlflowLinks(status.uiUrl) : undefined;
  const query = useInfiniteQuery({
    queryKey: ['mlflow', 'runs', experimentId],
    enabled: experimentId !== undefined,
    queryFn: ({ pageParam }) =>
      api.listRuns(experimentId!, { pageToken: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: MlflowRunList) => page.nextPageToken,
  });
  const runs = query.data?.pages.flatMap(page => page.runs);
  const name = query.data?.pages[0].experiment.name;

  return (
    <SidePanel
      title={experimentId && (name ?? `Experiment ${experimentId}`)}
      onClose={onClose}
      actions={
        experimentId &&
        links && (
          <Link
            href={links.experiment(experimentId)}
            target="_blank"
            rel="noopener noreferrer"
          >
            Open in MLflow ↗
          </Link>
        )
      }
    >
      {query.isError && (
        <Problem
          title="The runs could not be read"
          error={query.error}
          onRetry={() => query.refetch()}
        />
      )}
      {query.isPending && slow && <Skeleton variant="rect" height={240} />}
      {runs?.length === 0 && (
        <Typography color="textSecondary">
          This experiment has no run yet.
        </Typography>
      )}
      {runs?.map((run, index) => (
        <RunSection
          key={run.id}
          run={run}
          href={links?.run(run.experimentId, run.id)}
          defaultExpanded={index === 0}
        />
      ))}
      {query.hasNextPage && (
        <Button
          onClick={() => query.fetchNextPage()}
          disabled={query.isFetchingNextPage}
        >
          Show older runs
        </Button>
      )}
    </SidePanel>
  );
}

function RunSection(props: {
  run: MlflowRun;
  href: string | undefined;
  defaultExpanded: boolean;
}) {
  const { run, href } = props;
  const classes = useStyles();
  return (
    <DetailSection
      defaultExpanded={props.defaultExpanded}
      summary={
        <>
          <RunStatus status={run.status} />
          <Typography
            variant="subtitle2"
            component="span"
            className={classes.name}
          >
            {run.name ?? run.id}
          </Typography>
          <Typography variant="body2" component="span">
            {durationText(runDuration(run))}
          </Typography>
          <Typography variant="body2" color="textSecondary" component="span">
            <RelativeTime at={run.startedAt} />
          </Typography>
        </>
      }
    >
      {href && (
        <Link href={href} target="_blank" rel="noopener noreferrer">
          This run in MLflow ↗
        </Link>
      )}
      <FactGrid>
        <FactTable
          title="Metrics"
          numbers
          facts={Object.entries(run.metrics).map(([metric, value]) => [
            metric,
            metricText(value),
          ])}
        />
        <FactTable title="Parameters" facts={Object.entries(run.params)} />
      </FactGrid>
    </DetailSection>
  );
}
