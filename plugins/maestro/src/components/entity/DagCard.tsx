import { useState } from 'react';
import Button from '@material-ui/core/Button';
import { makeStyles } from '@material-ui/core/styles';
import { Link, MarkdownContent } from '@backstage/core-components';
import type {
  AirflowNote,
  PipelineDetail,
} from '@maestro/plugin-maestro-common';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { PipelineCard } from './cards';

/** Notes that are shown without being asked for. */
const FEW = 3;

const useStyles = makeStyles(theme => ({
  facts: {
    display: 'grid',
    gridTemplateColumns: 'auto minmax(0, 1fr)',
    gap: theme.spacing(0.25, 2),
    margin: 0,
    '& dt': { color: theme.palette.text.secondary },
    '& dd': { margin: 0, overflowWrap: 'anywhere' },
  },
  list: { margin: 0, paddingLeft: theme.spacing(2.5) },
  faint: { color: theme.palette.text.secondary },
  docs: { maxHeight: 360, overflow: 'auto' },
}));

/** What the DAG file of a pipeline of Airflow says of itself. */
export function DagCard() {
  return (
    <PipelineCard title="DAG of Airflow">
      {pipeline => <Dag pipeline={pipeline} />}
    </PipelineCard>
  );
}

function Dag(props: { pipeline: PipelineDetail }) {
  const { definition, entityRef, versionNumber } = props.pipeline;
  const classes = useStyles();
  const links = useMaestroLinks();
  const dag = definition.airflow;
  if (!dag) {
    return <span className={classes.faint}>It has no valid version yet.</span>;
  }
  const { dagId, file, source, environment, docs, notes = [] } = dag;
  const code = (of: string, line?: number) =>
    links.code(entityRef, { version: versionNumber, file: of, line });
  return (
    <>
      {docs ? (
        <div className={classes.docs}>
          <MarkdownContent content={docs} dialect="gfm" />
        </div>
      ) : (
        <span className={classes.faint}>
          No docs. <code>doc_md=</code> of the DAG, or the docstring of its
          function, stands here.
        </span>
      )}
      <dl className={classes.facts}>
        <dt>DAG id</dt>
        <dd>{dagId}</dd>
        <dt>file</dt>
        <dd>
          <Link to={code(file)}>{file}</Link> of {source}
        </dd>
        <dt>Python</dt>
        <dd>environment {environment}</dd>
      </dl>
      {notes.length > 0 && <Notes notes={notes} file={file} code={code} />}
    </>
  );
}

function Notes(props: {
  notes: readonly AirflowNote[];
  /** The DAG file. */
  file: string;
  code: (file: string, line?: number) => string;
}) {
  const { notes, file, code } = props;
  const classes = useStyles();
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? notes : notes.slice(0, FEW);
  return (
    <div>
      {notes.length === 1 ? 'A note' : `${notes.length} notes`} for its author:
      <ul className={classes.list}>
        {shown.map((note, i) => (
          <li key={i}>
            {note.line !== undefined && (
              <>
                <Link to={code(note.file ?? file, note.line)}>
                  {note.file && note.file !== file ? `${note.file}, ` : ''}line{' '}
                  {note.line}
                </Link>
                {': '}
              </>
            )}
            {note.message}
          </li>
        ))}
      </ul>
      {notes.length > FEW && (
        <Button size="small" onClick={() => setWhole(!isWhole)}>
          {isWhole ? 'Fewer' : `All ${notes.length}`}
        </Button>
      )}
    </div>
  );
}
