import { useState } from 'react';
import Button from '@material-ui/core/Button';
import Collapse from '@material-ui/core/Collapse';
import TextField from '@material-ui/core/TextField';
import { makeStyles } from '@material-ui/core/styles';
import Alert from '@material-ui/lab/Alert';
import { Link } from '@backstage/core-components';
import type { PipelineProblems } from '@maestro/plugin-maestro-common';
import { RelativeTime } from '@maestro/plugin-maestro-react';
import { useProblems } from '../../state/queries';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { ProblemLine } from '../layout/ProblemLine';

/** Pipelines that are shown without being asked for. */
const FEW = 5;

/** From so many on there is a filter. */
const MANY = 10;

const useStyles = makeStyles(theme => ({
  panel: {
    marginBottom: theme.spacing(2),
    '& .MuiAlert-message': { minWidth: 0, flex: 1 },
  },
  one: { padding: theme.spacing(1, 0), overflowWrap: 'anywhere' },
  list: { margin: theme.spacing(0.5, 0, 0), paddingLeft: theme.spacing(2.5) },
  filter: { display: 'block', margin: theme.spacing(1, 0) },
}));

/**
 * Pipelines whose file is wrong: where, what, and which version still runs.
 * Nothing is shown while all are right.
 */
export function ProblemsPanel() {
  const classes = useStyles();
  const problems = useProblems();
  const [open, setOpen] = useState(true);
  const [isWhole, setWhole] = useState(false);
  const [text, setText] = useState('');
  const items = problems.data ?? [];
  if (items.length === 0) {
    return null;
  }
  const found = filterProblems(items, text);
  const shown = isWhole ? found : found.slice(0, FEW);
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
        {items.length >= MANY && (
          <TextField
            className={classes.filter}
            size="small"
            variant="outlined"
            placeholder="Filter…"
            value={text}
            onChange={event => setText(event.target.value)}
            inputProps={{ 'aria-label': 'Filter the problems', type: 'search' }}
          />
        )}
        {shown.map(item => (
          <Problem key={item.entityRef} item={item} />
        ))}
        {found.length === 0 && <div>None of them has these words.</div>}
        {found.length > FEW && (
          <Button
            size="small"
            color="inherit"
            onClick={() => setWhole(!isWhole)}
          >
            {isWhole ? `Only ${FEW} of them` : `All ${found.length} of them`}
          </Button>
        )}
      </Collapse>
    </Alert>
  );
}

function Problem(props: { item: PipelineProblems }) {
  const { item } = props;
  const classes = useStyles();
  const links = useMaestroLinks();
  const isKnown = item.entityRef.startsWith('pipeline:');
  const good = item.lastGoodVersion;
  return (
    <div className={classes.one}>
      {isKnown ? (
        <Link to={links.pipeline(item.entityRef)}>{item.name}</Link>
      ) : (
        // A file that no pipeline was ever read from has no page.
        <strong>{item.name}</strong>
      )}{' '}
      since <RelativeTime at={item.since} />
      {' · '}
      {good && isKnown ? (
        <Link to={links.code(item.entityRef, { version: good })}>
          version {good} still runs
        </Link>
      ) : (
        (good && `version ${good} still runs`) ||
        'no version has ever been valid, so nothing runs'
      )}
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
  );
}

/** Those in which every word of the text occurs, in any case. */
export function filterProblems(
  items: readonly PipelineProblems[],
  text: string,
): PipelineProblems[] {
  const words = text.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return items.filter(({ name, location, problems }) => {
    const all = [
      name,
      location,
      ...problems.flatMap(({ path, message, file }) => [path, message, file]),
    ]
      .join('\n')
      .toLocaleLowerCase();
    return words.every(word => all.includes(word));
  });
}
