import { useApi } from '@backstage/frontend-plugin-api';
import { MlflowModelDetail, mlflowLinks } from '@maestro/plugin-mlflow-common';
import {
  FactTable,
  Problem,
  SidePanel,
  useSlow,
} from '@maestro/plugin-peer-react';
import Button from '@material-ui/core/Button';
import Link from '@material-ui/core/Link';
import Typography from '@material-ui/core/Typography';
import Alert from '@material-ui/lab/Alert';
import Skeleton from '@material-ui/lab/Skeleton';
import { useInfiniteQuery } from '@tanstack/react-query';
import { mlflowApiRef } from '../apis';
import { useMlflowStatus } from '../widgets/MlflowFrame';
import { AliasChips } from './AliasChips';
import { VersionSection } from './VersionSection';

/** One registered model with its versions. */
export function ModelPanel(props: {
  /** Absent: the panel is closed. */
  name: string | undefined;
  onClose(): void;
}) {
  const { name, onClose } = props;
  const status = useMlflowStatus();
  const links = status?.uiUrl ? mlflowLinks(status.uiUrl) : undefined;
  return (
    <SidePanel
      title={name}
      onClose={onClose}
      actions={
        name &&
        links && (
          <Link
            href={links.model(name)}
            target="_blank"
            rel="noopener noreferrer"
          >
            Open in MLflow ↗
          </Link>
        )
      }
    >
      {name && <ModelBody key={name} name={name} />}
    </SidePanel>
  );
}

function ModelBody(props: { name: string }) {
  const api = useApi(mlflowApiRef);
  const slow = useSlow();
  const query = useInfiniteQuery({
    queryKey: ['mlflow', 'model', props.name],
    queryFn: ({ pageParam }) =>
      api.getModel(props.name, { pageToken: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: MlflowModelDetail) => page.nextPageToken,
  });
  const [first] = query.data?.pages ?? [];
  const versions = query.data?.pages.flatMap(page => page.versions) ?? [];

  return (
    <>
      {query.isError && (
        <Problem
          title="The model could not be read"
          error={query.error}
          onRetry={() => query.refetch()}
        />
      )}
      {query.isPending && slow && <Skeleton variant="rect" height={240} />}
      {first && (
        <>
          {first.model.description && (
            <Typography paragraph>{first.model.description}</Typography>
          )}
          <AliasChips aliases={first.model.aliases} />
          <FactTable title="Tags" facts={Object.entries(first.model.tags)} />
          {first.warnings.map(warning => (
            <Alert key={warning} severity="warning" variant="outlined">
              {warning}
            </Alert>
          ))}
          <Typography
            variant="h6"
            component="h3"
            style={{ marginTop: 16, marginBottom: 8 }}
          >
            Versions
          </Typography>
          {versions.length === 0 && (
            <Typography color="textSecondary">
              This model has no version yet.
            </Typography>
          )}
          {versions.map((version, index) => (
            <VersionSection
              key={version.version}
              modelName={props.name}
              version={version}
              defaultExpanded={index === 0}
            />
          ))}
          {query.hasNextPage && (
            <Button
              onClick={() => query.fetchNextPage()}
              disabled={query.isFetchingNextPage}
            >
              Show older versions
            </Button>
          )}
        </>
      )}
    </>
  );
}
