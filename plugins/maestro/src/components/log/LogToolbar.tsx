import { useRef, useState } from 'react';
import Button from '@material-ui/core/Button';
import FormControlLabel from '@material-ui/core/FormControlLabel';
import IconButton from '@material-ui/core/IconButton';
import Switch from '@material-ui/core/Switch';
import TextField from '@material-ui/core/TextField';
import ArrowDownwardIcon from '@material-ui/icons/KeyboardArrowDown';
import ArrowUpwardIcon from '@material-ui/icons/KeyboardArrowUp';
import GetAppIcon from '@material-ui/icons/GetApp';
import FirstIcon from '@material-ui/icons/VerticalAlignTop';
import LastIcon from '@material-ui/icons/VerticalAlignBottom';
import WrapIcon from '@material-ui/icons/WrapText';
import { makeStyles } from '@material-ui/core/styles';
import { useApi } from '@backstage/core-plugin-api';
import { ToneChip } from '@maestro/plugin-maestro-react';
import { maestroApiRef } from '../../api/maestroApi';
import { useNotify } from '../../state/useNotify';
import { formatBytes } from '../layout/formatBytes';
import { saveAs } from '../layout/saveAs';
import { useShortcuts } from '../keyboard/shortcuts';
import type { LogWindow } from './logWindow';
import type { LogSearch } from './useLogSearch';

const useStyles = makeStyles(theme => ({
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(0.5, 1),
    padding: theme.spacing(0.5, 0),
  },
  search: { flex: '1 1 140px', maxWidth: 260 },
  note: {
    fontSize: theme.typography.pxToRem(12),
    color: theme.palette.text.secondary,
    fontVariantNumeric: 'tabular-nums',
  },
  space: { flex: 1 },
}));

/** @internal */
export interface LogToolbarProps {
  attemptId: string;
  fileName: string;
  log: LogWindow;
  ready: boolean;
  live: boolean;
  follow: boolean;
  onFollow: (on: boolean) => void;
  /** Absent for a log without records: it is shown as it was written. */
  raw?: { on: boolean; onChange: (on: boolean) => void };
  wrap: boolean;
  onWrap: (on: boolean) => void;
  onStart: () => void;
  onEnd: () => void;
  search: LogSearch;
}

function Completeness(props: { log: LogWindow; live: boolean }) {
  const { log, live } = props;
  if (log.completeness === 'unknown') {
    return (
      <ToneChip tone="warning" title={log.gap} icon={<span>?</span>}>
        unknown
      </ToneChip>
    );
  }
  if (log.gap) {
    return (
      <ToneChip tone="warning" title={log.gap} icon={<span>▲</span>}>
        gap
      </ToneChip>
    );
  }
  if (log.end) {
    return <ToneChip tone="success">complete ✓</ToneChip>;
  }
  return live ? <ToneChip tone="running">live</ToneChip> : null;
}

/** What one can do with a log. */
export function LogToolbar(props: LogToolbarProps) {
  const { attemptId, fileName, log, ready, live, follow, wrap, search } = props;
  const classes = useStyles();
  const api = useApi(maestroApiRef);
  const notify = useNotify();
  const [saving, setSaving] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useShortcuts([
    {
      keys: '/',
      label: 'Search the log',
      run: () => input.current?.focus(),
    },
  ]);
  const download = async () => {
    setSaving(true);
    try {
      const response = await api.downloadLog(attemptId);
      saveAs(await response.blob(), fileName);
    } catch (error) {
      notify.failed('The log was not downloaded', error);
    } finally {
      setSaving(false);
    }
  };
  return (
    <div className={classes.bar}>
      {!log.end && (
        <FormControlLabel
          label="follow"
          control={
            <Switch
              size="small"
              color="primary"
              checked={follow}
              onChange={(_, on) => props.onFollow(on)}
            />
          }
        />
      )}
      {props.raw && (
        <FormControlLabel
          label="raw"
          title="Every line as the task wrote it"
          control={
            <Switch
              size="small"
              color="primary"
              checked={props.raw.on}
              onChange={(_, on) => props.raw!.onChange(on)}
            />
          }
        />
      )}
      <TextField
        className={classes.search}
        size="small"
        placeholder="search…"
        value={search.text}
        inputRef={input}
        onChange={event => search.setText(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Enter') {
            event.preventDefault();
            if (event.shiftKey) search.previous();
            else search.next();
          } else if (event.key === 'Escape') {
            search.setText('');
            (event.target as HTMLElement).blur();
          }
        }}
        inputProps={{ 'aria-label': 'Search the log' }}
      />
      {search.text && (
        <span className={classes.note} role="status">
          {search.note ??
            `${search.place ?? '–'} of ${search.count}${
              log.end && log.pages[0]?.offset === 0 ? '' : ' loaded'
            }`}
        </span>
      )}
      {search.searching && (
        <Button size="small" onClick={search.stop}>
          Stop
        </Button>
      )}
      <IconButton
        size="small"
        title="Previous match (Shift+Enter)"
        aria-label="Previous match"
        disabled={!search.text}
        onClick={search.previous}
      >
        <ArrowUpwardIcon fontSize="small" />
      </IconButton>
      <IconButton
        size="small"
        title="Next match (Enter)"
        aria-label="Next match"
        disabled={!search.text}
        onClick={search.next}
      >
        <ArrowDownwardIcon fontSize="small" />
      </IconButton>
      <span className={classes.space} />
      <Completeness log={log} live={live} />
      <span className={classes.note}>{ready ? formatBytes(log.size) : ''}</span>
      <IconButton
        size="small"
        title={wrap ? 'Do not wrap lines' : 'Wrap lines'}
        aria-label="Wrap lines"
        aria-pressed={wrap}
        color={wrap ? 'primary' : 'default'}
        onClick={() => props.onWrap(!wrap)}
      >
        <WrapIcon fontSize="small" />
      </IconButton>
      <IconButton
        size="small"
        title="To the beginning"
        aria-label="To the beginning"
        onClick={props.onStart}
      >
        <FirstIcon fontSize="small" />
      </IconButton>
      <IconButton
        size="small"
        title="To the end"
        aria-label="To the end"
        onClick={props.onEnd}
      >
        <LastIcon fontSize="small" />
      </IconButton>
      <IconButton
        size="small"
        title="Download"
        aria-label="Download the log"
        disabled={saving}
        onClick={download}
      >
        <GetAppIcon fontSize="small" />
      </IconButton>
    </div>
  );
}
