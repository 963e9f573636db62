import { useMemo } from 'react';
import Button from '@material-ui/core/Button';
import MenuItem from '@material-ui/core/MenuItem';
import Paper from '@material-ui/core/Paper';
import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import ToggleButton from '@material-ui/lab/ToggleButton';
import ToggleButtonGroup from '@material-ui/lab/ToggleButtonGroup';
import { LinkButton } from '@backstage/core-components';
import { useSearchParams } from 'react-router-dom';
import type { SchedulePreviewAnswer } from '@maestro/plugin-maestro-common';
import { ExactTime, TimeZoneSwitch } from '@maestro/plugin-maestro-react';
import { usePipelines, useSchedulePreview } from '../../state/queries';
import { useMaestroLinks } from '../../state/useMaestroLinks';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { EmptyInvitation } from '../layout/EmptyInvitation';
import { ErrorNotice } from '../layout/ErrorNotice';
import { FilterField } from '../layout/FilterField';
import { MaestroPage } from '../layout/MaestroPage';
import { OwnerName } from '../pipelines/PipelineFilters';
import { useTableStyles } from '../settings/useTableStyles';
import { pickOfCollision, pickOfPeak } from './collisionWords';
import { MeetingsTable } from './MeetingsTable';
import { ScheduleHeat } from './ScheduleHeat';

const DAYS = [1, 7, 30, 90];

/** The page of what the schedules will do. */
export function SchedulePage() {
  return (
    <MaestroPage>
      <ScheduleContent />
    </MaestroPage>
  );
}

function useScheduleAddress() {
  const [search, setSearch] = useSearchParams();
  const asked = Number(search.get('days'));
  return {
    days: DAYS.includes(asked) ? asked : 7,
    text: search.get('q') ?? '',
    owner: search.get('owner') ?? '',
    pick: search.get('pick') ?? undefined,
    change: (changes: Record<string, string | undefined>) =>
      setSearch(
        current => {
          const changed = new URLSearchParams(current);
          for (const [name, value] of Object.entries(changes)) {
            if (value) changed.set(name, value);
            else changed.delete(name);
          }
          return changed;
        },
        { replace: true },
      ),
  };
}

function ScheduleContent() {
  const { days, text, owner, pick, change } = useScheduleAddress();
  const classes = useTableStyles();
  const links = useMaestroLinks();
  const answer = useSchedulePreview(days);
  const pipelines = usePipelines();
  const byName = useMemo(
    () => new Map((pipelines.data ?? []).map(each => [each.name, each])),
    [pipelines.data],
  );
  const preview = answer.data;
  const owners = [
    ...new Set([
      ...(owner ? [owner] : []),
      ...(preview?.pipelines ?? []).flatMap(
        ({ name }) => byName.get(name)?.ownerRef ?? [],
      ),
    ]),
  ].sort();
  const wanted = text.toLocaleLowerCase();
  const fits = (name: string) =>
    name.toLocaleLowerCase().includes(wanted) &&
    (!owner || byName.get(name)?.ownerRef === owner);
  const concerns = (each: { pipelines: string[] }) => each.pipelines.some(fits);
  const lanes = (preview?.pipelines ?? []).filter(({ name }) => fits(name));
  const collisions = (preview?.collisions ?? []).filter(concerns);
  const peaks = (preview?.peaks ?? []).filter(concerns);
  const paused = (preview?.paused ?? []).filter(fits);
  const continuous = (preview?.continuous ?? []).filter(({ name }) =>
    fits(name),
  );
  const picked = [
    ...collisions.map(pickOfCollision),
    ...peaks.map(pickOfPeak),
  ].find(({ key }) => key === pick);
  return (
    <>
      <div className={classes.bar}>
        <FilterField
          label="Filter pipelines"
          value={text}
          onChange={q => change({ q })}
        />
        <TextField
          select
          size="small"
          variant="outlined"
          style={{ minWidth: 130 }}
          label="owner"
          id="maestro-schedule-owner"
          value={owner}
          onChange={event => change({ owner: event.target.value })}
        >
          <MenuItem value="">
            <em>any</em>
          </MenuItem>
          {owners.map(each => (
            <MenuItem key={each} value={each}>
              <OwnerName ownerRef={each} />
            </MenuItem>
          ))}
        </TextField>
        <ToggleButtonGroup
          exclusive
          size="small"
          value={days}
          aria-label="How far to look"
          onChange={(_, next: number | null) =>
            next && change({ days: String(next), pick: undefined })
          }
        >
          {DAYS.map(each => (
            <ToggleButton key={each} value={each}>
              {each === 1 ? '1 day' : `${each} days`}
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
        <span className={classes.space} />
        <TimeZoneSwitch />
      </div>
      {answer.isPending && <DelayedSkeleton rows={8} height={30} />}
      {answer.error && !preview && (
        <ErrorNotice
          title="The schedule could not be read"
          error={answer.error}
          action={
            <Button color="inherit" onClick={() => answer.refetch()}>
              Try again
            </Button>
          }
        />
      )}
      {preview?.pipelines.length === 0 && (
        <EmptyInvitation
          title="Nothing runs by schedule"
          action={
            <LinkButton to={links.pipelines()} variant="contained">
              To the pipelines
            </LinkButton>
          }
        >
          {nothingWords(preview)}
        </EmptyInvitation>
      )}
      {preview && preview.pipelines.length > 0 && lanes.length === 0 && (
        <EmptyInvitation
          title="No pipeline matches"
          action={
            <Button
              variant="outlined"
              onClick={() => change({ q: undefined, owner: undefined })}
            >
              Show all {preview.pipelines.length}
            </Button>
          }
        >
          The filter leaves nothing of {preview.pipelines.length} pipelines with
          a schedule.
        </EmptyInvitation>
      )}
      {preview && lanes.length > 0 && (
        <>
          <Paper variant="outlined">
            <ScheduleHeat
              preview={preview}
              pipelines={lanes}
              picked={picked}
              linkTo={name => {
                const found = byName.get(name);
                return found ? links.pipeline(found.entityRef, 'runs') : '';
              }}
            />
          </Paper>
          {preview.isCut && (
            <Typography variant="body2" color="textSecondary">
              There are so many runs that this looks only as far as{' '}
              <ExactTime at={preview.until} />.
            </Typography>
          )}
          <MeetingsTable
            collisions={collisions}
            peaks={peaks}
            picked={picked?.key}
            onPick={next => change({ pick: next?.key })}
          />
          {collisions.length + peaks.length === 0 && (
            <Typography
              variant="body2"
              color="textSecondary"
              style={{ marginTop: 16 }}
            >
              Nobody is in anybody’s way.
            </Typography>
          )}
          {continuous.length > 0 && (
            <Typography
              variant="body2"
              color="textSecondary"
              style={{ marginTop: 16 }}
            >
              Started by the end of their last run, so not in it:{' '}
              {continuous.map(({ name }) => name).join(', ')}
            </Typography>
          )}
          {paused.length > 0 && (
            <Typography
              variant="body2"
              color="textSecondary"
              style={{ marginTop: 16 }}
            >
              Paused, so not in it: {paused.join(', ')}
            </Typography>
          )}
        </>
      )}
    </>
  );
}

/** Why the forecast is empty. */
function nothingWords({
  paused,
  continuous = [],
}: SchedulePreviewAnswer): string {
  if (continuous.length > 0) {
    return `A run of ${continuous
      .map(({ name }) => name)
      .join(
        ', ',
      )} starts by the end of the last one: no forecast knows when. Nothing else is due.`;
  }
  return paused.length > 0
    ? `Every pipeline that has a schedule is paused: ${paused.join(
        ', ',
      )}. Switch one on to see when it will run.`
    : 'This is where you see what will run by itself, and what will be in each other’s way. No pipeline has a schedule; one line in its file gives it one.';
}
