import { FeastList } from '@maestro/plugin-feast-common';
import {
  FilterField,
  Invitation,
  ListColumn,
  ListTable,
  PeerQueries,
  Problem,
  useAddressParam,
} from '@maestro/plugin-peer-react';
import Alert from '@material-ui/lab/Alert';
import { useQuery } from '@tanstack/react-query';
import { ReactNode } from 'react';
import { FeastFrame } from './FeastFrame';

/** What all objects of the registry have. */
interface RegistryObject {
  project: string;
  name: string;
  description?: string;
  owner?: string;
  tags: Record<string, string>;
}

/** What a list of one kind of the registry's objects needs to know. */
export interface ObjectListProps<T extends RegistryObject> {
  /** In the plural and in small letters: "feature views". */
  kind: string;
  nameTitle: string;
  columns: ListColumn<T>[];
  read(): Promise<FeastList<T>>;
  /** What people may type to find it, besides name, owner and tags. */
  words(object: T): string[];
  /** Narrows the list further, with controls that stand beside the filter. */
  narrow?: {
    keep(object: T): boolean;
    controls(objects: readonly T[]): ReactNode;
  };
  /** Shown when the registry has none. */
  invitation: ReactNode;
  renderPanel(object: T | undefined, onClose: () => void): ReactNode;
}

/** A page that lists all objects of one kind and opens one beside the list. */
export function ObjectList<T extends RegistryObject>(
  props: ObjectListProps<T>,
) {
  return (
    <PeerQueries>
      <Objects {...props} />
    </PeerQueries>
  );
}

function Objects<T extends RegistryObject>(props: ObjectListProps<T>) {
  const { kind, columns, narrow } = props;
  const [filter, setFilter] = useAddressParam('filter', { replace: true });
  const [open, setOpen] = useAddressParam('open');
  const query = useQuery({
    queryKey: ['feast', kind],
    queryFn: () => props.read(),
  });
  const all = query.data?.items;
  const text = filter.trim().toLowerCase();
  const rows = all
    ?.filter(object => !narrow || narrow.keep(object))
    .filter(object => !text || matches(object, props.words(object), text))
    .sort((a, b) => a.name.localeCompare(b.name));
  const projects = new Set(all?.map(object => object.project));
  const shownColumns: ListColumn<T>[] =
    projects.size > 1
      ? [{ title: 'Project', render: object => object.project }, ...columns]
      : columns;

  return (
    <FeastFrame
      filter={
        <>
          <FilterField
            label={`Filter ${kind}`}
            value={filter}
            onChange={setFilter}
          />
          {all && narrow?.controls(all)}
        </>
      }
    >
      {query.isError && (
        <Problem
          title={`The ${kind} could not be read`}
          error={query.error}
          onRetry={() => query.refetch()}
        />
      )}
      {query.data?.truncated && (
        <Alert severity="info" variant="outlined" style={{ marginBottom: 16 }}>
          The registry has more {kind} than the portal reads. Set feast.project
          in its configuration to show one project only.
        </Alert>
      )}
      {all?.length === 0 && props.invitation}
      {all && all.length > 0 && rows?.length === 0 && (
        <Invitation title={`No ${kind} match`}>
          The filter looks for parts of names, owners and tags. Press Escape in
          the field to see all {all.length}.
        </Invitation>
      )}
      {(rows ? rows.length > 0 : !query.isError) && (
        <ListTable
          label={kind}
          nameTitle={props.nameTitle}
          columns={shownColumns}
          rows={rows}
          keyOf={addressOf}
          nameOf={object => object.name}
          describe={object => object.description}
          onOpen={object => setOpen(addressOf(object))}
        />
      )}
      {props.renderPanel(
        open ? all?.find(object => addressOf(object) === open) : undefined,
        () => setOpen(''),
      )}
    </FeastFrame>
  );
}

function addressOf(object: RegistryObject): string {
  return `${object.project}/${object.name}`;
}

function matches(object: RegistryObject, words: string[], text: string) {
  return [
    object.name,
    object.project,
    object.description ?? '',
    object.owner ?? '',
    ...Object.entries(object.tags).map(([key, value]) => `${key}:${value}`),
    ...words,
  ].some(word => word.toLowerCase().includes(text));
}
