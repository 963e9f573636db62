import Paper from '@material-ui/core/Paper';
import { makeStyles } from '@material-ui/core/styles';
import { useSearchParams } from 'react-router-dom';
import { aliasName, type Asset } from '@maestro/plugin-maestro-common';
import { RelativeTime, ToneChip } from '@maestro/plugin-maestro-react';
import { useAssets } from '../../state/queries';
import { useListKeys } from '../keyboard/useListKeys';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { EmptyInvitation } from '../layout/EmptyInvitation';
import { ErrorNotice } from '../layout/ErrorNotice';
import { FilterField, useFilterText } from '../layout/FilterField';
import { MaestroPage } from '../layout/MaestroPage';
import { useTableStyles } from '../settings/useTableStyles';
import { AssetPanel } from './AssetPanel';

const useStyles = makeStyles(theme => ({
  columns: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    gap: theme.spacing(2),
    alignItems: 'start',
  },
  withPanel: {
    [theme.breakpoints.up('lg')]: {
      gridTemplateColumns: 'minmax(0, 6fr) minmax(0, 5fr)',
    },
  },
  table: { minWidth: 560 },
}));

/** The page of assets: what pipelines make, and who starts on it. */
export function AssetsPage() {
  return (
    <MaestroPage>
      <AssetsContent />
    </MaestroPage>
  );
}

function AssetsContent() {
  const classes = useStyles();
  const tableClasses = useTableStyles();
  const assets = useAssets();
  const [search, setSearch] = useSearchParams();
  const [text, setText] = useFilterText();
  const all = assets.data ?? [];
  const wanted = text.toLocaleLowerCase();
  const rows = all.filter(asset => wordsOf(asset).includes(wanted));
  const selected = all.find(({ name }) => name === search.get('asset'));
  const open = (name: string | undefined) =>
    setSearch(before => {
      const next = new URLSearchParams(before);
      if (name === undefined) next.delete('asset');
      else next.set('asset', name);
      return next;
    });
  const marked = useListKeys({
    items: rows,
    keyOf: asset => asset.name,
    onOpen: asset => open(asset.name),
  });
  if (assets.isPending) {
    return <DelayedSkeleton rows={6} height={44} />;
  }
  if (assets.error && !assets.data) {
    return (
      <ErrorNotice title="The assets could not be read" error={assets.error} />
    );
  }
  if (all.length === 0) {
    return (
      <EmptyInvitation title="No assets yet">
        An asset is something that a task makes and another pipeline starts on:{' '}
        <code>produces: [flights]</code> at a task,{' '}
        <code>{'schedule: {assets: {any: [flights]}}'}</code> at the pipeline
        that awaits it.
      </EmptyInvitation>
    );
  }
  return (
    <>
      <div className={tableClasses.bar}>
        <FilterField label="Filter assets" value={text} onChange={setText} />
      </div>
      <div
        className={`${classes.columns} ${selected ? classes.withPanel : ''}`}
      >
        {rows.length === 0 ? (
          <EmptyInvitation title="No asset matches">
            The filter leaves nothing of {all.length}.
          </EmptyInvitation>
        ) : (
          <Paper variant="outlined" className={tableClasses.scroll}>
            <table className={`${tableClasses.table} ${classes.table}`}>
              <thead>
                <tr>
                  <th scope="col">asset</th>
                  <th scope="col">produced by</th>
                  <th scope="col">awaited by</th>
                  <th scope="col">last event</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((asset, index) => (
                  <tr
                    key={asset.name}
                    className={
                      index === marked ? tableClasses.marked : undefined
                    }
                  >
                    <td className={tableClasses.long}>
                      <button
                        type="button"
                        className={tableClasses.open}
                        onClick={() => open(asset.name)}
                      >
                        {asset.name}
                      </button>
                    </td>
                    <td>
                      {names(asset.producers) ||
                        nobody(asset, aliasesOf(all, asset))}
                    </td>
                    <td>
                      {names(asset.consumers) || '—'} <Waits asset={asset} />
                    </td>
                    <td>
                      {asset.lastEvent ? (
                        <RelativeTime at={asset.lastEvent.at} />
                      ) : (
                        'never'
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Paper>
        )}
        {selected && (
          <AssetPanel
            key={selected.name}
            asset={selected}
            aliases={aliasesOf(all, selected)}
            onClose={() => open(undefined)}
          />
        )}
      </div>
    </>
  );
}

function Waits(props: { asset: Asset }) {
  const { consumers } = props.asset;
  return (
    <>
      {consumers.some(({ missing }) => missing) && (
        <ToneChip tone="info">waits for others</ToneChip>
      )}
      {consumers.some(({ cooldownUntil }) => cooldownUntil !== undefined) && (
        <ToneChip tone="info">cools down</ToneChip>
      )}
    </>
  );
}

/** Where events come from that no task gives; an alias has none then. */
function nobody({ name }: Asset, aliases: readonly string[]): string {
  if (aliases.length > 0) return `through ${aliases.join(', ')}`;
  return aliasName(name) === undefined ? 'outside' : '—';
}

/** Aliases through which an asset had events. */
function aliasesOf(all: readonly Asset[], { name }: Asset): string[] {
  return all
    .filter(({ standsFor }) => standsFor?.includes(name))
    .map(alias => alias.name);
}

function names(parts: ReadonlyArray<{ pipeline: string }>): string {
  return [...new Set(parts.map(({ pipeline }) => pipeline))].join(', ');
}

function wordsOf(asset: Asset): string {
  return `${asset.name}\n${names(asset.producers)}\n${names(
    asset.consumers,
  )}`.toLocaleLowerCase();
}
