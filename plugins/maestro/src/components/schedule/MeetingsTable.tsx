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
  const { collisions, peaks, picked, onPick } = props;
  const table = useTableStyles();
  const classes = useStyles();
  const row = (pick: Pick, words: string, waits: boolean) => {
    const isPicked = pick.key === picked;
    return (
      <button
        type="button"
        className={table.open}
        aria-pressed={isPicked}
        onClick={() => onPick(isPicked ? undefined : pick)}
      >
        <span className={classes.what}>
          {waits && <WarningIcon fontSize="inherit" titleAccess="makes wait" />}
          {words}
        </span>
      </button>
    );
  };
  return (
    <>
      {collisions.length > 0 && (
        <Paper variant="outlined" className={classes.part}>
          <Typography variant="h6" component="h2" className={classes.title}>
            Collisions
          </Typography>
          <div className={table.scroll}>
            <table className={table.table} aria-label="Collisions">
              <thead>
                <tr>
                  <th>what</th>
                  <th>first</th>
                  <th className={classes.number}>times</th>
                  <th>pipelines</th>
                </tr>
              </thead>
              <tbody>
                {collisions.map(collision => {
                  const pick = pickOfCollision(collision);
                  return (
                    <tr
                      key={pick.key}
                      className={pick.key === picked ? table.marked : ''}
                    >
                      <td>
                        {row(
                          pick,
                          collisionWords(collision),
                          makesWait(collision),
                        )}
                      </td>
                      <td>
                        <ExactTime at={collision.at[0]} />
                      </td>
                      <td className={classes.number}>{collision.times}</td>
                      <td className={table.long}>
                        <Names names={collision.pipelines} />
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        </Paper>
      )}
      {peaks.length > 0 && (
        <Paper variant="outlined" className={classes.part}>
          <Typography variant="h6" component="h2" className={classes.title}>
            Peaks
          </Typography>
          <div className={table.scroll}>
            <table className={table.table} aria-label="Peaks">
              <thead>
                <tr>
                  <th>what</th>
                  <th>from</th>
                  <th>pipelines</th>
                </tr>
              </thead>
              <tbody>
                {peaks.map(peak => {
                  const pick = pickOfPeak(peak);
                  return (
                    <tr
                      key={pick.key}
                      className={pick.key === picked ? table.marked : ''}
                    >
                      <td>{row(pick, `${peak.runs} runs at once`, false)}</td>
                      <td>
                        <ExactTime at={peak.at} />
                      </td>
                      <td className={table.long}>
                        <Names names={peak.pipelines} />
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        </Paper>
      )}
    </>
  );
}
