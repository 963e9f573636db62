import InputAdornment from '@material-ui/core/InputAdornment';
import MenuItem from '@material-ui/core/MenuItem';
import TextField from '@material-ui/core/TextField';
import SearchIcon from '@material-ui/icons/Search';
import { makeStyles } from '@material-ui/core/styles';
import { useEntityPresentation } from '@backstage/plugin-catalog-react';
import type { PipelineSummary } from '@maestro/plugin-maestro-common';
import { TimeZoneSwitch } from '@maestro/plugin-maestro-react';
import { LIST_STATES, type PipelineFilter } from './filterPipelines';

const useStyles = makeStyles(theme => ({
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(1.5),
    marginBottom: theme.spacing(2),
  },
  text: { flex: '1 1 220px', maxWidth: 420 },
  select: { minWidth: 130 },
  space: { flex: 1 },
}));

/** @internal */
export interface PipelineFiltersProps {
  pipelines: readonly PipelineSummary[];
  filter: PipelineFilter;
  onChange: (change: Partial<PipelineFilter>) => void;
  inputRef: React.Ref<HTMLInputElement>;
  action?: React.ReactNode;
}

/** An owner as people call it. */
export function OwnerName(props: { ownerRef: string }) {
  const { primaryTitle } = useEntityPresentation(props.ownerRef, {
    defaultKind: 'group',
  });
  return <>{primaryTitle}</>;
}

/** Filter text and choices above the list. */
export function PipelineFilters(props: PipelineFiltersProps) {
  const { pipelines, filter, onChange, inputRef, action } = props;
  const classes = useStyles();
  const distinct = (values: string[], chosen: string) =>
    [...new Set(chosen ? [...values, chosen] : values)].sort();
  const choice = (
    field: 'owner' | 'type' | 'tag' | 'state',
    options: Array<{ value: string; label: React.ReactNode }>,
  ) => (
    <TextField
      select
      size="small"
      variant="outlined"
      className={classes.select}
      label={field}
      value={filter[field]}
      onChange={event => onChange({ [field]: event.target.value })}
      // Without an id MUI does not join label and field.
      id={`maestro-filter-${field}`}
    >
      <MenuItem value="">
        <em>any</em>
      </MenuItem>
      {options.map(({ value, label }) => (
        <MenuItem key={value} value={value}>
          {label}
        </MenuItem>
      ))}
    </TextField>
  );
  return (
    <div className={classes.bar}>
      <TextField
        className={classes.text}
        size="small"
        variant="outlined"
        placeholder="Filter…  ( / )"
        value={filter.text}
        onChange={event => onChange({ text: event.target.value })}
        onKeyDown={event => {
          if (event.key === 'Escape') {
            (event.target as HTMLElement).blur();
          }
        }}
        inputRef={inputRef}
        inputProps={{ 'aria-label': 'Filter pipelines', type: 'search' }}
        InputProps={{
          startAdornment: (
            <InputAdornment position="start">
              <SearchIcon fontSize="small" />
            </InputAdornment>
          ),
        }}
      />
      {choice(
        'owner',
        distinct(
          pipelines.map(p => p.ownerRef),
          filter.owner,
        ).map(value => ({ value, label: <OwnerName ownerRef={value} /> })),
      )}
      {choice(
        'type',
        distinct(
          pipelines.map(p => p.type),
          filter.type,
        ).map(value => ({ value, label: value })),
      )}
      {choice(
        'tag',
        distinct(
          pipelines.flatMap(p => p.tags),
          filter.tag,
        ).map(value => ({ value, label: value })),
      )}
      {choice(
        'state',
        Object.entries(LIST_STATES).map(([value, label]) => ({ value, label })),
      )}
      <span className={classes.space} />
      <TimeZoneSwitch />
      {action}
    </div>
  );
}
