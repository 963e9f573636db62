import { useRef, useState } from 'react';
import Button from '@material-ui/core/Button';
import Typography from '@material-ui/core/Typography';
import { LinkButton } from '@backstage/core-components';
import { useNavigate } from 'react-router-dom';
import type { PipelineSummary } from '@maestro/plugin-maestro-common';
import { usePipelines } from '../../state/queries';
import { useMay } from '../../state/useMay';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { TriggerDialog } from '../actions/TriggerDialog';
import { useListKeys } from '../keyboard/useListKeys';
import { useShortcuts } from '../keyboard/shortcuts';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { EmptyInvitation } from '../layout/EmptyInvitation';
import { ErrorNotice } from '../layout/ErrorNotice';
import { MaestroPage } from '../layout/MaestroPage';
import { ROW_HEIGHT } from './columns';
import { filterPipelines, lastRunOf } from './filterPipelines';
import { PipelineFilters } from './PipelineFilters';
import { PipelinesTable } from './PipelinesTable';
import { ProblemsPanel } from './ProblemsPanel';
import { SchedulersPanel } from './SchedulersPanel';
import { usePipelineFilter } from './usePipelineFilter';

/** The page of all pipelines. */
export function PipelinesPage() {
  return (
    <MaestroPage>
      <PipelinesContent />
    </MaestroPage>
  );
}

function PipelinesContent() {
  const pipelines = usePipelines();
  const links = useMaestroLinks();
  const navigate = useNavigate();
  const [filter, setFilter] = usePipelineFilter();
  const [triggered, setTriggered] = useState<string>();
  const filterInput = useRef<HTMLInputElement>(null);
  const table = useRef<{ scrollTo(index: number): void }>(null);

  const all = pipelines.data ?? [];
  const rows = filterPipelines(all, filter);
  useShortcuts([
    {
      keys: '/',
      label: 'Filter',
      run: () => filterInput.current?.focus(),
    },
  ]);
  const mayStart = useMay('triggerRun').allowed;
  const marked = useListKeys({
    items: rows,
    keyOf: row => row.name,
    onOpen: row => navigate(links.pipeline(row.entityRef, 'runs')),
    onMove: index => table.current?.scrollTo(index),
    actions: [
      ...(mayStart
        ? [
            {
              keys: 'r',
              label: 'Run the marked pipeline',
              run: (row: PipelineSummary) => setTriggered(row.name),
            },
          ]
        : []),
      {
        keys: 'l',
        label: 'Last run of the marked pipeline, with its log',
        run: row => {
          const last = lastRunOf(row);
          if (last) navigate(links.run(last.runId, { panel: 'log' }));
        },
      },
    ],
  });

  const newPipeline = links.create && (
    <LinkButton to={links.create} variant="contained" color="primary">
      New pipeline
    </LinkButton>
  );
  return (
    <>
      <PipelineFilters
        pipelines={all}
        filter={filter}
        onChange={setFilter}
        inputRef={filterInput}
        action={newPipeline}
      />
      <ProblemsPanel />
      {pipelines.isPending && <DelayedSkeleton rows={8} height={ROW_HEIGHT} />}
      {pipelines.error && !pipelines.data && (
        <ErrorNotice
          title="The pipelines could not be read"
          error={pipelines.error}
          action={
            <Button color="inherit" onClick={() => pipelines.refetch()}>
              Try again
            </Button>
          }
        />
      )}
      {pipelines.data && all.length === 0 && (
        <EmptyInvitation title="No pipelines yet" action={newPipeline}>
          A pipeline is a list of tasks with a schedule, described by a file in
          a repository that the catalog knows. None is registered; make one from
          the template, or register the file of an existing one.
        </EmptyInvitation>
      )}
      {all.length > 0 && rows.length === 0 && (
        <EmptyInvitation
          title="No pipeline matches"
          action={
            <Button
              variant="outlined"
              onClick={() =>
                setFilter({ text: '', owner: '', type: '', tag: '', state: '' })
              }
            >
              Show all {all.length}
            </Button>
          }
        >
          The filter leaves nothing of {all.length} pipelines.
        </EmptyInvitation>
      )}
      {rows.length > 0 && (
        <PipelinesTable
          ref={table}
          rows={rows}
          marked={marked}
          onTrigger={setTriggered}
        />
      )}
      {rows.length > 0 && rows.length < all.length && (
        <Typography variant="body2" color="textSecondary">
          {rows.length} of {all.length} pipelines
        </Typography>
      )}
      <SchedulersPanel />
      {triggered && (
        <TriggerDialog
          pipeline={triggered}
          onClose={() => setTriggered(undefined)}
        />
      )}
    </>
  );
}
