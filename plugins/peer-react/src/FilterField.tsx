import IconButton from '@material-ui/core/IconButton';
import InputAdornment from '@material-ui/core/InputAdornment';
import TextField from '@material-ui/core/TextField';
import { RiCloseLine, RiSearchLine } from '@remixicon/react';
import { useEffect, useRef, useState } from 'react';

// Long enough that typing a word asks the server once, short enough to feel
// like it follows the fingers.
const quietMs = 250;

/**
 * A field that narrows a list. `/` anywhere on the page brings the cursor
 * here, Escape empties it. `onChange` comes a quarter of a second after the
 * last key.
 *
 * @public
 */
export function FilterField(props: {
  label: string;
  value: string;
  onChange(value: string): void;
}) {
  const { label, value, onChange } = props;
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  // The address may change without typing: the back button, a link. What comes
  // back of what was typed here is no such change: more may be typed by then.
  const [last, setLast] = useState(value);
  const [told, setTold] = useState<string>();
  if (value !== last) {
    setLast(value);
    setTold(undefined);
    if (value !== told) {
      setText(value);
    }
  }

  useEffect(() => {
    if (text === value) {
      return undefined;
    }
    const timer = setTimeout(() => {
      setTold(text);
      onChange(text);
    }, quietMs);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);

  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement | null;
      const typing =
        target?.isContentEditable ||
        ['INPUT', 'TEXTAREA', 'SELECT'].includes(target?.tagName ?? '');
      if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        input.current?.focus();
      }
    };
    document.addEventListener('keydown', focus);
    return () => document.removeEventListener('keydown', focus);
  }, []);

  return (
    <TextField
      size="small"
      variant="outlined"
      style={{ width: 300 }}
      placeholder={`${label}  ( / )`}
      value={text}
      onChange={event => setText(event.target.value)}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          setText('');
        }
      }}
      inputRef={input}
      inputProps={{ 'aria-label': label, maxLength: 200 }}
      InputProps={{
        startAdornment: (
          <InputAdornment position="start">
            <RiSearchLine size={18} aria-hidden />
          </InputAdornment>
        ),
        endAdornment: text && (
          <InputAdornment position="end">
            <IconButton
              size="small"
              aria-label="Clear the filter"
              onClick={() => setText('')}
            >
              <RiCloseLine size={16} />
            </IconButton>
          </InputAdornment>
        ),
      }}
    />
  );
}
