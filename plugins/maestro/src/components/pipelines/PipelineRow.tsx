import { memo } from 'react';
import IconButton from '@material-ui/core/IconButton';
import HowToRegIcon from '@material-ui/icons/HowToReg';
import PlayArrowIcon from '@material-ui/icons/PlayArrow';
import WarningIcon from '@material-ui/icons/WarningRounded';
import { makeStyles } from '@material-ui/core/styles';
import { Link } from '@backstage/core-components';
import type { PipelineSummary } from '@maestro/plugin-maestro-common';
import {
  Duration,
  OwnerLink,
  PipelineTimeZoneContext,
  RelativeTime,
  RunDots,
  SlaChip,
  StateIcon,
  useStateColors,
} from '@maestro/plugin-maestro-react';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { Permitted } from '../actions/Permitted';
import { lastRunOf } from './filterPipelines';
import { COLUMNS, NARROW_COLUMNS, ROW_HEIGHT } from './columns';
import { PauseSwitch } from './PauseSwitch';

const useStyles = makeStyles(theme => ({
  row: {
    display: 'grid',
    gridTemplateColumns: COLUMNS,
    columnGap: theme.spacing(1),
    alignItems: 'center',
    boxSizing: 'border-box',
    height: ROW_HEIGHT,
    padding: theme.spacing(0, 1.5),
    borderBottom: `1px solid ${theme.palette.divider}`,
    fontSize: theme.typography.pxToRem(14),
    '&:hover': { backgroundColor: theme.palette.action.hover },
  },
  marked: {
    backgroundColor: theme.palette.action.selected,
    boxShadow: `inset 3px 0 0 ${theme.palette.primary.main}`,
  },
  cut: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  name: {
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    minWidth: 0,
  },
  // The link is the name, not the row: a click beside it does nothing.
  link: { fontWeight: 600, minWidth: 0 },
  schedule: {
    fontSize: theme.typography.pxToRem(13),
    lineHeight: 1.25,
    overflow: 'hidden',
    display: '-webkit-box',
    '-webkit-line-clamp': 2,
    '-webkit-box-orient': 'vertical',
  },
  below: {
    fontSize: theme.typography.pxToRem(12),
    color: theme.palette.text.secondary,
  },
  number: { textAlign: 'right', fontVariantNumeric: 'tabular-nums' },
}));

/** @internal */
export interface PipelineRowProps {
  pipeline: PipelineSummary;
  marked: boolean;
  /** Owner and schedule below the name instead of in columns. */
  narrow: boolean;
  onTrigger: (name: string) => void;
}

export const PipelineRow = memo((props: PipelineRowProps) => {
  const { pipeline, marked, narrow, onTrigger } = props;
  const { name, scheduleText, problem } = pipeline;
  const classes = useStyles();
  const links = useMaestroLinks();
  const { color } = useStateColors();
  const last = lastRunOf(pipeline);
  const schedule = scheduleText ?? 'when triggered';
  const state = pipeline.activeRuns > 0 ? 'running' : last?.state ?? 'none';
  const next = () => {
    if (pipeline.removed) return <span>removed</span>;
    if (pipeline.paused) return <span>paused</span>;
    return <RelativeTime at={pipeline.nextDueAt} />;
  };
  return (
    <PipelineTimeZoneContext.Provider value={pipeline.timezone}>
      <div
        role="row"
        data-pipeline={name}
        className={`${classes.row} ${marked ? classes.marked : ''}`}
        style={narrow ? { gridTemplateColumns: NARROW_COLUMNS } : undefined}
      >
        <span role="cell">
          <PauseSwitch pipeline={pipeline} />
        </span>
        <span role="cell" className={classes.name}>
          <StateIcon state={state} />
          <div style={{ minWidth: 0 }}>
            <div className={classes.cut}>
              <Link
                to={links.pipeline(pipeline.entityRef, 'runs')}
                className={classes.link}
                title={pipeline.description ?? name}
              >
                {pipeline.title ?? name}
              </Link>
            </div>
            {narrow && (
              <div className={`${classes.below} ${classes.cut}`}>
                {schedule} · <OwnerLink ownerRef={pipeline.ownerRef} />
              </div>
            )}
          </div>
          {Boolean(pipeline.approvals) && (
            <HowToRegIcon
              style={{ fontSize: 16, color: color('warning') }}
              titleAccess={`${pipeline.approvals} ${
                pipeline.approvals === 1 ? 'decision waits' : 'decisions wait'
              }`}
            />
          )}
          {problem !== undefined && (
            <WarningIcon
              style={{ fontSize: 16, color: color('warning') }}
              titleAccess={problem}
            />
          )}
        </span>
        {!narrow && (
          <>
            <span role="cell" className={classes.cut}>
              <OwnerLink ownerRef={pipeline.ownerRef} />
            </span>
            <span role="cell" className={classes.schedule} title={scheduleText}>
              {schedule}
            </span>
          </>
        )}
        <span role="cell">{next()}</span>
        <span role="cell">
          <RunDots runs={pipeline.lastRuns} linkTo={id => links.run(id)} />
        </span>
        <span role="cell" className={classes.number}>
          <Duration ms={pipeline.lastDurationMs} />
        </span>
        <span role="cell">
          <SlaChip
            state={pipeline.slaState}
            deadline={pipeline.slaDeadline}
            slaMs={pipeline.slaMs}
          />
        </span>
        <span role="cell">
          <Permitted to="triggerRun">
            {disabled => (
              <IconButton
                size="small"
                aria-label={`Run ${name}`}
                title="Run now…"
                disabled={disabled || pipeline.removed}
                onClick={() => onTrigger(name)}
              >
                <PlayArrowIcon fontSize="small" />
              </IconButton>
            )}
          </Permitted>
        </span>
      </div>
    </PipelineTimeZoneContext.Provider>
  );
});
