import { useState } from 'react';
import Chip from '@material-ui/core/Chip';
import IconButton from '@material-ui/core/IconButton';
import { makeStyles } from '@material-ui/core/styles';
import ExpandLessIcon from '@material-ui/icons/ExpandLess';
import ExpandMoreIcon from '@material-ui/icons/ExpandMore';
import ReplayIcon from '@material-ui/icons/Replay';
import type { PipelineDefinition } from '@maestro/plugin-maestro-common';
import { ClearDialog } from '../actions/ClearDialog';
import { Permitted } from '../actions/Permitted';

const useStyles = makeStyles(theme => ({
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(0.5),
    paddingBottom: theme.spacing(1),
  },
  group: { display: 'inline-flex', alignItems: 'center' },
}));

/** The groups of a run: fold them, open them, run one again as a whole. */
export function GroupBar(props: {
  runId: string;
  definition: PipelineDefinition;
  folded: ReadonlySet<string>;
  onToggle: (groupId: string) => void;
}) {
  const { runId, definition, folded, onToggle } = props;
  const classes = useStyles();
  const [clearing, setClearing] = useState<string>();
  const groups = definition.groups ?? [];
  if (groups.length === 0) return null;
  return (
    <div className={classes.bar} role="group" aria-label="Groups">
      {groups.map(({ id, title }) => {
        const isFolded = folded.has(id);
        return (
          <span key={id} className={classes.group}>
            <Chip
              size="small"
              variant="outlined"
              clickable
              icon={isFolded ? <ExpandMoreIcon /> : <ExpandLessIcon />}
              label={title ?? id}
              aria-expanded={!isFolded}
              title={isFolded ? `Open ${id}` : `Fold ${id}`}
              onClick={() => onToggle(id)}
            />
            <Permitted to="clearTasks" runId={runId}>
              {disabled => (
                <IconButton
                  size="small"
                  disabled={disabled}
                  aria-label={`Clear group ${id}`}
                  title={`Run all tasks of ${id} again`}
                  onClick={() => setClearing(id)}
                >
                  <ReplayIcon fontSize="inherit" />
                </IconButton>
              )}
            </Permitted>
          </span>
        );
      })}
      {clearing && (
        <ClearDialog
          runId={runId}
          groupId={clearing}
          onClose={() => setClearing(undefined)}
        />
      )}
    </div>
  );
}
