import { useState } from 'react';
import IconButton from '@material-ui/core/IconButton';
import Typography from '@material-ui/core/Typography';
import GetAppIcon from '@material-ui/icons/GetApp';
import { makeStyles } from '@material-ui/core/styles';
import { useApi } from '@backstage/core-plugin-api';
import type { Output } from '@maestro/plugin-maestro-common';
import { RelativeTime } from '@maestro/plugin-maestro-react';
import { maestroApiRef } from '../../api/maestroApi';
import { useOutputs } from '../../state/queries';
import { useNotify } from '../../state/useNotify';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { ErrorNotice } from '../layout/ErrorNotice';
import { formatBytes } from '../layout/formatBytes';
import { saveAs } from '../layout/saveAs';
import { JsonTree } from './JsonTree';

const useStyles = makeStyles(theme => ({
  scroll: { overflow: 'auto', paddingTop: theme.spacing(1) },
  output: {
    padding: theme.spacing(0.5, 0),
    borderBottom: `1px solid ${theme.palette.divider}`,
    fontSize: theme.typography.pxToRem(13),
  },
  head: { display: 'flex', alignItems: 'center', gap: theme.spacing(1.5) },
  key: { flex: 1, overflowWrap: 'anywhere' },
  fact: {
    color: theme.palette.text.secondary,
    fontVariantNumeric: 'tabular-nums',
    whiteSpace: 'nowrap',
  },
  value: {
    margin: theme.spacing(0.5, 0),
    maxHeight: 420,
    overflow: 'auto',
  },
}));

/** What a task handed on to those after it. */
export function OutputsTab(props: {
  runId: string;
  taskId: string;
  mapIndex: number;
  /** What is said when there are none; by default how to write some. */
  none?: React.ReactNode;
}) {
  const { runId, taskId, mapIndex, none } = props;
  const classes = useStyles();
  const outputs = useOutputs(runId, taskId, mapIndex);
  if (outputs.error && !outputs.data) {
    return (
      <ErrorNotice
        title="The outputs could not be read"
        error={outputs.error}
      />
    );
  }
  if (!outputs.data) {
    return <DelayedSkeleton rows={4} height={32} />;
  }
  const mine = outputs.data.filter(
    output => output.taskId === taskId && output.mapIndex === mapIndex,
  );
  if (mine.length === 0) {
    return (
      <Typography color="textSecondary" style={{ paddingTop: 8 }}>
        {none ?? (
          <>
            No outputs. A task writes them as JSON to the file that{' '}
            <code>$MAESTRO_OUTPUT</code> names.
          </>
        )}
      </Typography>
    );
  }
  return (
    <div className={classes.scroll}>
      {mine.map(output => (
        <OneOutput key={output.key} runId={runId} output={output} />
      ))}
    </div>
  );
}

function OneOutput(props: { runId: string; output: Output }) {
  const { runId, output } = props;
  const { taskId, mapIndex, key, value, size, createdAt, tryNumber } = output;
  const classes = useStyles();
  const api = useApi(maestroApiRef);
  const notify = useNotify();
  const [saving, setSaving] = useState(false);
  const download = async () => {
    setSaving(true);
    try {
      const blob = await api.downloadOutput(runId, { taskId, mapIndex, key });
      saveAs(
        blob,
        `${taskId}${mapIndex < 0 ? '' : `-${mapIndex}`}-${key}.json`,
      );
    } catch (error) {
      notify.failed(`"${key}" was not downloaded`, error);
    } finally {
      setSaving(false);
    }
  };
  return (
    <section className={classes.output} aria-label={`Output ${key}`}>
      <div className={classes.head}>
        <strong className={classes.key}>{key}</strong>
        {tryNumber !== undefined && (
          <span className={classes.fact}>try {tryNumber}</span>
        )}
        <span className={classes.fact}>
          <RelativeTime at={createdAt} />
        </span>
        <span className={classes.fact}>{formatBytes(size)}</span>
        <IconButton
          size="small"
          title={`Download ${key} as JSON`}
          aria-label={`Download ${key}`}
          disabled={saving}
          onClick={download}
        >
          <GetAppIcon fontSize="small" />
        </IconButton>
      </div>
      <div className={classes.value}>
        {value === undefined ? (
          <Typography variant="body2" color="textSecondary">
            Too large to show here; download it.
          </Typography>
        ) : (
          <JsonTree value={value} />
        )}
      </div>
    </section>
  );
}
