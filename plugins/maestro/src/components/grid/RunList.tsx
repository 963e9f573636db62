import { useState } from 'react';
import Button from '@material-ui/core/Button';
import { makeStyles } from '@material-ui/core/styles';
import { Link } from '@backstage/core-components';
import type { GridRun } from '@maestro/plugin-maestro-common';
import {
  Duration,
  formatExact,
  formatRunDate,
  SlaChip,
  StateChip,
  triggerWord,
  useTimeZone,
} from '@maestro/plugin-maestro-react';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { PartitionKey } from '../run/PartitionKey';
import { failedCells, runWord } from '../run/runWord';
import { runDate } from './gridGeometry';

/** So many runs are listed until somebody asks for more. */
const FIRST = 14;

const useStyles = makeStyles(theme => ({
  scroll: {
    overflowX: 'auto',
    borderTop: `1px solid ${theme.palette.divider}`,
  },
  table: {
    width: '100%',
    borderCollapse: 'collapse',
    fontSize: theme.typography.pxToRem(13),
    '& th': {
      textAlign: 'left',
      fontWeight: 400,
      fontSize: theme.typography.pxToRem(12),
      color: theme.palette.text.secondary,
    },
    '& th, & td': { padding: theme.spacing(0.5, 1), whiteSpace: 'nowrap' },
    '& td': { borderTop: `1px solid ${theme.palette.divider}` },
    '& tbody tr:hover': { backgroundColor: theme.palette.action.hover },
  },
  number: { textAlign: 'right !important' as 'right' },
}));

/** What a row says of a run; without cells, nothing of its tasks. */
type ListedRun = Omit<GridRun, 'cells'> & Partial<Pick<GridRun, 'cells'>>;

/** Runs as rows, newest first. */
export function RunList(props: { runs: readonly ListedRun[] }) {
  const classes = useStyles();
  const links = useMaestroLinks();
  const { zone } = useTimeZone();
  // Only for the year; a list must not be drawn anew each second for it.
  const [now] = useState(() => Date.now());
  const [all, setAll] = useState(false);
  const runs = [...props.runs].sort((a, b) => b.runAfter - a.runAfter);
  const shown = all ? runs : runs.slice(0, FIRST);
  return (
    <div className={classes.scroll}>
      <table className={classes.table} aria-label="Runs">
        <thead>
          <tr>
            <th scope="col">run</th>
            <th scope="col">state</th>
            <th scope="col">how it started</th>
            <th scope="col" className={classes.number}>
              duration
            </th>
            <th scope="col">SLA</th>
            <th scope="col" className={classes.number}>
              version
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map(run => (
            <tr key={run.runId}>
              <td>
                <Link
                  to={links.run(run.runId)}
                  title={formatExact(runDate(run), zone)}
                >
                  {formatRunDate(runDate(run), zone, now)}
                </Link>
                {run.partitionKey !== undefined && (
                  <>
                    {' · '}
                    <PartitionKey value={run.partitionKey} />
                  </>
                )}
              </td>
              <td>
                <StateChip
                  state={run.state}
                  label={runWord(run, failedCells({ cells: run.cells ?? {} }))}
                  reason={run.stateReason}
                />
              </td>
              <td>{triggerWord(run.trigger)}</td>
              <td className={classes.number}>
                <Duration
                  ms={run.durationMs}
                  since={run.state === 'running' ? run.startedAt : undefined}
                />
              </td>
              <td>
                <SlaChip state={run.slaState ?? 'none'} />
              </td>
              <td className={classes.number}>{run.versionNumber}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < runs.length && (
        <Button size="small" onClick={() => setAll(true)}>
          List all {runs.length}
        </Button>
      )}
    </div>
  );
}
