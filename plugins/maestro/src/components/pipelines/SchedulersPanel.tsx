import Table from '@material-ui/core/Table';
import TableBody from '@material-ui/core/TableBody';
import TableCell from '@material-ui/core/TableCell';
import TableHead from '@material-ui/core/TableHead';
import TableRow from '@material-ui/core/TableRow';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import type { EngineStatus } from '@maestro/plugin-maestro-common';
import { RelativeTime } from '@maestro/plugin-maestro-react';
import { useStatus } from '../../state/queries';

type Scheduler = NonNullable<EngineStatus['schedulers']>[number];

const useStyles = makeStyles(theme => ({
  panel: { marginTop: theme.spacing(3), overflowX: 'auto' },
  gone: { color: theme.palette.error.main },
}));

const ROLES: Record<Scheduler['role'], string> = {
  all: 'pages and scheduling',
  portal: 'pages',
  scheduler: 'scheduling',
};

/** Who schedules; nothing is shown of one that is all there is. */
export function SchedulersPanel() {
  const classes = useStyles();
  const schedulers = useStatus().data?.schedulers ?? [];
  if (schedulers.length < 2) return null;
  const alive = schedulers.filter(one => one.alive).length;
  return (
    <section className={classes.panel} aria-label="Schedulers">
      <Typography variant="h6" component="h2">
        Schedulers: {alive} of {schedulers.length} active
      </Typography>
      <Table size="small">
        <TableHead>
          <TableRow>
            <TableCell>Host</TableCell>
            <TableCell>Does</TableCell>
            <TableCell>Executors</TableCell>
            <TableCell>State</TableCell>
            <TableCell>Started</TableCell>
            <TableCell>Version</TableCell>
          </TableRow>
        </TableHead>
        <TableBody>
          {schedulers.map(one => (
            <TableRow key={one.name} title={one.name}>
              <TableCell>
                {one.host}
                {one.self ? ' (answers here)' : ''}
              </TableCell>
              <TableCell>{ROLES[one.role]}</TableCell>
              <TableCell>{one.executors.join(', ')}</TableCell>
              <TableCell>
                {one.alive ? (
                  one.message ?? 'active'
                ) : (
                  <span className={classes.gone}>
                    gone, last heard of <RelativeTime at={one.seenAt} />
                  </span>
                )}
              </TableCell>
              <TableCell>
                <RelativeTime at={one.startedAt} />
              </TableCell>
              <TableCell>{one.version}</TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </section>
  );
}
