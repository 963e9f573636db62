import Button from '@material-ui/core/Button';
import TextField from '@material-ui/core/TextField';

/** @internal */
export interface SecretFieldProps {
  label: string;
  /** What is known of a stored value; undefined when there is none. */
  stored?: string;
  /** Undefined while nobody touched it. */
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  multiline?: boolean;
  placeholder?: string;
  problem?: string;
}

/**
 * A field that can be written and not read: it keeps what is stored until
 * somebody types something else or removes it.
 */
export function SecretField(props: SecretFieldProps) {
  const { label, stored, value, onChange, multiline, placeholder, problem } =
    props;
  const kept = stored !== undefined && value === undefined;
  const removed = stored !== undefined && value === '';
  const help = () => {
    if (problem) return problem;
    if (kept) return `${stored}; type to replace it`;
    if (removed) return 'will be removed';
    return stored !== undefined ? 'will be replaced' : undefined;
  };
  return (
    <div>
      <TextField
        label={label}
        id={`maestro-secret-${label}`}
        type={multiline ? undefined : 'password'}
        multiline={multiline}
        minRows={multiline ? 3 : undefined}
        fullWidth
        variant="outlined"
        size="small"
        autoComplete="new-password"
        placeholder={kept ? '••••••••' : placeholder}
        value={value ?? ''}
        onChange={event => onChange(event.target.value)}
        error={problem !== undefined}
        helperText={help()}
        InputLabelProps={{ shrink: kept || placeholder ? true : undefined }}
        inputProps={multiline ? { style: { fontFamily: 'monospace' } } : {}}
      />
      {kept && (
        <Button size="small" onClick={() => onChange('')}>
          Remove
        </Button>
      )}
      {stored !== undefined && !kept && (
        <Button size="small" onClick={() => onChange(undefined)}>
          Keep what is stored
        </Button>
      )}
    </div>
  );
}
