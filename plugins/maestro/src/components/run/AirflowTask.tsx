import { useState } from 'react';
import Button from '@material-ui/core/Button';
import { makeStyles } from '@material-ui/core/styles';
import { Link, MarkdownContent } from '@backstage/core-components';
import type {
  Output,
  RunDetail,
  TaskDefinition,
} from '@maestro/plugin-maestro-common';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { useOutputs } from '../../state/queries';

/** Docs are folded above so many characters. */
const LONG = 400;

const useStyles = makeStyles(theme => ({
  facts: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(0, 1.5),
    color: theme.palette.text.secondary,
    fontSize: theme.typography.pxToRem(13),
    marginBottom: theme.spacing(0.5),
  },
  docs: {
    fontSize: theme.typography.pxToRem(13),
    marginBottom: theme.spacing(1),
    flexShrink: 0,
  },
  folded: { maxHeight: 96, overflow: 'hidden' },
}));

/** What is said of a task of Airflow beside its state. */
export function AirflowTask(props: {
  run: RunDetail;
  task: TaskDefinition;
  /** Of the instance that is shown; absent for the whole of a mapped one. */
  mapIndex?: number;
}) {
  const { run, task, mapIndex } = props;
  const { airflow } = task;
  const classes = useStyles();
  const links = useMaestroLinks();
  const dag = run.definition.airflow;
  if (!airflow || !dag) return null;
  const file = airflow.file ?? dag.file;
  const place =
    airflow.line === undefined ? file : `${file}, line ${airflow.line}`;
  return (
    <>
      <div className={classes.facts}>
        <span>{airflow.operator}</span>
        {run.entityRef ? (
          <Link
            to={links.code(run.entityRef, {
              version: run.versionNumber,
              file,
              line: airflow.line,
            })}
          >
            {place}
          </Link>
        ) : (
          <span>{place}</span>
        )}
        <span>{pathWords(task)}</span>
        {mapIndex !== undefined && (
          <OperatorLinks
            runId={run.runId}
            taskId={task.id}
            mapIndex={mapIndex}
            links={airflow.links ?? {}}
          />
        )}
      </div>
      {airflow.docs && <Docs text={airflow.docs} />}
    </>
  );
}

/** How a task is run. */
function pathWords(task: TaskDefinition): string {
  const { airflow, airflowPath, airflowPod, bash } = task;
  if (airflow?.empty) {
    return 'a success as soon as it is ready, without a process';
  }
  if (airflowPath?.path !== 'native') {
    return airflowPod
      ? `run by the task SDK in Python, in a pod of ${task.image}`
      : 'run by the task SDK in Python';
  }
  return bash
    ? 'a command that Maestro starts, without Python'
    : 'a pod that Maestro starts, without Python';
}

function OperatorLinks(props: {
  runId: string;
  taskId: string;
  mapIndex: number;
  links: Record<string, string>;
}) {
  const { runId, taskId, mapIndex, links } = props;
  const outputs = useOutputs(runId, taskId, mapIndex).data ?? [];
  return (
    <>
      {operatorLinks(links, outputs, mapIndex).map(({ name, href }) => (
        // Of another site: nothing of this page is for it.
        <a key={name} href={href} target="_blank" rel="noopener noreferrer">
          {name} ↗
        </a>
      ))}
    </>
  );
}

/**
 * Links that the operator left as outputs. A task writes what it likes, so only
 * addresses of pages count.
 */
export function operatorLinks(
  links: Record<string, string>,
  outputs: readonly Pick<Output, 'key' | 'value' | 'mapIndex'>[],
  mapIndex: number,
): Array<{ name: string; href: string }> {
  const named = Object.entries(links).map(([name, key]) => ({ name, key }));
  return named.flatMap(({ name, key }) => {
    const value = outputs.find(
      output => output.key === key && output.mapIndex === mapIndex,
    )?.value;
    return typeof value === 'string' && /^https?:\/\//i.test(value)
      ? [{ name, href: value }]
      : [];
  });
}

function Docs(props: { text: string }) {
  const { text } = props;
  const classes = useStyles();
  const isLong = text.length > LONG;
  const [isOpen, setOpen] = useState(!isLong);
  return (
    <div className={classes.docs}>
      <div className={isOpen ? undefined : classes.folded}>
        <MarkdownContent content={text} dialect="gfm" />
      </div>
      {isLong && (
        <Button size="small" onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Less of its docs' : 'All of its docs'}
        </Button>
      )}
    </div>
  );
}
