import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { CopyTextButton } from '@backstage/core-components';
import type { Attempt } from '@maestro/plugin-maestro-common';
import { JsonTree } from './JsonTree';
import { renderedFields } from './attemptInputs';

const useStyles = makeStyles(theme => ({
  scroll: { overflow: 'auto', paddingTop: theme.spacing(1) },
  field: { marginBottom: theme.spacing(1.5) },
  head: {
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    fontSize: theme.typography.pxToRem(13),
  },
  code: {
    margin: 0,
    padding: theme.spacing(1),
    borderRadius: 4,
    border: `1px solid ${theme.palette.divider}`,
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    maxHeight: 360,
    overflow: 'auto',
    fontSize: theme.typography.pxToRem(12),
  },
}));

/** What the templates of a task of Airflow became; secrets are hidden. */
export function RenderedTab(props: { attempt: Attempt }) {
  const { attempt } = props;
  const classes = useStyles();
  const fields = renderedFields(attempt);
  if (!fields) {
    return (
      <Typography color="textSecondary" style={{ paddingTop: 8 }}>
        {attempt.state === 'ended'
          ? 'This attempt ended before its templates were rendered.'
          : 'Nothing yet; it renders its templates before it does its work.'}
      </Typography>
    );
  }
  if (fields.length === 0) {
    return (
      <Typography color="textSecondary" style={{ paddingTop: 8 }}>
        The operator has no fields that are templates.
      </Typography>
    );
  }
  return (
    <div className={classes.scroll}>
      {fields.map(({ name, value, isCut }) => (
        <section
          key={name}
          className={classes.field}
          aria-label={`Rendered ${name}`}
        >
          <div className={classes.head}>
            <strong>{name}</strong>
            {isCut && (
              <Typography variant="caption" color="textSecondary">
                only its beginning is kept
              </Typography>
            )}
            {typeof value === 'string' && value !== '' && (
              <CopyTextButton
                text={value}
                tooltipText="Copied"
                aria-label={`Copy ${name}`}
              />
            )}
          </div>
          <div className={classes.code}>
            {typeof value === 'string' ? (
              value || <span>(empty)</span>
            ) : (
              <JsonTree value={value} />
            )}
          </div>
        </section>
      ))}
    </div>
  );
}
