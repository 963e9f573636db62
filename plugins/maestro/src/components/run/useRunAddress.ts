import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router-dom';
import { runSearch, type RunAddress } from '../../state/useMaestroLinks';

function positive(text: string | null): number | undefined {
  const value = Number(text);
  return text !== null && Number.isInteger(value) && value >= 0
    ? value
    : undefined;
}

/**
 * Where on a run page one is, as its address says. Going to another task is a
 * step that Back undoes; another tab of the same is not.
 */
export function useRunAddress(): [
  RunAddress,
  (change: Partial<RunAddress>) => void,
] {
  const [search, setSearch] = useSearchParams();
  const address = useMemo<RunAddress>(
    () => ({
      tab: search.get('tab') ?? undefined,
      task: search.get('task') ?? undefined,
      mapIndex: positive(search.get('map')),
      attempt: positive(search.get('attempt')),
      panel: search.get('panel') ?? undefined,
    }),
    [search],
  );
  const go = useCallback(
    (change: Partial<RunAddress>) =>
      setSearch(runSearch({ ...address, ...change }), {
        replace: change.task === undefined || change.task === address.task,
      }),
    [address, setSearch],
  );
  return [address, go];
}
