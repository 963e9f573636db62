import { makeStyles } from '@material-ui/core/styles';
import type { RunDetail } from '@maestro/plugin-maestro-common';
import { ExactTime } from '@maestro/plugin-maestro-react';

const useStyles = makeStyles(theme => ({
  facts: {
    display: 'grid',
    gridTemplateColumns: 'auto minmax(0, 1fr)',
    gap: theme.spacing(0.5, 2),
    margin: theme.spacing(1),
    fontSize: theme.typography.pxToRem(13),
    '& dt': { color: theme.palette.text.secondary },
    '& dd': { margin: 0, overflowWrap: 'anywhere' },
  },
  json: {
    margin: theme.spacing(1),
    fontSize: theme.typography.pxToRem(12),
    overflowX: 'auto',
  },
}));

/** What the run was given. */
export function ParamsTab(props: { run: RunDetail }) {
  const { run } = props;
  const classes = useStyles();
  const empty = Object.keys(run.params).length === 0;
  return (
    <>
      <dl className={classes.facts}>
        <dt>run key</dt>
        <dd>{run.runKey}</dd>
        <dt>run id</dt>
        <dd>{run.runId}</dd>
        <dt>logical date</dt>
        <dd>
          {run.logicalDate === undefined ? (
            'none'
          ) : (
            <ExactTime at={run.logicalDate} />
          )}
        </dd>
        <dt>data interval</dt>
        <dd>
          {run.dataIntervalStart === undefined &&
          run.dataIntervalEnd === undefined ? (
            'none'
          ) : (
            <>
              <ExactTime at={run.dataIntervalStart} />
              {' – '}
              <ExactTime at={run.dataIntervalEnd} />
            </>
          )}
        </dd>
        {run.partitionKey !== undefined && (
          <>
            <dt>partition</dt>
            <dd>
              {run.partitionKey}
              {run.partitionDate !== undefined && (
                <>
                  {' of '}
                  <ExactTime at={run.partitionDate} />
                </>
              )}
            </dd>
          </>
        )}
        <dt>parameters</dt>
        <dd>{empty ? 'none' : ''}</dd>
      </dl>
      {!empty && (
        <pre className={classes.json}>
          {JSON.stringify(run.params, undefined, 2)}
        </pre>
      )}
    </>
  );
}
