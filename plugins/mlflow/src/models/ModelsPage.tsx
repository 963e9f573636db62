import { useApi } from '@backstage/frontend-plugin-api';
import {
  headlineMetrics,
  MlflowModel,
  MlflowModelList,
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
import Alert from '@material-ui/lab/Alert';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { mlflowApiRef } from '../apis';
import { metricText } from '../widgets/metricText';
import { MlflowFrame } from '../widgets/MlflowFrame';
import { AliasChips } from './AliasChips';
import { ModelPanel } from './ModelPanel';

function headlineOf(model: MlflowModel) {
  return headlineMetrics(model.latestVersion?.run?.metrics ?? {});
}

const columns: ListColumn<MlflowModel>[] = [
  {
    title: 'Latest',
    number: true,
    render: model => model.latestVersion?.version ?? '—',
  },
  {
    title: 'Aliases',
    render: model => <AliasChips aliases={model.aliases} />,
  },
  {
    title: 'Accuracy',
    number: true,
    render: model => metricText(headlineOf(model).accuracy?.value),
  },
  {
    title: 'F1',
    number: true,
    render: model => metricText(headlineOf(model).f1?.value),
  },
  {
    title: 'Updated',
    render: model => <RelativeTime at={model.updatedAt} />,
  },
];

/** All registered models. */
export function ModelsPage() {
  return (
    <PeerQueries>
      <ModelList />
    </PeerQueries>
  );
}

function ModelList() {
  const api = useApi(mlflowApiRef);
  const [filter, setFilter] = useAddressParam('filter', { replace: true });
  const [open, setOpen] = useAddressParam('model');
  const query = useInfiniteQuery({
    queryKey: ['mlflow', 'models', filter],
    queryFn: ({ pageParam }) =>
      api.listModels({ filter, pageToken: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page: MlflowModelList) => page.nextPageToken,
    placeholderData: keepPreviousData,
  });
  const pages = query.data?.pages;
  const models = pages?.flatMap(page => page.models);
  const [warning] = pages?.flatMap(page => page.warnings) ?? [];
  const empty = models?.length === 0 && !query.hasNextPage;

  return (
    <MlflowFrame
      filter={
        <FilterField
          label="Filter models by name"
          value={filter}
          onChange={setFilter}
        />
      }
    >
      {query.isError && (
        <Problem
          title="The models could not be read"
          error={query.error}
          onRetry={() => query.refetch()}
        />
      )}
      {warning && (
        <Alert
          severity="warning"
          variant="outlined"
          style={{ marginBottom: 16 }}
        >
          {warning}
        </Alert>
      )}
      {empty && <NoModels filter={filter} />}
      {!empty && (models || !query.isError) && (
        <ListTable
          label="Registered models"
          nameTitle="Model"
          columns={columns}
          rows={models}
          keyOf={model => model.name}
          nameOf={model => model.name}
          describe={model => model.description}
          onOpen={model => setOpen(model.name)}
        />
      )}
      {query.hasNextPage && (
        <Button
          onClick={() => query.fetchNextPage()}
          disabled={query.isFetchingNextPage}
        >
          Show more models
        </Button>
      )}
      <ModelPanel name={open || undefined} onClose={() => setOpen('')} />
    </MlflowFrame>
  );
}

function NoModels(props: { filter: string }) {
  return props.filter ? (
    <Invitation title={`No model matches “${props.filter}”`}>
      The filter looks for a part of the name, in any case. Press Escape in the
      field to see all models.
    </Invitation>
  ) : (
    <Invitation
      title="No model is registered yet"
      code={
        'mlflow.sklearn.log_model(\n    model, name="model", registered_model_name="my_model"\n)'
      }
    >
      A model appears here when a pipeline registers it in MLflow, with its
      versions, aliases such as <b>staging</b>, and the metrics of the run that
      made it. In Python:
    </Invitation>
  );
}
