import { useState } from 'react';
import Button from '@material-ui/core/Button';
import MenuItem from '@material-ui/core/MenuItem';
import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import type { Report, RunDetail } from '@maestro/plugin-maestro-common';
import { RelativeTime } from '@maestro/plugin-maestro-react';
import { useReport } from '../../state/queries';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { ErrorNotice } from '../layout/ErrorNotice';
import { formatBytes } from '../layout/formatBytes';
import { saveAs } from '../layout/saveAs';
import { ReportView } from './ReportView';

const useStyles = makeStyles(theme => ({
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(1),
    marginBottom: theme.spacing(1),
    fontSize: theme.typography.pxToRem(13),
  },
  space: { flex: 1 },
}));

const idOf = (report: Report) =>
  `${report.taskId}/${report.mapIndex}/${report.name}`;

/** The reports of a run, one of them shown. */
export function ReportsTab(props: { run: RunDetail }) {
  const { run } = props;
  const classes = useStyles();
  const [chosen, setChosen] = useState<string>();
  const report =
    run.reports.find(each => idOf(each) === chosen) ?? run.reports[0];
  if (!report) {
    return (
      <Typography color="textSecondary" style={{ padding: 8 }}>
        No reports. A task makes one by sending HTML, Markdown, a plot or a
        table to the task API.
      </Typography>
    );
  }
  return (
    <>
      <div className={classes.bar}>
        <TextField
          select
          size="small"
          variant="outlined"
          value={idOf(report)}
          onChange={event => setChosen(event.target.value)}
          SelectProps={{ SelectDisplayProps: { 'aria-label': 'Report' } }}
        >
          {run.reports.map(each => (
            <MenuItem key={idOf(each)} value={idOf(each)}>
              {each.title ?? each.name} · {each.taskId}
              {each.mapIndex >= 0 ? ` [${each.mapIndex}]` : ''}
            </MenuItem>
          ))}
        </TextField>
        <RelativeTime at={report.createdAt} />
        <span>{formatBytes(report.size)}</span>
        <span className={classes.space} />
        <OpenReport
          key={`download ${idOf(report)}`}
          run={run}
          report={report}
        />
      </div>
      <ShownReport key={idOf(report)} run={run} report={report} />
    </>
  );
}

function OpenReport(props: { run: RunDetail; report: Report }) {
  const { run, report } = props;
  const content = useReport(run.runId, report);
  return (
    <Button
      size="small"
      disabled={!content.data}
      onClick={() => saveAs(content.data!, report.name)}
    >
      Download
    </Button>
  );
}

function ShownReport(props: { run: RunDetail; report: Report }) {
  const { run, report } = props;
  const content = useReport(run.runId, report);
  if (content.error && !content.data) {
    return (
      <ErrorNotice title="The report could not be read" error={content.error} />
    );
  }
  if (!content.data) {
    return <DelayedSkeleton rows={10} height={40} />;
  }
  return (
    <ReportView
      title={report.title ?? report.name}
      contentType={report.contentType}
      content={content.data}
    />
  );
}
