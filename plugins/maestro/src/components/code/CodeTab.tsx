import List from '@material-ui/core/List';
import ListItem from '@material-ui/core/ListItem';
import ListSubheader from '@material-ui/core/ListSubheader';
import ListItemText from '@material-ui/core/ListItemText';
import MenuItem from '@material-ui/core/MenuItem';
import Paper from '@material-ui/core/Paper';
import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { useEntity } from '@backstage/plugin-catalog-react';
import { useSearchParams } from 'react-router-dom';
import type { PipelineVersion } from '@maestro/plugin-maestro-common';
import { ExactTime } from '@maestro/plugin-maestro-react';
import { usePipeline, usePipelineVersion } from '../../state/queries';
import { pipelineName } from '../entity/pipelineName';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { EmptyInvitation } from '../layout/EmptyInvitation';
import { ErrorNotice } from '../layout/ErrorNotice';
import { formatBytes } from '../layout/formatBytes';
import { MaestroPage } from '../layout/MaestroPage';
import { openFirst } from './openFirst';
import { SourceView } from './SourceView';

/** The resolved definition stands among the files under this name. */
const DEFINITION = 'definition (resolved)';

const useStyles = makeStyles(theme => ({
  columns: {
    display: 'grid',
    gridTemplateColumns: 'minmax(200px, 280px) minmax(0, 1fr)',
    gap: theme.spacing(2),
    alignItems: 'start',
    [theme.breakpoints.down('sm')]: { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  facts: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(1, 2),
    marginBottom: theme.spacing(2),
    fontSize: theme.typography.pxToRem(13),
  },
  files: { maxHeight: '70vh', overflow: 'auto' },
}));

/** What exactly runs: definition and sources of a version. */
export function CodeTab() {
  const { entity } = useEntity();
  return (
    <MaestroPage embedded>
      <CodeContent name={pipelineName(entity)} />
    </MaestroPage>
  );
}

function CodeContent(props: { name: string }) {
  const { name } = props;
  const classes = useStyles();
  const [search, setSearch] = useSearchParams();
  const pipeline = usePipeline(name);
  const newest = pipeline.data?.versionNumber;
  const asked = Number(search.get('version'));
  const number = Number.isInteger(asked) && asked > 0 ? asked : newest;
  const version = usePipelineVersion(name, number);
  if (pipeline.data && number === undefined) {
    return (
      <EmptyInvitation title="No version yet">
        The file of {name} has never been valid, so there is nothing that could
        run. The list of pipelines says what is wrong with it.
      </EmptyInvitation>
    );
  }
  const error = version.error ?? pipeline.error;
  return (
    <>
      <div className={classes.facts}>
        {newest !== undefined && (
          <TextField
            select
            size="small"
            variant="outlined"
            value={number}
            onChange={event => setSearch({ version: event.target.value })}
            SelectProps={{ SelectDisplayProps: { 'aria-label': 'Version' } }}
          >
            {Array.from({ length: newest }, (_, i) => newest - i).map(n => (
              <MenuItem key={n} value={n}>
                version {n}
                {n === newest ? ' (runs now)' : ''}
              </MenuItem>
            ))}
          </TextField>
        )}
        {version.data && (
          <>
            <span>
              made <ExactTime at={version.data.createdAt} />
            </span>
            <span>
              hash <code>{version.data.hash.slice(0, 12)}</code>
            </span>
            {version.data.sourceRef && (
              <span>
                from <code>{version.data.sourceRef}</code>
              </span>
            )}
          </>
        )}
      </div>
      {error && !version.data && (
        <ErrorNotice title="This version could not be read" error={error} />
      )}
      {!version.data && !error && <DelayedSkeleton rows={12} height={28} />}
      {version.data && (
        <Files
          key={version.data.number}
          version={version.data}
          asked={search.get('file') ?? undefined}
          line={lineOf(search.get('line'))}
          onOpen={(file, line) =>
            setSearch({
              version: String(number),
              file,
              ...(line === undefined ? {} : { line: String(line) }),
            })
          }
        />
      )}
    </>
  );
}

function lineOf(text: string | null): number | undefined {
  const line = Number(text);
  return Number.isInteger(line) && line > 0 ? line : undefined;
}

function Files(props: {
  version: PipelineVersion;
  /** The file that the address names, and a line of it. */
  asked: string | undefined;
  line: number | undefined;
  onOpen: (file: string, line?: number) => void;
}) {
  const { version, asked, line, onOpen } = props;
  const classes = useStyles();
  const chosen = asked ?? openFirst(version);
  const file = version.files.find(({ path }) => path === chosen);
  const { airflow, tasks } = version.definition;
  const places = tasks.flatMap(task =>
    airflow && task.airflow?.line !== undefined
      ? [
          {
            id: task.id,
            file: task.airflow.file ?? airflow.file,
            line: task.airflow.line,
          },
        ]
      : [],
  );
  return (
    <div className={classes.columns}>
      <Paper variant="outlined" className={classes.files}>
        <List dense component="nav" aria-label="Files">
          <ListItem button selected={!file} onClick={() => onOpen(DEFINITION)}>
            <ListItemText primary={DEFINITION} />
          </ListItem>
          {version.files.map(({ path, size }) => (
            <ListItem
              key={path}
              button
              selected={path === file?.path}
              onClick={() => onOpen(path)}
            >
              <ListItemText primary={path} secondary={formatBytes(size)} />
            </ListItem>
          ))}
        </List>
        {places.length > 0 && (
          <List
            dense
            component="nav"
            aria-label="Tasks"
            subheader={<ListSubheader disableSticky>Tasks</ListSubheader>}
          >
            {places.map(place => (
              <ListItem
                key={place.id}
                button
                selected={place.file === file?.path && place.line === line}
                onClick={() => onOpen(place.file, place.line)}
              >
                <ListItemText
                  primary={place.id}
                  secondary={`line ${place.line}${
                    place.file === airflow?.file ? '' : ` of ${place.file}`
                  }`}
                />
              </ListItem>
            ))}
          </List>
        )}
      </Paper>
      {file && file.content === undefined ? (
        <Typography color="textSecondary">
          {file.path} is no text, or larger than 1 MiB ({formatBytes(file.size)}
          ), so it is not shown.
        </Typography>
      ) : (
        <SourceView
          key={file?.path ?? DEFINITION}
          path={file?.path ?? 'definition.json'}
          line={file && line}
          text={
            file?.content ?? JSON.stringify(version.definition, undefined, 2)
          }
        />
      )}
    </div>
  );
}
