import Paper from '@material-ui/core/Paper';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import WarningIcon from '@material-ui/icons/WarningOutlined';
import { ExactTime } from '@maestro/plugin-maestro-react';
import { useTableStyles } from '../settings/useTableStyles';
import {
  collisionWords,
  makesWait,
  pickOfCollision,
  pickOfPeak,
  type Collision,
  type Peak,
  type Pick,
} from './collisionWords';

const useStyles = makeStyles(theme => ({
  part: { marginTop: theme.spacing(2), padding: theme.spacing(1, 0, 0) },
  title: { padding: theme.spacing(0, 1.5) },
  what: { display: 'inline-flex', alignItems: 'center', gap: 4 },
  number: { textAlign: 'right', fontVariantNumeric: 'tabular-nums' },
}));

/** Names that a row has room for; the rest is counted. */
const SHOWN = 6;

function Names(props: { names: readonly string[] }) {
  const { names } = props;
  const more = names.length - SHOWN;
  return (
    <span title={names.join(', ')}>
      {names.slice(0, SHOWN).join(', ')}
      {more > 0 && ` and ${more} more`}
    </span>
  );
}

/** One thing that meets, as a row of its table. */
interface Meeting {
  pick: Pick;
  words: string;
  /** Whether runs wait for each other. */
  waits?: boolean;
  at: number;
  times?: number;
  pipelines: readonly string[];
}

interface PartProps {
  title: string;
  /** What the time of a row is, such as `first`. */
  atTitle: string;
  meetings: readonly Meeting[];
  picked?: string;
  onPick(pick: Pick | undefined): void;
}

/** A table with its heading, or nothing where there is nothing to show. */
function Part(props: PartProps) {
  const { title, atTitle, meetings, picked, onPick } = props;
  const table = useTableStyles();
  const classes = useStyles();
  if (meetings.length === 0) return null;
  const hasTimes = meetings.some(({ times }) => times !== undefined);
  return (
    <Paper variant="outlined" className={classes.part}>
      <Typography variant="h6" component="h2" className={classes.title}>
        {title}
      </Typography>
      <div className={table.scroll}>
        <table className={table.table} aria-label={title}>
          <thead>
            <tr>
              <th>what</th>
              <th>{atTitle}</th>
              {hasTimes && <th className={classes.number}>times</th>}
              <th>pipelines</th>
            </tr>
          </thead>
          <tbody>
            {meetings.map(({ pick, words, waits, at, times, pipelines }) => {
              const isPicked = pick.key === picked;
              return (
                <tr key={pick.key} className={isPicked ? table.marked : ''}>
                  <td>
                    <button
                      type="button"
                      className={table.open}
                      aria-pressed={isPicked}
                      onClick={() => onPick(isPicked ? undefined : pick)}
                    >
                      <span className={classes.what}>
                        {waits && (
                          <WarningIcon
                            fontSize="inherit"
                            titleAccess="makes wait"
                          />
                        )}
                        {words}
                      </span>
                    </button>
                  </td>
                  <td>
                    <ExactTime at={at} />
                  </td>
                  {hasTimes && <td className={classes.number}>{times}</td>}
                  <td className={table.long}>
                    <Names names={pipelines} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Paper>
  );
}

/** @internal */
export interface MeetingsTableProps {
  collisions: readonly Collision[];
  peaks: readonly Peak[];
  /** Key of what is picked. */
  picked?: string;
  /** Picks one, or nothing when it was picked already. */
  onPick(pick: Pick | undefined): void;
}

/** Where runs meet or want more than there is; a row lifts out who and when. */
export function MeetingsTable(props: MeetingsTableProps) {
  const { collisions, peaks, ...rest } = props;
  return (
    <>
      <Part
        title="Collisions"
        atTitle="first"
        meetings={collisions.map(collision => ({
          pick: pickOfCollision(collision),
          words: collisionWords(collision),
          waits: makesWait(collision),
          at: collision.at[0],
          times: collision.times,
          pipelines: collision.pipelines,
        }))}
        {...rest}
      />
      <Part
        title="Peaks"
        atTitle="from"
        meetings={peaks.map(peak => ({
          pick: pickOfPeak(peak),
          words: `${peak.runs} runs at once`,
          at: peak.at,
          pipelines: peak.pipelines,
        }))}
        {...rest}
      />
    </>
  );
}
