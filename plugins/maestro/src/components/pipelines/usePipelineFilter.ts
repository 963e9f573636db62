import { useSearchParams } from 'react-router-dom';
import type { PipelineFilter } from './filterPipelines';

const PARAMS: Record<keyof PipelineFilter, string> = {
  text: 'q',
  owner: 'owner',
  tag: 'tag',
  type: 'type',
  state: 'state',
};

/** The filter of the list, kept in the address. */
export function usePipelineFilter(): [
  PipelineFilter,
  (change: Partial<PipelineFilter>) => void,
] {
  const [search, setSearch] = useSearchParams();
  const filter: PipelineFilter = {
    text: search.get(PARAMS.text) ?? '',
    owner: search.get(PARAMS.owner) ?? '',
    tag: search.get(PARAMS.tag) ?? '',
    type: search.get(PARAMS.type) ?? '',
    state: search.get(PARAMS.state) ?? '',
  };
  const change = (next: Partial<PipelineFilter>) =>
    setSearch(
      current => {
        const changed = new URLSearchParams(current);
        for (const [field, value] of Object.entries(next)) {
          const name = PARAMS[field as keyof PipelineFilter];
          if (value) changed.set(name, value);
          else changed.delete(name);
        }
        return changed;
      },
      // Typing is no journey: Back leads to where one came from.
      { replace: true },
    );
  return [filter, change];
}
