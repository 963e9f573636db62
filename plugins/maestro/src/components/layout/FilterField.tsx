import { useRef } from 'react';
import InputAdornment from '@material-ui/core/InputAdornment';
import TextField from '@material-ui/core/TextField';
import SearchIcon from '@material-ui/icons/Search';
import { useSearchParams } from 'react-router-dom';
import { useShortcuts } from '../keyboard/shortcuts';

/** The text that a list is filtered by, kept in the address as `q`. */
export function useFilterText(): [string, (text: string) => void] {
  const [search, setSearch] = useSearchParams();
  return [
    search.get('q') ?? '',
    text =>
      setSearch(
        current => {
          const changed = new URLSearchParams(current);
          if (text) changed.set('q', text);
          else changed.delete('q');
          return changed;
        },
        { replace: true },
      ),
  ];
}

/** The field that filters a list; `/` leads to it. */
export function FilterField(props: {
  label: string;
  value: string;
  onChange: (text: string) => void;
}) {
  const { label, value, onChange } = props;
  const input = useRef<HTMLInputElement>(null);
  useShortcuts([
    { keys: '/', label: 'Filter', run: () => input.current?.focus() },
  ]);
  return (
    <TextField
      size="small"
      variant="outlined"
      placeholder="Filter…  ( / )"
      value={value}
      onChange={event => onChange(event.target.value)}
      onKeyDown={event => {
        if (event.key === 'Escape') (event.target as HTMLElement).blur();
      }}
      inputRef={input}
      inputProps={{ 'aria-label': label, type: 'search' }}
      InputProps={{
        startAdornment: (
          <InputAdornment position="start">
            <SearchIcon fontSize="small" />
          </InputAdornment>
        ),
      }}
      style={{ flex: '1 1 220px', maxWidth: 420 }}
    />
  );
}
