import { useState } from 'react';
import Button from '@material-ui/core/Button';
import Collapse from '@material-ui/core/Collapse';
import { makeStyles } from '@material-ui/core/styles';
import Alert from '@material-ui/lab/Alert';
import { Link } from '@backstage/core-components';
import { RelativeTime } from '@maestro/plugin-maestro-react';
import { useProblems } from '../../state/queries';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { ProblemLine } from '../layout/ProblemLine';

const useStyles = makeStyles(theme => ({
  panel: { marginBottom: theme.spacing(2) },
  one: { padding: theme.spacing(1, 0), overflowWrap: 'anywhere' },
  list: { margin: theme.spacing(0.5, 0, 0), paddingLeft: theme.spacing(2.5) },
}));

/**
 * Pipelines whose file is wrong: where, what, and which version still runs.
 * Nothing is shown while all are right.
 */
export function ProblemsPanel() {
  const classes = useStyles();
  const links = useMaestroLinks();
  const problems = useProblems();
  const [open, setOpen] = useState(true);
  const items = problems.data ?? [];
  if (items.length === 0) {
    return null;
  }
  return (
    <Alert
      severity="warning"
      className={classes.panel}
      action={
        <Button
          color="inherit"
          size="small"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {open ? 'Hide' : 'Show'}
        </Button>
      }
    >
      <strong>Needs attention ({items.length}):</strong>{' '}
      {items.length === 1
        ? 'the file of a pipeline is not valid'
        : `the files of ${items.length} pipelines are not valid`}
      <Collapse in={open}>
        {items.map(item => (
          <div key={item.entityRef} className={classes.one}>
            {item.entityRef.startsWith('pipeline:') ? (
              <Link to={links.pipeline(item.entityRef)}>{item.name}</Link>
            ) : (
              // A file that no pipeline was ever read from has no page.
              <strong>{item.name}</strong>
            )}{' '}
            since <RelativeTime at={item.since} />
            {' · '}
            {item.lastGoodVersion
              ? `version ${item.lastGoodVersion} still runs`
              : 'no version has ever been valid, so nothing runs'}
            {item.location && (
              <div>
                <code>{item.location}</code>
              </div>
            )}
            <ul className={classes.list}>
              {item.problems.map((problem, i) => (
                <li key={i}>
                  <ProblemLine problem={problem} />
                </li>
              ))}
            </ul>
          </div>
        ))}
      </Collapse>
    </Alert>
  );
}
