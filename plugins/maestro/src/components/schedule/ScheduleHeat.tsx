import { useMemo, useRef, useState } from 'react';
import { alpha, makeStyles, useTheme } from '@material-ui/core/styles';
import { Link } from '@backstage/core-components';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { SchedulePreviewAnswer } from '@maestro/plugin-maestro-common';
import {
  formatDuration,
  formatRunDate,
  HoverCard,
  useTimeZone,
} from '@maestro/plugin-maestro-react';
import {
  heat,
  heatRange,
  instantAt,
  stepSpan,
  timeMarks,
} from './heatGeometry';

const ROW = 30;
const HEAD = 74;
const LABEL = 240;
const COUNT = 64;

const useStyles = makeStyles(theme => ({
  scroll: {
    overflow: 'auto',
    maxHeight: 'calc(100vh - 420px)',
    minHeight: 160,
  },
  whole: { position: 'relative', minWidth: 720 },
  head: {
    position: 'sticky',
    top: 0,
    zIndex: 2,
    height: HEAD,
    display: 'flex',
    backgroundColor: theme.palette.background.paper,
    borderBottom: `1px solid ${theme.palette.divider}`,
  },
  label: {
    flex: `0 0 ${LABEL}px`,
    width: LABEL,
    boxSizing: 'border-box',
    padding: theme.spacing(0, 1),
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    fontSize: theme.typography.pxToRem(13),
    lineHeight: `${ROW}px`,
  },
  count: {
    flex: `0 0 ${COUNT}px`,
    boxSizing: 'border-box',
    padding: theme.spacing(0, 1),
    textAlign: 'right',
    fontSize: theme.typography.pxToRem(13),
    lineHeight: `${ROW}px`,
    fontVariantNumeric: 'tabular-nums',
    color: theme.palette.text.secondary,
  },
  corner: { alignSelf: 'flex-end', color: theme.palette.text.secondary },
  lane: { position: 'relative', flex: 1, minWidth: 0, overflow: 'hidden' },
  row: {
    position: 'absolute',
    left: 0,
    right: 0,
    height: ROW,
    display: 'flex',
    '&:hover': { backgroundColor: theme.palette.action.hover },
  },
  picked: { backgroundColor: theme.palette.action.selected },
  mark: {
    position: 'absolute',
    top: 0,
    bottom: 0,
    borderLeft: `1px solid ${theme.palette.divider}`,
    paddingLeft: 3,
    whiteSpace: 'nowrap',
    fontSize: theme.typography.pxToRem(11),
    color: theme.palette.text.secondary,
    pointerEvents: 'none',
  },
  instant: {
    position: 'absolute',
    top: 0,
    bottom: 0,
    borderLeft: `2px dashed ${theme.palette.text.primary}`,
    pointerEvents: 'none',
  },
  cell: { position: 'absolute', top: 4, bottom: 4, borderRadius: 2 },
  bar: { position: 'absolute', bottom: 0, borderRadius: '2px 2px 0 0' },
}));

interface Hovered {
  anchor: Element;
  title: string;
  at: number;
  text: string;
}

/** @internal */
export interface ScheduleHeatProps {
  preview: SchedulePreviewAnswer;
  /** The lanes to show, in order. */
  pipelines: SchedulePreviewAnswer['pipelines'];
  /** Lanes to lift out, and instants to draw a line at. */
  picked?: { pipelines: readonly string[]; at: readonly number[] };
  linkTo(pipeline: string): string;
}

/**
 * Who is due when: a lane for each pipeline, darker where more runs start, and
 * above them how many runs go on at once. Colour is one hue: nothing here has a
 * state yet.
 */
export function ScheduleHeat(props: ScheduleHeatProps) {
  const { preview, pipelines, picked, linkTo } = props;
  const classes = useStyles();
  const accent = useTheme().palette.primary.main;
  const { zone } = useTimeZone();
  const scroller = useRef<HTMLDivElement>(null);
  const [hovered, setHovered] = useState<Hovered>();
  const range = useMemo(() => heatRange(preview), [preview]);
  const marks = useMemo(() => timeMarks(range, zone), [range, zone]);
  const mostStarts = useMemo(
    () =>
      pipelines.reduce(
        (most, { starts }) =>
          starts.reduce((n, { runs }) => Math.max(n, runs), most),
        1,
      ),
    [pipelines],
  );
  const mostAtOnce = preview.load.reduce((n, { runs }) => Math.max(n, runs), 1);
  const rows = useVirtualizer({
    count: pipelines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    scrollMargin: HEAD,
    overscan: 8,
  });
  const leave = () => setHovered(undefined);
  const hover = (title: string, at: number, text: string) => ({
    onMouseEnter: (event: React.MouseEvent) =>
      setHovered({ anchor: event.currentTarget, title, at, text }),
    onMouseLeave: leave,
  });
  const lines = (picked?.at ?? []).flatMap(at => {
    const left = instantAt(at, range);
    return left === undefined
      ? []
      : [
          <span
            key={at}
            data-testid="picked-instant"
            className={classes.instant}
            style={{ left: `${left}%` }}
          />,
        ];
  });
  const start = (at: number) => formatRunDate(at, zone, preview.from);
  return (
    <div ref={scroller} className={classes.scroll}>
      <div
        role="grid"
        aria-label="Pipelines and when they are due"
        aria-rowcount={pipelines.length + 1}
        className={classes.whole}
        style={{ height: HEAD + pipelines.length * ROW }}
      >
        <div role="row" className={classes.head}>
          <div
            role="columnheader"
            className={`${classes.label} ${classes.corner}`}
          >
            all pipelines: most runs at once {mostAtOnce}
          </div>
          <div
            role="columnheader"
            className={`${classes.count} ${classes.corner}`}
          >
            runs
          </div>
          <div role="columnheader" className={classes.lane}>
            {marks.map(({ at, left, word }) => (
              <span
                key={at}
                className={classes.mark}
                style={{ left: `${left}%` }}
              >
                {word}
              </span>
            ))}
            {preview.load.map(({ at, runs }) => {
              const { left, width } = stepSpan(at, range);
              return (
                <span
                  key={at}
                  role="img"
                  aria-label={`${start(at)}: ${runs} at once`}
                  className={classes.bar}
                  style={{
                    left: `${left}%`,
                    width: `calc(${width}% - 1px)`,
                    height: Math.max(2, (runs / mostAtOnce) * (HEAD - 22)),
                    backgroundColor: alpha(accent, 0.55),
                  }}
                  {...hover('All pipelines', at, `${runs} runs at once`)}
                />
              );
            })}
            {lines}
          </div>
        </div>
        {rows.getVirtualItems().map(item => {
          const { name, runs, starts, expectedMs } = pipelines[item.index];
          const isPicked = picked?.pipelines.includes(name) ?? false;
          return (
            <div
              key={name}
              role="row"
              aria-selected={isPicked}
              className={`${classes.row} ${isPicked ? classes.picked : ''}`}
              style={{ top: item.start }}
            >
              <div role="rowheader" className={classes.label} title={name}>
                <Link to={linkTo(name)}>{name}</Link>
              </div>
              <div role="gridcell" className={classes.count}>
                {runs}
              </div>
              <div role="gridcell" className={classes.lane}>
                {starts.map(step => {
                  const { left, width } = stepSpan(step.at, range);
                  return (
                    <span
                      key={step.at}
                      role="img"
                      aria-label={`${name}, ${start(step.at)}: ${
                        step.runs
                      } due`}
                      className={classes.cell}
                      style={{
                        left: `${left}%`,
                        width: `max(2px, calc(${width}% - 1px))`,
                        backgroundColor: alpha(
                          accent,
                          heat(step.runs, mostStarts),
                        ),
                      }}
                      {...hover(
                        name,
                        step.at,
                        `${step.runs} ${step.runs === 1 ? 'run' : 'runs'} due${
                          expectedMs === undefined
                            ? ''
                            : `, ${formatDuration(expectedMs)} each`
                        }`,
                      )}
                    />
                  );
                })}
                {lines}
              </div>
            </div>
          );
        })}
      </div>
      {hovered && (
        <HoverCard anchor={hovered.anchor}>
          <strong>{hovered.title}</strong>
          <div>{hovered.text}</div>
          <div>
            {start(hovered.at)} – {start(hovered.at + range.stepMs)}
          </div>
        </HoverCard>
      )}
    </div>
  );
}
